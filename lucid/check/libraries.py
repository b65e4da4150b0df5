"""Well-known libraries: the module to import, the distribution to install, its requirements.

The tables are in libraries.toml.
"""

import tomllib
from collections.abc import Iterable
from pathlib import Path

_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
_REQUIRES: dict[str, list[str]] = _TABLES["requires"]
DISTRIBUTIONS: dict[str, tuple[str, ...]] = {
    **{name: tuple(offered) for name, offered in _TABLES["renamed"].items()},
    **{name: (name.replace("_", "-"),) for name in _TABLES["same"]["names"]},
}
"""The distributions that offer a module, by the module's name."""
_KNOWN = {*_REQUIRES, *_TABLES["others"]["names"]}.union(*DISTRIBUTIONS.values())


def are_known(requirements: Iterable[str]) -> bool:
    """Return whether the table has the requirements of each distribution; others may install
    anything."""
    return _KNOWN.issuperset(name.partition("[")[0] for name in requirements)


def installed(requirements: Iterable[str]) -> frozenset[str]:
    """Return these distributions and their known requirements."""
    found = set(requirements)
    todo = list(found)
    while todo:
        new = set(_REQUIRES.get(todo.pop(), ())) - found
        found |= new
        todo += new
    return frozenset(found)
