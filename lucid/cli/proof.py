"""What a new port must stand before its author sees it: the checker, and a game on the stub."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

OPEN_QUESTION = "LUC901"
"""What the repo does not say: to be answered by the author, and no fault of the port."""
_TIMEOUT_S = 60.0


def problems_of(port: Path) -> list[str]:
    """What is wrong with a port that was just written, one per line; nothing where it is right."""
    return [*_diagnostics(port), *_played(port)]


def _diagnostics(port: Path) -> list[str]:
    from lucid._target import find_port
    from lucid.check.engine import check
    from lucid.check.render import concise
    from lucid.check.sources import read_tree

    found = check(read_tree(find_port(str(port), port.parent), port.parent))
    wrong = [diagnostic for diagnostic in found if diagnostic.code != OPEN_QUESTION]
    return concise(wrong).splitlines()


def _played(port: Path) -> list[str]:
    """In a process of its own: it imports the port, and is ended where the port hangs."""
    try:
        run = subprocess.run(
            [sys.executable, "-m", "lucid.runtime.rehearsal", str(port)],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return [f"on the stub engine it gave no answer for {_TIMEOUT_S:g} s"]
    return [] if run.returncode == 0 else (run.stdout or run.stderr).strip().splitlines()[-5:]
