"""Statements about a repo's metadata that a family's template is written in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator

MAX_SHOWN = 60

_HUGE = 10**15
_PLAIN = re.compile(r"[\w./:@+-]+", re.ASCII)


@dataclass(frozen=True)
class Metadata:
    """The paths of a repo and the parsed content of its config files."""

    paths: tuple[str, ...]
    documents: Mapping[str, object]
    configs: tuple[str, ...] = ()
    """The files that a condition asks where it names none."""

    def find(self, patterns: tuple[str, ...], *keys: str) -> Found | None:
        """The first file that has all of ``keys``, with the value of the first of them."""
        for path in self._candidates(patterns or self.configs):
            values = [_lookup(self.documents[path], key) for key in keys]
            if all(found for found, _ in values):
                return Found(path, keys, values[0][1])
        return None

    def has(self, pattern: str) -> bool:
        """Whether the repo lists a file of that path or pattern."""
        return any(fnmatchcase(path, pattern) for path in self.paths)

    def _candidates(self, patterns: tuple[str, ...]) -> Iterator[str]:
        for pattern in patterns:
            yield from (path for path in self.documents if fnmatchcase(path, pattern))


@dataclass(frozen=True)
class Found:
    """A value, and the file and keys it was read from."""

    path: str
    keys: tuple[str, ...]
    value: object

    @property
    def place(self) -> str:
        """``config.yaml:n_frames``."""
        return f"{self.path}:{','.join(self.keys)}"


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _check_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
    return pattern


Patterns = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]
"""One path or pattern, or several; ``*`` also matches ``/``."""


class Condition(BaseModel):
    """One statement; asked of the first file that has the key (or all of ``keys``)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: Patterns = ()
    """Config files to ask, in order; by default the family's ``configs``."""
    key: str | None = None
    """A path of keys and list indices, such as ``model.sample_size.0``."""
    keys: tuple[str, ...] = ()
    equals: Any = None
    matches: Annotated[str, AfterValidator(_check_pattern)] | None = None
    """A regular expression for the whole text, or for one item of a list."""
    null: bool | None = None
    missing: bool = False
    files: tuple[str, ...] = ()
    """All of these are in the repo."""
    without: tuple[str, ...] = ()
    """None of these is."""

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Condition:
        if sum(map(bool, (self.key, self.keys, self.files))) != 1:
            raise ValueError("a condition has one of key, keys and files")
        tests = (self.equals is not None, self.matches is not None, self.null is not None)
        if sum((*tests, self.missing)) > (1 if self.key else 0):
            raise ValueError("a key has at most one of equals, matches, null and missing")
        if self.without and not self.files:
            raise ValueError("without goes with files")
        return self

    def source(self, metadata: Metadata) -> str | None:
        """Where the repo says so, such as ``config.yaml:n_frames=512``; None where it does not."""
        if self.files:
            return self._files_source(metadata)
        found = metadata.find(self.file, *(self.keys or (self.key or "",)))
        if self.missing:
            where = " or ".join(self.file or metadata.configs)
            return f"no {self.key} in {where}" if found is None else None
        if found is None:
            return None
        if self.keys:
            return found.place
        accepted = [item for item in self._items(found.value) if self._accepts(item)]
        return f"{found.place}={show(accepted[0])}" if accepted else None

    def subject(self, configs: tuple[str, ...]) -> str:
        """What is looked at, such as ``config.yaml:model_type``."""
        if self.files:
            return " + ".join(self.files)
        return f"{' or '.join(self.file or configs)}:{','.join(self.keys) or self.key}"

    def _files_source(self, metadata: Metadata) -> str | None:
        if not all(metadata.has(path) for path in self.files):
            return None
        if any(metadata.has(path) for path in self.without):
            return None
        absent = f", no {', no '.join(self.without)}" if self.without else ""
        return " + ".join(self.files) + absent

    def _items(self, value: object) -> list[object]:
        return value if self.matches is not None and isinstance(value, list) else [value]

    def _accepts(self, value: object) -> bool:
        if self.equals is not None:
            same_kind = isinstance(value, bool) == isinstance(self.equals, bool)
            return same_kind and bool(value == self.equals)
        if self.matches is not None:
            return isinstance(value, str) and re.fullmatch(self.matches, value) is not None
        return self.null is None or (value is None) == self.null


def show(value: object) -> str:
    """A value from a repo in one short line of printable ASCII."""
    if isinstance(value, dict):
        text = "{...}"
    elif isinstance(value, list):
        items = [show(item) for item in value[:8] if not isinstance(item, list)]
        text = f"[{', '.join(items)}]"
    elif isinstance(value, int) and abs(value) >= _HUGE:
        text = "a huge number"
    elif isinstance(value, str) and _PLAIN.fullmatch(value):
        text = value
    else:
        text = json.dumps(value, default=str)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 3]}..."


def _lookup(document: object, key: str) -> tuple[bool, object]:
    value = document
    for part in key.split("."):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return False, None
    return True, value
