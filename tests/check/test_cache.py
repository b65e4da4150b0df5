"""The cache: it answers for the same text only, and a broken one is no reason to fail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.check.example import EXAMPLE
from tests.check.test_port import PYPROJECT, write

LOOK = """
import sys
from lucid.check.__main__ import main
code = main(["--format", "concise"])
print("engine" if "lucid.check.engine" in sys.modules else "cache", code, file=sys.stderr)
heavy = {"typer", "rich", "pydantic", "numpy"} & set(sys.modules)
assert not heavy, heavy
assert ("libcst" in sys.modules) == ("lucid.check.engine" in sys.modules)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    source = EXAMPLE.replace("prompt: str)", "prompt)")
    write(tmp_path, {"pyproject.toml": PYPROJECT, "world/port.py": source})
    return tmp_path


def look() -> tuple[str, str]:
    """What a process of its own prints, and whether it had to look or the cache knew."""
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)
    return done.stdout, done.stderr.splitlines()[-1]


def test_the_same_text_is_answered_from_the_cache() -> None:
    first, how = look()
    assert how == "engine 1"
    assert first.split()[1] == "LUC103"
    assert look() == (first, "cache 1")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("world/port.py", EXAMPLE),
        ("world/other.py", "x = 1\n"),
        ("lucid.lock", '{"family": "waypoint"}'),
        ("pyproject.toml", f"{PYPROJECT}\n[tool.lucid.check]\nignore = ['LUC901']\n"),
    ],
)
def test_any_change_looks_again(folder: Path, name: str, text: str) -> None:
    look()
    write(folder, {name: text})
    assert look()[1].startswith("engine")


def test_a_broken_cache_is_looked_past(folder: Path, cache_home: Path) -> None:
    first, _ = look()
    (stored,) = (cache_home / "lucid" / "check").iterdir()
    for junk in (b"", b"{}", b'[{"code": 1}]', b"\xff"):
        stored.write_bytes(junk)
        assert look() == (first, "engine 1")


def test_a_cache_that_cannot_be_written_is_no_reason_to_fail(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "file").write_text("", "utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "file"))
    assert look()[1] == "engine 1"
