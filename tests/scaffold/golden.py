"""Ports rendered from recorded repos, kept in ``scaffolds/`` for people to read.

``python -m tests.scaffold.golden`` renders them again after a change to the templates.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from lucid.scaffold.plan import plan
from lucid.scaffold.render import RenderedFile
from lucid.scaffold.write import write
from tests.scaffold.facts import recorded_facts

SCAFFOLDS = Path(__file__).resolve().parent.parent.parent / "scaffolds"
GOLDEN = {"waypoint-1.5": ("waypoint", "Overworld/Waypoint-1.5-1B")}
"""The port's name and the repo, by folder."""


def golden_files(folder: str) -> list[RenderedFile]:
    """What ``scaffolds/<folder>`` should hold."""
    name, repo = GOLDEN[folder]
    return plan(name, recorded_facts(repo))


if __name__ == "__main__":
    for folder in GOLDEN:
        shutil.rmtree(SCAFFOLDS / folder, ignore_errors=True)
        SCAFFOLDS.mkdir(exist_ok=True)
        write(golden_files(folder), SCAFFOLDS / folder)
