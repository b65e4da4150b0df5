from __future__ import annotations

import subprocess
import sys

import pytest

from tests.scaffold.golden import GOLDEN, SCAFFOLDS, golden_files


@pytest.mark.parametrize("folder", GOLDEN)
def test_a_kept_scaffold_is_what_the_templates_give(folder: str) -> None:
    kept = {
        path.relative_to(SCAFFOLDS / folder).as_posix(): path.read_text("utf-8")
        for path in (SCAFFOLDS / folder).rglob("*")
        if path.is_file() and "cache" not in str(path.relative_to(SCAFFOLDS))
    }
    assert kept == {file.path: file.text for file in golden_files(folder)}, (
        "render it again: python -m tests.scaffold.golden"
    )


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]])
@pytest.mark.parametrize("folder", GOLDEN)
def test_a_kept_scaffold_is_clean_by_its_own_rules(folder: str, command: list[str]) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--no-cache", "."],
        cwd=SCAFFOLDS / folder,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout
