"""What a new port must stand before its author sees it: the checker, and a step on the stub."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_TIMEOUT_S = 60.0


def problems_of(port: Path) -> list[str]:
    """What is wrong with a port that was just written, one per line; nothing where it is right.

    It is played in a process of its own, meanwhile: that imports the port, and may hang.
    """
    command = [sys.executable, "-m", "lucid.runtime.rehearsal", str(port)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as play:
        try:
            problems = _diagnostics(port)
            told, _ = play.communicate(timeout=_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return [*problems, f"on the stub engine it gave no answer for {_TIMEOUT_S:g} s"]
        finally:
            play.kill()
    return problems if play.returncode == 0 else [*problems, *told.strip().splitlines()[-5:]]


def _diagnostics(port: Path) -> list[str]:
    from lucid._target import find_port
    from lucid.check.engine import check
    from lucid.check.render import concise
    from lucid.check.sources import read_tree

    found = check(read_tree(find_port(str(port), port.parent), port.parent))
    wrong = [diagnostic for diagnostic in found if not diagnostic.is_note]
    return concise(wrong).splitlines()
