"""Run the tutorial's commands in order, with the files that it asks the reader to write."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import lucid.client
from tests.cli.running import lucid as run_lucid
from tests.cli.running import lucid_serve

ROOT = Path(__file__).resolve().parent.parent
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
BLOCK = re.compile(r'^```(sh|text|python title="([^"]+)")\n(.*?)^```$', re.M | re.S)


def test_every_command_of_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    output = ""
    ran = set()
    for kind, title, text in BLOCK.findall(TUTORIAL):
        if kind == "text":
            for line in text.splitlines():
                assert squeezed(line) in squeezed(output), output
        elif kind == "sh":
            for command in commands(text):
                output = run(command, tmp_path)
                ran.add(" ".join(command[:2]))
        else:
            (tmp_path / title).write_text(text, "utf-8")
    assert {"lucid inspect", "lucid new", "lucid serve", "lucid check", "lucid bench"} <= ran


def commands(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        yield shlex.split(line.replace("LUCID", str(ROOT)))


def run(command: list[str], cwd: Path) -> str:
    """Run a command of the tutorial and return its output."""
    match command:
        case ["lucid", "serve", *arguments]:
            return play(arguments, cwd)
        case ["lucid", *arguments]:
            done = run_lucid(*arguments, cwd=cwd)
            assert done.returncode == 0 or "--conformance" not in arguments, done.stdout
            return done.stdout + done.stderr
        case ["cd", folder, "&&", *rest]:
            return run(rest, cwd / folder)
        case ["python", *arguments]:
            command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def play(arguments: list[str], cwd: Path) -> str:
    """Serve a port, hold its first input, and wait until the picture changes."""
    with lucid_serve(*arguments, cwd=cwd) as (url, _), lucid.client.connect(url) as world:
        before = world.frame()
        world.send(next(one["name"] for one in world.manifest["inputs"] if held(one)), pressed=True)
        world.wait(lambda: bool(np.abs(world.frame() - before.astype(int)).max() > 60))
        return url


def held(spec: dict[str, object]) -> bool:
    binding = spec["binding"]
    return isinstance(binding, dict) and binding["kind"] == "hold"


def squeezed(text: str) -> str:
    """Return the text with each run of whitespace as one space, to ignore line breaks."""
    return " ".join(text.split())
