"""The pytest plugin, in a port's own suite."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.conformance.test_promises import hello_with

SUITE = """
from pathlib import Path
from lucid.conformance import parametrize_with_checks

@parametrize_with_checks(Path(__file__).parent, profile="full")
def test_conformance(check):
    check()
"""


def pytest_in(port: Path, *arguments: str) -> str:
    (port / "test_port.py").write_text(SUITE)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", *arguments],
        cwd=port,
        env={**os.environ, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    return run.stdout


def test_k_picks_a_check_and_runs_what_it_needs(tmp_path: Path) -> None:
    out = pytest_in(hello_with(tmp_path, ""), "-k", "R02 or S01")
    assert "PASSED test_port.py::test_conformance[R02-every-input-live]" in out
    assert "not_applicable: the port declares max_sessions = 1" in out
    assert "1 passed, 1 skipped" in out


def test_a_failure_says_what_a_player_feels_and_an_expected_one_is_xfail(tmp_path: Path) -> None:
    table = (
        "\n[tool.lucid.conformance.expected_failures]\n"
        "L03 = {reason = 'leaves late for now', expires = 2999-01-01}\n"
        "R07 = {reason = 'deaf until the encoder is in', expires = 2999-01-01}\n"
    )
    port = hello_with(tmp_path, table)
    source = port / "hello" / "port.py"
    text = source.read_text("utf-8").replace("self.prompt = prompt", "pass")
    text = text.replace('self.held.hold("left", pressed)', "pass")
    source.write_text(text)
    out = pytest_in(port, "-k", "R02 or R07 or L03")
    assert "measured: 3 of 4 live; limit: 4" in out
    assert "dead: move_left" in out
    assert "a player feels: A control does nothing." in out
    assert "XFAIL test_port.py::test_conformance[R07-prompt-live] - deaf until" in out
    assert "FAILED test_port.py::test_conformance[L03-leaves-by-itself]" in out
    assert "it passes now, and is expected to fail (leaves late for now)" in out
