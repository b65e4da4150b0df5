"""Which templates a family's ports are rendered from."""

from __future__ import annotations

from lucid._data import data_dir
from lucid.hub.facts import Engine

GENERIC = "generic"
"""The templates of a family that has none of its own, and of a repo that none was recognised in."""

UNWRITTEN = "_unwritten.py.jinja"
"""The engine of a port that does not run its model yet: every call is an open question."""


def templates_of(family: str) -> str:
    """The folder of a family's templates: its own where it has any, else the generic one."""
    own = data_dir("templates") / family
    return family if any(own.rglob("*.jinja")) else GENERIC


def engine_template(family: str, engine: Engine | None) -> str:
    """What ``engine.py`` is made of: the family's template for this upstream class, or for this
    upstream code, or its only one; ``UNWRITTEN`` where Lucid has none."""
    names = {path.name for path in (data_dir("templates") / family).glob("_engine*.py.jinja")}
    keys = () if engine is None else (f".{engine.entry}", f".{engine.name}")
    wanted = [f"_engine{key}.py.jinja" for key in (*keys, "")]
    return next((name for name in wanted if name in names), UNWRITTEN)
