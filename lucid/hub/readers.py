"""Bytes of a config file or a model card to plain Python data; nothing in them is executed."""

from __future__ import annotations

import json
import tomllib
from pathlib import PurePosixPath

import yaml

MAX_DEPTH = 50

# Ten times as fast; where PyYAML was built without libyaml, its own parser does the same.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# What PyYAML's constructors raise on odd scalars, such as `!!bool maybe` or `!!int ""`.
_YAML_ERRORS = (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError, OverflowError)


class UnreadableFileError(ValueError):
    """A file that is not what its name says; the message is short and free of its content."""


def read_document(path: str, data: bytes) -> object:
    """The data of a ``.json``, ``.toml`` or ``.yaml`` file, or of a ``.md`` file's front matter.

    Raises:
        UnreadableFileError: not UTF-8, not the format, nested too deeply, or with YAML aliases.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFileError("it is not UTF-8 text") from None
    match PurePosixPath(path).suffix.lower():
        case ".json":
            return _read_json(text)
        case ".toml":
            return _read_toml(text)
        case ".md":
            return _read_yaml(_front_matter(text))
        case _:
            return _read_yaml(text)


def _read_json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableFileError(f"it is not JSON: {_place(error)}") from None


def _read_toml(text: str) -> object:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableFileError("it is not TOML") from None


def _read_yaml(text: str) -> object:
    """Two passes: what aliases and nesting expand to is refused before anything is built."""
    try:
        depth = 0
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.AliasEvent):
                raise UnreadableFileError("it uses YAML aliases")
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > MAX_DEPTH:
                raise UnreadableFileError("it is nested too deeply")
        return yaml.load(text, Loader=_LOADER)
    except UnreadableFileError:
        raise
    except RecursionError:
        raise UnreadableFileError("it is nested too deeply") from None
    except _YAML_ERRORS as error:
        raise UnreadableFileError(f"it is not plain YAML: {_place(error)}") from None


def _front_matter(text: str) -> str:
    lines = text.splitlines()
    if not lines or lines[0].rstrip() != "---":
        return ""
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == "---":
            return "\n".join(lines[1:number])
    return ""


def _place(error: Exception) -> str:
    """Where and what, in words of the parser alone: the file's text is not trusted in messages."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}"
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"unreadable at line {error.problem_mark.line + 1}"
    return "a value that cannot be read"
