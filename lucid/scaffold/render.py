"""Render templates to text."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lucid._data import data_dir
from lucid.hub.facts import RepoFacts
from lucid.scaffold import escape

_SUFFIX = ".jinja"
_PACKAGE = "package"
"""The folder in a template tree that becomes the port's package."""

_FILTERS: dict[str, tuple[Callable[..., escape.Escaped], ...]] = {
    ".py": (escape.literal, escape.identifier, escape.comment, escape.todo, escape.todo_except),
    ".toml": (escape.toml,),
    ".md": (escape.code, escape.prose),
    "": (),  # Dockerfile, .dockerignore
}
"""The filters that write a value into a file, by the file's suffix. There is no other way."""


@dataclass(frozen=True)
class RenderedFile:
    """One file of a port."""

    path: str
    """Relative to the port's folder, with ``/``."""

    text: str


def sha256_of(text: str) -> str:
    """Return the hash of a file's text, which shows later whether the file was changed."""
    return hashlib.sha256(text.encode()).hexdigest()


def render(
    folders: Sequence[Path], package: str, values: Mapping[str, object]
) -> list[RenderedFile]:
    """Render every template in ``folders``. A template in an earlier folder wins.

    Other templates include the files whose name starts with ``_``. A file without text is left out.
    """
    names = {
        path.relative_to(folder).as_posix()
        for folder in folders
        for path in folder.rglob(f"*{_SUFFIX}")
        if not path.name.startswith("_") or path.name.startswith("__")
    }
    environments = {suffix: _environment(tuple(folders), suffix) for suffix in _FILTERS}
    files = []
    for name in sorted(names):
        target = PurePosixPath(name.removesuffix(_SUFFIX))
        template = environments[target.suffix].get_template(name)
        if target.parts[0] == _PACKAGE:
            target = PurePosixPath(package, *target.parts[1:])
        text = template.render(values)
        if text.strip():
            files.append(RenderedFile(target.as_posix(), text))
    return files


@cache
def _environment(folders: tuple[Path, ...], suffix: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader([str(folder) for folder in folders]),
        undefined=StrictUndefined,
        finalize=_only_escaped,
        autoescape=False,  # finalize requires a filter, and each suffix has its own
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters = {escaped.__name__: escaped for escaped in _FILTERS[suffix]}
    return environment


def _only_escaped(value: object) -> escape.Escaped:
    if not isinstance(value, escape.Escaped):
        raise TypeError(f"a template writes {type(value).__name__} without a filter")
    return value


GENERIC = "generic"
"""The templates for an unknown family, and for a family without templates."""

UNWRITTEN = "_unwritten.py.jinja"
"""The template of an engine that Lucid cannot call: every call is an open question."""

NO_GOLDEN = "_golden_unwritten.py.jinja"
"""The outline of ``tests/test_engine.py`` for engines whose test the author must write."""


def templates_of(family: str) -> str:
    """Return the folder of a family's templates, or of the generic ones if it has none."""
    own = data_dir("templates") / family
    return family if any(own.rglob("*.jinja")) else GENERIC


def engine_template(facts: RepoFacts) -> str:
    """Return the template of ``engine.py``; ``UNWRITTEN`` if Lucid has none.

    It is the family's template for the engine's class or for its package.
    """
    return _of_engine(facts, "_engine") or UNWRITTEN


def golden_template(facts: RepoFacts) -> str:
    """Return the template of ``tests/test_engine.py``; ``NO_GOLDEN`` if Lucid has none."""
    return _of_engine(facts, "_golden") or NO_GOLDEN


def _of_engine(facts: RepoFacts, prefix: str) -> str | None:
    folder = data_dir("templates") / facts.family
    engine = facts.engine.value if facts.engine else None
    keys = () if engine is None else (engine.entry, engine.name)
    wanted = (f"{prefix}.{key}.py.jinja" for key in keys)
    return next((name for name in wanted if (folder / name).is_file()), None)
