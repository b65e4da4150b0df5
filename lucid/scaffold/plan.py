"""Which files a port has, and what is in them: pure data, nothing is written."""

from __future__ import annotations

from lucid._data import data_dir
from lucid.hub.facts import RepoFacts
from lucid.scaffold.lock import digest_templates, lock_file
from lucid.scaffold.names import check_name
from lucid.scaffold.render import RenderedFile, render
from lucid.scaffold.templates import GENERIC, templates_of
from lucid.scaffold.values import port_values, usable

BLANK = "blank"
"""The template of a port that is made from no repo."""

_COMMON = "base"
"""The templates that every port has unless its family has its own."""


def plan(name: str, facts: RepoFacts | None) -> list[RenderedFile]:
    """The files of a port called ``name``, sorted by path: from a repo's facts, or a blank one.

    Raises:
        ScaffoldError: ``name`` cannot be a port's name.
    """
    check_name(name)
    family = BLANK if facts is None else facts.family
    layers = dict.fromkeys((templates_of(family), BLANK if facts is None else GENERIC, _COMMON))
    folders = [data_dir("templates") / layer for layer in layers]
    if facts is not None:
        facts = usable(facts)
    files = render(folders, name, port_values(name, facts))
    lock = lock_file(name, family, facts, digest_templates(folders), files)
    return sorted([*files, lock], key=lambda file: file.path)
