"""Choose the templates for a port."""

from lucid._data import data_dir
from lucid.hub.facts import RepoFacts

GENERIC = "generic"
"""The templates for an unknown family, and for a family without its own."""

UNWRITTEN = "_unwritten.py.jinja"
"""The template of an engine that Lucid cannot call: every call is an open question."""

NO_GOLDEN = "_golden_unwritten.py.jinja"
"""The template of the comparison with upstream that is still to be written."""


def templates_of(family: str) -> str:
    """Return the folder of a family's templates: its own if it has any, else the generic one."""
    own = data_dir("templates") / family
    return family if any(own.rglob("*.jinja")) else GENERIC


def engine_template(facts: RepoFacts) -> str:
    """Return the template of ``engine.py``; ``UNWRITTEN`` if Lucid has none.

    It is the family's template for the engine's class, for its package, or for any engine.
    """
    return _of_engine(facts, "_engine") or UNWRITTEN


def golden_template(facts: RepoFacts) -> str:
    """Return the template of ``tests/test_engine.py``; ``NO_GOLDEN`` if Lucid has none."""
    return _of_engine(facts, "_golden") or NO_GOLDEN


def _of_engine(facts: RepoFacts, prefix: str) -> str | None:
    folder = data_dir("templates") / facts.family
    engine = facts.engine.value if facts.engine else None
    keys = () if engine is None else (f".{engine.entry}", f".{engine.name}")
    wanted = (f"{prefix}{key}.py.jinja" for key in (*keys, ""))
    return next((name for name in wanted if (folder / name).is_file()), None)
