from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from lucid._target import find_port
from lucid.authoring.outputs import VideoOutput
from lucid.check.engine import check_port
from lucid.runtime.loading import load_model_class, stub_config
from lucid.runtime.memory import playing
from lucid.scaffold.write import write
from tests.hub_server import recorded_commit
from tests.scaffold.catalogue import MODELS
from tests.scaffold.golden import GOLDEN, NOT_KEPT, SCAFFOLDS, catalogue, golden_files


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
def test_every_kept_scaffold_is_clean_by_its_own_rules(command: list[str]) -> None:
    assert_clean(command, SCAFFOLDS, GOLDEN)


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]])
def test_every_port_that_is_not_kept_is_clean_too(command: list[str], tmp_path: Path) -> None:
    for folder in NOT_KEPT:
        write(golden_files(folder), tmp_path / folder)
    assert_clean(command, tmp_path, NOT_KEPT)


def assert_clean(command: list[str], root: Path, folders: Iterable[str]) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--no-cache", *folders],
        cwd=root,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout


def test_docs_models_lists_these_scaffolds() -> None:
    assert MODELS.read_text("utf-8") == catalogue(), "python -m tests.scaffold.golden"


def codes(port: Path) -> set[str]:
    return {diagnostic.code for diagnostic in check_port(find_port(port.name, port.parent))}


def wanted_codes(port: Path, repo: str) -> set[str]:
    is_open = any("NOT_WRITTEN" in path.read_text("utf-8") for path in port.glob("*/engine.py"))
    is_pinned = recorded_commit(repo) is not None
    return {
        *(["LUC901", "LUC904"] if is_open else []),
        *([] if is_pinned else ["LUC007", "LUC901"]),
    }


async def play_on_the_stub(port: Path) -> None:
    model_cls = load_model_class(find_port(port.name, port.parent))
    async with playing(model_cls, stub_config(model_cls)) as player:
        (frame, *_) = await player.next_frames(2)  # some chunks are long
        (output,) = model_cls.outputs
        assert isinstance(output, VideoOutput)
        assert frame.i420.shape == (output.height * 3 // 2, output.width)
    assert player.errors == []


@pytest.mark.parametrize("folder", GOLDEN)
def test_a_kept_scaffold_is_right_but_for_what_is_open(folder: str) -> None:
    assert codes(SCAFFOLDS / folder) == wanted_codes(SCAFFOLDS / folder, GOLDEN[folder][1])


@pytest.mark.parametrize("folder", GOLDEN)
async def test_a_kept_scaffold_plays_on_the_stub(folder: str) -> None:
    await play_on_the_stub(SCAFFOLDS / folder)


@pytest.mark.parametrize("folder", NOT_KEPT)
async def test_a_port_that_is_not_kept_is_right_and_plays_on_the_stub(
    folder: str, tmp_path: Path
) -> None:
    write(golden_files(folder), tmp_path / folder)
    assert codes(tmp_path / folder) == wanted_codes(tmp_path / folder, NOT_KEPT[folder][1])
    await play_on_the_stub(tmp_path / folder)
