"""What ``lucid new`` asks on a terminal: a real one, and the command in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from lucid.lock import read_lock
from tests.hub_server import hub_server

pty = pytest.importorskip("pty", reason="there is no pseudo-terminal on this system")
DATA = Path(__file__).resolve().parent.parent / "data" / "hub"


def answer(arguments: Sequence[str], here: Path, answers: dict[str, str]) -> str:
    """Run the command on a terminal; each prompt gets its answers in turn, then an empty line."""
    lines = {prompt: text.split("|") for prompt, text in answers.items()}
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "lucid", *arguments],
        cwd=here,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200", "TERM": "dumb"},
        stdin=end,
        stdout=end,
        stderr=end,
    )
    os.close(end)
    shown = ""
    answered = 0
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # its end on Linux
            part = b""
        if not part:
            break
        shown += part.decode(errors="replace")
        last = shown[answered:].rpartition("\n")[2]
        if last.startswith("  ") and last.endswith(": "):
            left = lines.get(last.strip(" :").removesuffix(" (Enter skips)"), [])
            text = left.pop(0) if left else ""
            answered = len(shown)
            os.write(terminal, f"{text}\n".encode())
    os.close(terminal)
    assert process.wait(timeout=60) == 0, shown
    return shown.replace("\r\n", "\n")


def test_what_is_open_is_asked_with_its_evidence_and_only_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hub_server(DATA) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        arguments = ["new", "game", "--from-hf", "Skywork/Matrix-Game-2.0"]
        shown = answer(arguments, tmp_path, {"variant": "minecraft|gta_drive"})
        requests = len(hub.requests)
    assert "Which of its models do you want to play?" in shown
    assert "gta_drive: keyboard, mouse, image; gta_distilled_model/gta_keyboard2dim" in shown
    assert "one of: universal, gta_drive, templerun, base" in shown
    assert "fps (Enter skips)" not in shown
    assert read_lock(tmp_path / "game").choices.variant == "gta_drive"
    assert requests <= 12


def test_an_answer_that_does_not_fit_is_asked_again_and_enter_leaves_it_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hub_server(DATA) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        arguments = ["new", "world", "--from-hf", "_trap/empty-card", "--set", "height=360"]
        shown = answer(arguments, tmp_path, {"width": "wide|853|640", "fps": "12.5"})
    assert "What are the width and height of a frame?" in shown
    assert "width must be a whole number above 0, not 'wide'" in shown
    assert "width must be an even number of pixels from 16 to 8192, not '853'" in shown
    assert "width (Enter skips):" in shown
    assert "height (Enter skips)" not in shown
    lock = read_lock(tmp_path / "world")
    assert lock.choices.answers == {"height": "360", "width": "640", "fps": "12.5"}
    assert "# TODO(lucid): frames_per_step: " in (tmp_path / "world/world/engine.py").read_text()


def test_an_answer_that_was_given_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hub_server(DATA) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        arguments = ["new", "game", "--from-hf", "Skywork/Matrix-Game-2.0", "--variant", "base"]
        shown = answer(arguments, tmp_path, {})
    assert "Which of its models" not in shown


def test_nothing_is_asked_where_the_answer_is_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hub_server(DATA) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        shown = answer(["new", "w", "--from-hf", "_trap/empty-card", "--json"], tmp_path, {})
    assert "How wide" not in shown.partition('"open_questions"')[0]
