"""Parse config files and model cards to plain Python data, without executing anything."""

import json
import tomllib
from pathlib import PurePosixPath

import yaml

from lucid.hub.facts import CARD_BYTES

MAX_DEPTH = 50

# 10x faster than PyYAML's own parser, which is the fallback if PyYAML has no libyaml.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# PyYAML's constructors raise these for odd scalars, such as `!!bool maybe` or `!!int ""`.
_YAML_ERRORS = (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError, OverflowError)


class UnreadableFileError(ValueError):
    """The file does not have the format of its name. The message quotes nothing of the file."""


def read_document(path: str, data: bytes) -> object:
    """Parse a ``.json``, ``.toml`` or ``.yaml`` file, or the front matter of a ``.md`` file.

    The data of a card may be cut, because the front matter comes first.

    Raises:
        UnreadableFileError: It is not UTF-8 or not in the format, is nested too deeply, has YAML
            aliases, or is a card whose front matter is longer than CARD_BYTES.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if len(data) < CARD_BYTES or error.end < len(data):  # it is not cut inside a character
            raise UnreadableFileError("it is not UTF-8 text") from None
        text = data[: error.start].decode("utf-8-sig")
    match PurePosixPath(path).suffix.lower():
        case ".json":
            try:
                return json.loads(text)
            except (ValueError, RecursionError) as error:
                raise UnreadableFileError(f"it is not JSON: {_place(error)}") from None
        case ".toml":
            try:
                return tomllib.loads(text)
            except (ValueError, RecursionError):
                raise UnreadableFileError("it is not TOML") from None
        case ".md":
            return _read_yaml(_front_matter(text, is_cut=len(data) >= CARD_BYTES))
        case _:
            return _read_yaml(text)


def _read_yaml(text: str) -> object:
    """Parse twice: the first pass refuses aliases and deep nesting before anything is built."""
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


def _front_matter(text: str, *, is_cut: bool) -> str:
    lines = text.splitlines()
    if not lines or lines[0].rstrip() != "---":
        return ""
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == "---":
            return "\n".join(lines[1:number])
    if is_cut:
        raise UnreadableFileError(f"its front matter is longer than {CARD_BYTES // 1024} kB")
    return ""


def _place(error: Exception) -> str:
    """Return the place of an error, without the untrusted text that the parser quotes."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}"
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"unreadable at line {error.problem_mark.line + 1}"
    return "a value that cannot be read"
