"""Prove that a new port works: run the checker, and play a session on the stub engine."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lucid._target import PortLocation

SESSION_CHECKS = ("I01", "O03", "O04", "O05", "O06", "O07", "T01", "E04", "E06")
"""The conformance checks that need only one session of about a second, and the checks that they
depend on. All checks take up to 30 s."""
LOAD_S = 20.0
STEP_S = 5.0


def can_play() -> bool:
    """Return whether the extra ``serve`` is installed, which encodes video."""
    return find_spec("av") is not None


def problems_of(port: Path) -> list[str]:
    """Return the problems of a port that was just written, one per line.

    Conformance runs beside the checker, in a process of its own: a port may hang on import.
    """
    from lucid._target import find_port

    location = find_port(str(port), port.parent)
    if not can_play():
        return _diagnostics(location)
    import lucid.conformance.api  # noqa: F401 - before the checker starts: beside it, 2x slower

    with ThreadPoolExecutor(1) as pool:
        played = pool.submit(_failures, location)
        return [*_diagnostics(location), *played.result()]


def _failures(location: PortLocation) -> list[str]:
    from lucid.conformance.api import check_port
    from lucid.conformance.promise import Outcome
    from lucid.conformance.target import Limits
    from lucid.errors import LucidError

    limits = Limits(load_s=LOAD_S, step_s=STEP_S)
    try:
        results = check_port(location, ids=SESSION_CHECKS, limits=limits).results
    except LucidError as error:
        return [f"on the stub engine: {error.message}"]
    return [
        f"on the stub engine: {result.title}: {result.asserts} {result.measured} {result.detail}"
        for result in results
        if result.outcome is Outcome.FAILED
    ]


def _diagnostics(location: PortLocation) -> list[str]:
    from lucid.check.engine import check
    from lucid.check.render import concise
    from lucid.check.sources import read_tree

    found = check(read_tree(location, location.root.parent))
    wrong = [diagnostic for diagnostic in found if not diagnostic.is_note]
    return concise(wrong).splitlines()
