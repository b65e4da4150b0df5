from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lucid.errors import ScaffoldError
from lucid.scaffold.render import RenderedFile
from lucid.scaffold.write import write

FILES = [RenderedFile("a.md", "ä\n"), RenderedFile("w/b.py", "x = 1\n")]


def interrupted() -> Iterator[RenderedFile]:
    yield FILES[0]
    raise KeyboardInterrupt


def test_all_files_are_written(tmp_path: Path) -> None:
    write(FILES, tmp_path / "w")
    assert (tmp_path / "w" / "a.md").read_bytes() == "ä\n".encode()
    assert (tmp_path / "w" / "w" / "b.py").read_bytes() == b"x = 1\n"
    assert [path.name for path in tmp_path.iterdir()] == ["w"]


def test_the_folder_is_made_like_any_other(tmp_path: Path) -> None:
    write(FILES, tmp_path / "w")
    (tmp_path / "other").mkdir()
    assert (tmp_path / "w").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write(interrupted(), tmp_path / "w")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["folder", "file", "dangling link"])
def test_what_exists_is_left_alone(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "w"
    if kind == "folder":
        target.mkdir()
    elif kind == "file":
        target.write_text("mine", "utf-8")
    else:
        target.symlink_to(tmp_path / "nowhere")
    with pytest.raises(ScaffoldError, match="already exists"):
        write(FILES, target)
    assert [path.name for path in tmp_path.iterdir()] == ["w"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScaffoldError, match="cannot be written"):
        write(FILES, tmp_path / "nowhere" / "w")
