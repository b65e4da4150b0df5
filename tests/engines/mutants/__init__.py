"""Generated ports with one mistake each, and what catches it: the table of docs/proof.md.

``python -m tests.engines.mutants`` writes the table. ``test_engine_mutants.py`` proves it.
"""

from __future__ import annotations

from pathlib import Path

from tests.engines.mutants import camera, games, packaged, rolling, wan, worldplay

PROOF = Path(__file__).resolve().parents[3] / "docs" / "proof.md"
START, END = "<!-- mutants: python -m tests.engines.mutants -->\n", "<!-- /mutants -->\n"
MUTANTS = [*packaged.MUTANTS, *games.MUTANTS, *wan.MUTANTS, *rolling.MUTANTS]
MUTANTS += [*camera.MUTANTS, *worldplay.MUTANTS]


def table() -> str:
    """Return the table of docs/proof.md."""
    rows = [f"| {it.folder} | {it.what} | {', '.join(it.caught)} |" for it in MUTANTS]
    return "\n".join(["| port | mistake | caught by |", "| --- | --- | --- |", *rows]) + "\n"


def page() -> str:
    """Return docs/proof.md with this table between its marks."""
    before, rest = PROOF.read_text("utf-8").split(START)
    return before + START + table() + END + rest.split(END)[1]
