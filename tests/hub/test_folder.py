from __future__ import annotations

import os
from pathlib import Path

import pytest

from lucid.errors import RepoNotFoundError, RevisionNotFoundError
from lucid.hub.folder import folder_snapshot, names_folder
from lucid.hub.snapshot import MAX_FILES


def test_a_folder_is_listed_and_its_configs_are_read(tmp_path: Path) -> None:
    (tmp_path / "vae").mkdir()
    (tmp_path / "config.yaml").write_text("a: 1")
    (tmp_path / "vae" / "model.safetensors").write_bytes(b"12345")
    snapshot = folder_snapshot(str(tmp_path))
    assert snapshot.repo == str(tmp_path.resolve())
    assert (snapshot.revision, snapshot.commit, snapshot.gated) == (None, None, None)
    assert [(file.path, file.size_bytes) for file in snapshot.files] == [
        ("config.yaml", 4),
        ("vae/model.safetensors", 5),
    ]
    assert snapshot.configs == {"config.yaml": b"a: 1"}


def test_weights_that_are_not_there_have_the_size_that_git_lfs_says_or_none(tmp_path: Path) -> None:
    pointer = (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 7000000000\n"
    )
    for name in ("a.safetensors", "b.pt"):
        (tmp_path / name).write_text(pointer)
    (tmp_path / "c.pth").touch()
    (tmp_path / "empty.txt").touch()
    snapshot = folder_snapshot(str(tmp_path))
    assert [file.size_bytes for file in snapshot.files] == [7_000_000_000, 7_000_000_000, None, 0]
    assert all(opened.header is None for opened in snapshot.opened)


def test_hidden_files_and_git_are_not_listed(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config.yaml").write_text("a: 1")
    (tmp_path / ".env").write_text("TOKEN=1")
    (tmp_path / "config.json").write_text("{}")
    assert [file.path for file in folder_snapshot(str(tmp_path)).files] == ["config.json"]


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no symbolic links here")
def test_links_that_leave_the_folder_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "config.json").write_text('{"secret": 1}')
    root = tmp_path / "root"
    root.mkdir()
    (root / "real.yaml").write_text("a: 1")
    (root / "config.json").symlink_to(outside / "config.json")
    (root / "folder").symlink_to(outside)
    (root / "inside.yaml").symlink_to(root / "real.yaml")
    (root / "dangling.json").symlink_to(root / "nothing")
    snapshot = folder_snapshot(str(root))
    assert [file.path for file in snapshot.files] == ["inside.yaml", "real.yaml"]


def test_a_missing_or_empty_folder_says_what_to_name_instead(tmp_path: Path) -> None:
    with pytest.raises(RepoNotFoundError, match="ORG/NAME"):
        folder_snapshot(str(tmp_path / "nothing"))
    with pytest.raises(RepoNotFoundError, match="has no files"):
        folder_snapshot(str(tmp_path))


def test_of_a_folder_with_very_many_files_those_near_the_top_are_looked_at(
    tmp_path: Path,
) -> None:
    (tmp_path / "deep").mkdir()
    for number in range(MAX_FILES):
        (tmp_path / "deep" / str(number)).touch()
    (tmp_path / "config.json").write_text("{}")
    snapshot = folder_snapshot(str(tmp_path))
    assert (len(snapshot.files), snapshot.files_left_out) == (MAX_FILES, 1)
    assert snapshot.configs == {"config.json": b"{}"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_links_in_a_circle_and_special_files_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "loop.json").symlink_to(tmp_path / "loop.json")
    (tmp_path / "again").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "config.json").write_text("{}")
    assert [file.path for file in folder_snapshot(str(tmp_path)).files] == ["config.json"]


def test_a_folder_has_no_revisions(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(RevisionNotFoundError, match="leave out --revision"):
        folder_snapshot(str(tmp_path), "main")


def test_a_path_is_told_from_a_repo_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "org" / "name").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    for path in ("./x", "../x", "~/x", "org/name", str(tmp_path)):
        assert names_folder(path)
    assert not names_folder("Overworld/Waypoint-1.5-1B")
    assert not names_folder("x" * 5000)
