"""``--watch``: a change is checked, and Ctrl-C ends it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from tests.check.example import EXAMPLE
from tests.check.test_port import PYPROJECT, write


def hear_interrupts() -> None:
    """Also where the tests run in the background of a shell, whose jobs ignore them."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_a_change_is_checked_again_until_it_is_interrupted(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": PYPROJECT, "world/port.py": EXAMPLE})
    command = [sys.executable, "-m", "lucid", "check", "--watch", "--format", "concise"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_interrupts,
    ) as process:
        try:
            assert process.stderr and process.stdout
            assert process.stderr.readline() == "No findings: 1 file checked\n"
            assert process.stderr.readline() == "Watching for changes (Ctrl-C ends)\n"
            draft = tmp_path / "draft.py"
            draft.write_text(EXAMPLE.replace("prompt: str)", "prompt)"), "utf-8")
            draft.replace(tmp_path / "world" / "port.py")
            assert process.stderr.readline() == "1 finding in 1 file\n"
            process.send_signal(signal.SIGINT)
            found, words = process.communicate(timeout=60)
        finally:
            process.kill()
    assert found.split()[1] == "LUC103"
    assert "Traceback" not in words
    assert process.returncode == 130
