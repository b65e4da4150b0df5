"""Which files a port has, and what is in them: pure data, nothing is written."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from lucid._data import data_dir
from lucid.hub.facts import RepoFacts
from lucid.lock import Choices
from lucid.scaffold.lock import digest_files, lock_file
from lucid.scaffold.names import check_hides_nothing, check_name
from lucid.scaffold.render import RenderedFile, render
from lucid.scaffold.templates import GENERIC, templates_of
from lucid.scaffold.values import port_values, usable

BLANK = "blank"
"""The template of a port that is made from no repo."""

_COMMON = "base"
"""The templates that every port has unless its family has its own."""


def plan(name: str, facts: RepoFacts | None, choices: Choices | None = None) -> list[RenderedFile]:
    """The files of a port called ``name``, sorted by path: from a repo's facts, or a blank one.

    ``choices`` are those that the facts were found with.

    Raises:
        ScaffoldError: ``name`` cannot be a port's name, or hides a module that the port needs.
    """
    check_name(name)
    family = BLANK if facts is None else facts.family
    folders = _folders(family)
    if facts is not None:
        facts = usable(facts)
    files = render(folders, name, port_values(name, facts))
    check_hides_nothing(name, files)
    lock = lock_file(name, family, facts, choices or Choices(), templates_digest(family), files)
    return sorted([*files, lock], key=lambda file: file.path)


@cache
def templates_digest(family: str) -> str:
    """SHA-256 of all that a family's ports are rendered from, Lucid's rules of its facts too."""
    folders = _folders(family)
    templates = [path for folder in folders for path in sorted(folder.rglob("*.jinja"))]
    root = data_dir("templates")
    return digest_files(root, [*templates, root / family / "template.toml"])


def _folders(family: str) -> list[Path]:
    """Where a family's templates are, the ones that count first."""
    layers = dict.fromkeys((templates_of(family), BLANK if family == BLANK else GENERIC, _COMMON))
    return [data_dir("templates") / layer for layer in layers]
