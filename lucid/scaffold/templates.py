"""Which templates a family's ports are rendered from."""

from __future__ import annotations

from lucid._data import data_dir

GENERIC = "generic"
"""The templates of a family that has none of its own, and of a repo that none was recognised in."""


def templates_of(family: str) -> str:
    """The folder of a family's templates: its own where it has any, else the generic one."""
    own = data_dir("templates") / family
    return family if any(own.rglob("*.jinja")) else GENERIC
