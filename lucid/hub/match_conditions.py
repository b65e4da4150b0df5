"""Match the conditions in a family's template.toml with the metadata of a repo."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase, translate
from functools import cached_property
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, model_validator

from lucid.hub.facts import Frozen

MAX_SHOWN = 60

_HUGE = 10**15
_WILD = re.compile(r"[*?\[]")
_PLAIN = re.compile(r"[\w./:@+-]+", re.ASCII)


@dataclass(frozen=True)
class Metadata:
    """The paths of a repo and the parsed content of its config files."""

    paths: tuple[str, ...]
    documents: Mapping[str, object]
    configs: tuple[str, ...] = ()
    """The files that a condition reads if it names none."""
    tensors: Mapping[str, Mapping[str, tuple[int, ...]]] = field(default_factory=dict)
    """The shape of each tensor: by the path of the weights file, then by the tensor's name."""
    known: Mapping[str, str] = field(default_factory=dict)
    """The file that proves each model of ``known_models.toml``, by the model's name."""
    recognised_by: str = ""
    """The place that proves the family. It is the evidence of a rule without conditions."""

    def find(self, patterns: tuple[str, ...], *keys: str) -> Found | None:
        """Return the first file that has all of ``keys``, with the value of the first key."""
        return next(self.find_all(patterns, *keys), None)

    def find_all(self, patterns: tuple[str, ...], *keys: str) -> Iterator[Found]:
        """Yield each file that has all of ``keys``, in the order of the patterns."""
        for path in dict.fromkeys(self._candidates(patterns or self.configs)):
            values = [_lookup(self.documents[path], key) for key in keys]
            if all(found for found, _ in values):
                yield Found(path, keys, values[0][1])

    def match(self, pattern: str) -> str | None:
        """Return the first file of the repo with this path or pattern."""
        if not _WILD.search(pattern):
            return pattern if pattern in self._listed else None
        accepts = re.compile(translate(pattern)).match
        return next((path for path in self.paths if accepts(path)), None)

    def find_tensor(self, pattern: str, shape: tuple[int, ...] = ()) -> Found | None:
        """Return the first tensor that matches a pattern and a shape. -1 stands for any length."""
        accepts = re.compile(translate(pattern)).match
        for path, tensors in self.tensors.items():
            for name, sides in tensors.items():
                if accepts(name) and (not shape or _fits(sides, shape)):
                    return Found(path, (name,), list(sides))
        return None

    @cached_property
    def _listed(self) -> frozenset[str]:
        return frozenset(self.paths)

    def _candidates(self, patterns: tuple[str, ...]) -> Iterator[str]:
        for pattern in patterns:
            yield from (path for path in self.documents if fnmatchcase(path, pattern))


@dataclass(frozen=True)
class Found:
    """A value, and the file and keys that it was read from."""

    path: str
    keys: tuple[str, ...]
    value: object

    @property
    def place(self) -> str:
        """The file and the keys, such as ``config.yaml:n_frames``."""
        return f"{self.path}:{','.join(self.keys)}"


def _check_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a regular expression: {error}") from None
    return pattern


Patterns = Annotated[
    tuple[str, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)
]
"""One path or pattern, or several; ``*`` also matches ``/``."""


class Condition(Frozen):
    """One statement about a key, files, a tensor or a known model.

    If it names files, any of them may satisfy it. Otherwise the first of the family's configs that
    has the key (or all of ``keys``) decides.
    """

    file: Patterns = ()
    """Config files to read, in order; by default the family's ``configs``."""
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
    any_file: tuple[str, ...] = ()
    """At least one of these is in the repo."""
    without: tuple[str, ...] = ()
    """None of these is in the repo."""
    tensor: str | None = None
    """A tensor's name or pattern, in a weights file whose header was read."""
    shape: tuple[int, ...] = ()
    known: str | None = None
    """A model of ``known_models.toml``."""

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Condition:
        asked = (self.key, self.keys, self.files, self.any_file, self.tensor, self.known)
        if sum(map(bool, asked)) != 1:
            raise ValueError(
                "a condition must have exactly one of key, keys, files, any_file, tensor and known"
            )
        tests = (self.equals is not None, self.matches is not None, self.null is not None)
        if sum((*tests, self.missing)) > (1 if self.key else 0):
            raise ValueError(
                "a condition with a key may have only one of equals, matches, null and missing"
            )
        if self.without and not (self.files or self.any_file or self.key):
            raise ValueError("`without` needs `files` or `key`")
        if self.shape and not self.tensor:
            raise ValueError("`shape` needs `tensor`")
        return self

    def source(self, metadata: Metadata) -> str | None:
        """Return the proof, such as ``config.yaml:n_frames=512``; None if the condition fails."""
        if self.known:
            return metadata.known.get(self.known)
        if self.files or self.any_file:
            return self._files_source(metadata)
        if self.tensor:
            tensor = metadata.find_tensor(self.tensor, self.shape)
            return f"{tensor.place} {tensor.value}" if tensor else None
        if any(metadata.match(path) is not None for path in self.without):
            return None
        found = list(metadata.find_all(self.file, *(self.keys or (self.key or "",))))
        if self.missing:
            where = " or ".join(self.file or metadata.configs)
            return None if found else f"no {self.key} in {where}"
        if self.keys:
            return found[0].place if found else None
        for match in found if self.file else found[:1]:
            accepted = [item for item in self._items(match.value) if self._accepts(item)]
            if accepted:
                return f"{match.place}={show(accepted[0])}"
        return None

    def subject(self, configs: tuple[str, ...]) -> str:
        """Return what the condition reads, such as ``config.yaml:model_type``."""
        if self.known:
            return f"a recorded file of {self.known}"
        if self.files or self.any_file:
            return " + ".join(self.files) or " or ".join(self.any_file)
        if self.tensor:
            return f"a tensor {self.tensor} {list(self.shape) or ''}".rstrip()
        return f"{' or '.join(self.file or configs)}:{','.join(self.keys) or self.key}"

    def _files_source(self, metadata: Metadata) -> str | None:
        there = [metadata.match(path) for path in self.files or self.any_file]
        found = [path for path in there if path is not None]
        if not found or (self.files and len(found) < len(there)):
            return None
        if any(metadata.match(path) is not None for path in self.without):
            return None
        absent = f", no {', no '.join(self.without)}" if self.without else ""
        return " + ".join(map(show_path, found if self.files else found[:1])) + absent

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
    """Return a value from a repo as one short line of printable ASCII."""
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


def show_path(path: str) -> str:
    """Return a path from a repo as one line of printable characters."""
    return path if path.isprintable() else json.dumps(path)


def _fits(sides: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    return len(sides) == len(shape) and all(
        wanted in (-1, side) for side, wanted in zip(sides, shape, strict=True)
    )


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
