"""Choose the templates for a port."""

from __future__ import annotations

from lucid._data import data_dir
from lucid.hub.facts import RepoFacts

GENERIC = "generic"
"""The templates for an unknown family, and for a family without its own."""

UNWRITTEN = "_unwritten.py.jinja"
"""The template of an engine that Lucid cannot call: every call is an open question."""


def templates_of(family: str) -> str:
    """Return the folder of a family's templates: its own if it has any, else the generic one."""
    own = data_dir("templates") / family
    return family if any(own.rglob("*.jinja")) else GENERIC


def engine_template(facts: RepoFacts) -> str:
    """Return the template of ``engine.py``; ``UNWRITTEN`` if Lucid has none.

    It is the family's template for the engine's class, for its package, or for any engine.
    """
    folder = data_dir("templates") / facts.family
    names = {path.name for path in folder.glob("_engine*.py.jinja")}
    engine = facts.engine.value if facts.engine else None
    keys = () if engine is None else (f".{engine.entry}", f".{engine.name}")
    wanted = [f"_engine{key}.py.jinja" for key in (*keys, "")]
    return next((name for name in wanted if name in names), UNWRITTEN)
