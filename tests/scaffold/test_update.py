from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from lucid.cli import app
from lucid.errors import HubUnreachableError, MachineError, ScaffoldError, TargetError
from lucid.lock import read_lock
from tests.cli.running import lucid
from tests.hub.repos import RECORDED
from tests.hub_server import HubServer, commit_of, hub_server

REPO = "Overworld/Waypoint-1.5-1B"
NEXT = "f" * 40
ENGINE, PORT = "waypoint/engine.py", "waypoint/port.py"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A Hub with one repo that can be changed; the current folder is an empty one."""
    from huggingface_hub import constants

    shutil.copytree(RECORDED / REPO.replace("/", "__"), tmp_path / "hub" / REPO.replace("/", "__"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with hub_server(tmp_path / "hub") as server:
        monkeypatch.setattr(constants, "ENDPOINT", server.endpoint)
        yield server


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A port of the repo as it was recorded, by the command itself."""
    here = tmp_path_factory.mktemp("fresh")
    with hub_server(RECORDED) as server:
        made = lucid("new", "waypoint", "--from-hf", REPO, cwd=here, HF_ENDPOINT=server.endpoint)
    assert made.returncode == 0, made.stderr
    return here / "waypoint"


@pytest.fixture
def port(hub: HubServer, fresh: Path) -> Path:
    """A port of the repo as it is, just written."""
    shutil.copytree(fresh, "waypoint")
    return Path("waypoint").absolute()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def update(*arguments: str) -> dict[str, Any]:
    """What ``lucid update --json`` says."""
    result = run("update", "waypoint", "--json", *arguments)
    assert result.stdout, result.exception
    report: dict[str, Any] = json.loads(result.stdout)
    return report


def statuses(report: dict[str, Any]) -> dict[str, str]:
    """By path, without what is unchanged."""
    told = {file["path"]: file["status"] for file in report["files"]}
    return {path: status for path, status in told.items() if status != "unchanged"}


def move_on(hub: HubServer, **config: Any) -> None:
    """A new commit of the repo, with some keys of config.yaml changed."""
    folder = hub.root / REPO.replace("/", "__")
    listing = json.loads((folder / "_siblings.json").read_text("utf-8"))
    (folder / "_siblings.json").write_text(json.dumps({**listing, "sha": NEXT}), "utf-8")
    text = (folder / "config.yaml").read_text("utf-8")
    lines = [line for line in text.splitlines() if line.partition(":")[0] not in config]
    lines += [f"{key}: {value}" for key, value in config.items()]
    (folder / "config.yaml").write_text("\n".join(lines), "utf-8")


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def pretend_older(port: Path, path: str, text: str) -> None:
    """The file's rendering, as the lock and the record have it, was another one."""
    import hashlib

    record = json.loads((port / ".lucid" / "rendered.json").read_text("utf-8"))
    lock = json.loads((port / "lucid.lock").read_text("utf-8"))
    record[path] = text
    lock["rendered"][path] = hashlib.sha256(text.encode()).hexdigest()
    lock["templates_sha256"] = "0" * 64
    (port / ".lucid" / "rendered.json").write_text(json.dumps(record), "utf-8")
    (port / "lucid.lock").write_text(json.dumps(lock), "utf-8")


def test_nothing_new_leaves_every_file_as_it_is(port: Path) -> None:
    before = contents(port)
    report = update()
    assert statuses(report) == {}
    assert contents(port) == before
    assert report["commit"] == report["commit_before"]


def test_a_new_commit_updates_what_nobody_has_changed(hub: HubServer, port: Path) -> None:
    move_on(hub, inference_fps=24)
    report = update()
    assert report["commit"] == NEXT
    told = statuses(report)
    assert told[ENGINE] == "updated"
    assert set(told.values()) == {"updated"}
    engine = (port / ENGINE).read_text("utf-8")
    assert f'COMMIT = "{NEXT}"' in engine
    assert "FPS = 24" in engine
    lock = read_lock(port)
    assert lock.source and lock.source.commit == NEXT
    assert statuses(update()) == {}


def test_your_changes_and_the_new_ones_are_both_there(hub: HubServer, port: Path) -> None:
    edit(port / ENGINE, "limit=0.4", "limit=0.9")
    edit(port / PORT, 'description="Jump"', 'description="Hop"')
    move_on(hub)
    told = statuses(update())
    assert (told[ENGINE], told[PORT]) == ("merged", "kept")
    engine = (port / ENGINE).read_text("utf-8")
    assert "limit=0.9" in engine
    assert f'COMMIT = "{NEXT}"' in engine
    assert 'description="Hop"' in (port / PORT).read_text("utf-8")


def test_where_both_changed_a_line_both_are_in_the_file(hub: HubServer, port: Path) -> None:
    edit(port / ENGINE, "FPS = 60", "FPS = 50")
    move_on(hub, inference_fps=24)
    result = run("update", "waypoint")
    assert result.exit_code == 1
    assert f"conflict   {ENGINE}" in result.stdout
    assert f"resolve the conflicts that are marked in {ENGINE}" in result.stderr
    engine = (port / ENGINE).read_text("utf-8")
    assert "<<<<<<< yours\nFPS = 50\n=======\nFPS = 24\n>>>>>>> lucid " in engine
    assert not list(port.rglob("*.rej"))
    refused = run("update", "waypoint")
    assert isinstance(refused.exception, ScaffoldError)
    assert refused.exception.message.startswith(f"{ENGINE} still has the conflict markers")
    mine, theirs = engine.index("<<<<<<<"), engine.index("FPS = 24")
    end = engine.index("\n", engine.index(">>>>>>>")) + 1
    decided = engine[:mine] + engine[theirs : engine.index(">>>>>>>")] + engine[end:]
    (port / ENGINE).write_text(decided, "utf-8")
    assert statuses(update()) == {}


def test_a_merge_ignores_how_the_user_has_configured_git(
    hub: HubServer, port: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    style = "[merge]\n\tconflictStyle = diff3\n"
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    for folder in (home / ".config" / "git", temporary / ".git" / "refs"):
        folder.mkdir(parents=True)
    (home / ".gitconfig").write_text(style)
    (temporary / ".git" / "config").write_text(style)  # a repository around the temporary files
    (temporary / ".git" / "objects").mkdir()
    (temporary / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "merge.conflictStyle")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "diff3")
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    edit(port / ENGINE, "FPS = 60", "FPS = 50")
    move_on(hub, inference_fps=24)
    assert statuses(update())[ENGINE] == "conflict"
    engine = (port / ENGINE).read_text("utf-8")
    assert "<<<<<<< yours\nFPS = 50\n=======\nFPS = 24\n>>>>>>> lucid " in engine


def test_only_a_merge_needs_git(
    hub: HubServer, port: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    move_on(hub)
    assert run("update", "waypoint", "--check").exit_code == 1
    assert statuses(update("--dry-run"))[ENGINE] == "updated"
    edit(port / ENGINE, "limit=0.4", "limit=0.9")
    before = contents(port)
    error = run("update", "waypoint").exception
    assert isinstance(error, MachineError)
    assert "git is not installed" in error.message
    assert contents(port) == before


def test_a_deleted_file_stays_deleted_and_an_added_one_is_left_alone(
    hub: HubServer, port: Path
) -> None:
    (port / "README.md").unlink()
    (port / "notes.md").write_text("mine", "utf-8")
    move_on(hub)
    assert statuses(update())["README.md"] == "kept"
    assert not (port / "README.md").exists()
    assert (port / "notes.md").read_text("utf-8") == "mine"
    assert statuses(update()) == {"README.md": "kept"}


def test_a_file_that_the_templates_have_now_is_created(port: Path) -> None:
    lock = json.loads((port / "lucid.lock").read_text("utf-8"))
    del lock["rendered"]["tests/test_port.py"]
    (port / "lucid.lock").write_text(json.dumps(lock), "utf-8")
    was = (port / "tests" / "test_port.py").read_bytes()
    shutil.rmtree(port / "tests")
    kept = dict.fromkeys(("tests/reaches.toml", "tests/test_engine.py"), "kept")
    assert statuses(update()) == {**kept, "tests/test_port.py": "created"}
    assert (port / "tests" / "test_port.py").read_bytes() == was


def test_your_own_file_where_the_templates_have_one_now_is_not_overwritten(port: Path) -> None:
    lock = json.loads((port / "lucid.lock").read_text("utf-8"))
    del lock["rendered"]["README.md"]
    (port / "lucid.lock").write_text(json.dumps(lock), "utf-8")
    (port / "README.md").write_text("# mine\n", "utf-8")
    assert statuses(update()) == {"README.md": "conflict"}
    assert "<<<<<<< yours\n# mine\n=======\n" in (port / "README.md").read_text("utf-8")


@pytest.mark.parametrize(("text", "status"), [("old\n", "removed"), ("changed\n", "kept")])
def test_a_file_that_the_templates_have_no_more_goes_unless_you_changed_it(
    port: Path, text: str, status: str
) -> None:
    pretend_older(port, "old.py", "old\n")
    (port / "old.py").write_text(text, "utf-8")
    assert statuses(update()) == {"old.py": status}
    assert (port / "old.py").exists() == (status == "kept")
    assert statuses(update()) == {}


@pytest.mark.parametrize("record", ["gone", "no json", "of another port"])
def test_without_its_record_a_file_that_nobody_changed_is_still_updated(
    hub: HubServer, port: Path, record: str
) -> None:
    file = port / ".lucid" / "rendered.json"
    if record == "gone":
        shutil.rmtree(file.parent)
    else:
        file.write_text("{" if record == "no json" else json.dumps({ENGINE: "x\n"}), "utf-8")
    edit(port / PORT, 'description="Jump"', 'description="Hop"')
    move_on(hub)
    told = statuses(update())
    assert (told[ENGINE], told[PORT]) == ("updated", "kept")


def test_without_its_record_a_changed_file_shows_where_it_differs(
    hub: HubServer, port: Path
) -> None:
    shutil.rmtree(port / ".lucid")
    edit(port / ENGINE, "limit=0.4", "limit=0.9")
    move_on(hub)
    report = update()
    (engine,) = [file for file in report["files"] if file["path"] == ENGINE]
    assert (engine["status"], engine["conflicts"]) == ("conflict", 2)


def test_windows_line_ends_and_permissions_stay(hub: HubServer, port: Path) -> None:
    text = (port / ENGINE).read_bytes().replace(b"\n", b"\r\n")
    (port / ENGINE).write_bytes(text)
    (port / ENGINE).chmod(0o755)
    move_on(hub)
    assert statuses(update())[ENGINE] == "updated"
    updated = (port / ENGINE).read_bytes()
    assert NEXT.encode() in updated
    assert updated.count(b"\r\n") == updated.count(b"\n") == text.count(b"\n")
    assert (port / ENGINE).stat().st_mode & 0o777 == 0o755


def test_a_dry_run_shows_the_difference_and_writes_nothing(hub: HubServer, port: Path) -> None:
    move_on(hub, inference_fps=24)
    before = contents(port)
    result = run("update", "waypoint", "--dry-run")
    assert result.exit_code == 0
    assert f"updated    {ENGINE}" in result.stdout
    assert f"--- a/{ENGINE}\n+++ b/{ENGINE}\n" in result.stdout
    assert "-FPS = 60\n+FPS = 24\n" in result.stdout
    assert "nothing was written" in result.stderr
    report = update("--dry-run")
    assert report["written"] is False
    assert any("+FPS = 24\n" in file["diff"] for file in report["files"])
    assert contents(port) == before


def test_check_exits_1_where_the_repo_has_moved_on(hub: HubServer, port: Path) -> None:
    hub.requests.clear()
    fresh = run("update", "waypoint", "--check")
    assert (fresh.exit_code, fresh.stdout) == (0, "up to date\n")
    assert len(hub.requests) == 1
    move_on(hub)
    stale = run("update", "waypoint", "--check", "--json")
    assert stale.exit_code == 1
    report = json.loads(stale.stdout)
    assert report["update_available"] is True
    assert f"{REPO} is at {NEXT}" in report["newer"][0]
    assert statuses(update()) != {}
    assert run("update", "waypoint", "--check").exit_code == 0


def test_check_exits_1_where_the_templates_have_changed(port: Path) -> None:
    pretend_older(port, "README.md", "# older\n")
    result = run("update", "waypoint", "--check")
    assert result.exit_code == 1
    assert result.stdout == "Lucid's templates of waypoint have changed\n"


def test_a_port_of_a_pinned_commit_stays_there(hub: HubServer) -> None:
    run("new", "waypoint", "--from-hf", REPO, "--revision", commit_of(REPO))
    hub.requests.clear()
    assert run("update", "waypoint", "--check").exit_code == 0
    assert hub.requests == []


def test_a_blank_port_is_rendered_again_without_the_hub(hub: HubServer) -> None:
    run("new", "plain")
    port = Path("plain").absolute()
    pretend_older(port, "README.md", "# older\n")
    (port / "README.md").write_text("# older\n", "utf-8")
    hub.requests.clear()
    result = run("update", "plain")
    assert result.exit_code == 0
    assert "updated    README.md" in result.stdout
    assert "lucid check plain" in result.stderr
    assert hub.requests == []


def test_a_folder_that_was_no_repo_of_the_hub_is_read_again(hub: HubServer) -> None:
    folder = hub.root / REPO.replace("/", "__")
    run("new", "waypoint", "--from-hf", str(folder))
    move_on(hub, inference_fps=24)
    assert statuses(update())[ENGINE] == "updated"


def test_an_interrupt_leaves_the_port_as_it_was(
    hub: HubServer, port: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    move_on(hub)
    before = contents(port)

    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "copymode", interrupt)
    assert run("update", "waypoint").exit_code != 0
    assert contents(port) == before


def test_the_hub_that_cannot_be_reached_changes_nothing(
    hub: HubServer, port: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    before = contents(port)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    for arguments in ([], ["--check"], ["--dry-run"]):
        assert isinstance(run("update", "waypoint", *arguments).exception, HubUnreachableError)
    assert contents(port) == before


def test_a_link_is_not_written_through(hub: HubServer, port: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.py").write_bytes((port / ENGINE).read_bytes())
    (port / ENGINE).unlink()
    (port / ENGINE).symlink_to(tmp_path / "elsewhere.py")
    move_on(hub)
    result = run("update", "waypoint")
    assert isinstance(result.exception, ScaffoldError)
    assert "is a link" in result.exception.message


def test_a_linked_folder_is_not_written_through(hub: HubServer, port: Path, tmp_path: Path) -> None:
    (port / ".lucid").rename(tmp_path / "elsewhere")
    (port / ".lucid").symlink_to(tmp_path / "elsewhere")
    before = contents(tmp_path / "elsewhere")
    move_on(hub)
    result = run("update", "waypoint")
    assert isinstance(result.exception, ScaffoldError)
    assert "is a link" in result.exception.message
    assert contents(tmp_path / "elsewhere") == before


def test_a_file_that_is_no_text_is_said(port: Path) -> None:
    (port / "README.md").write_bytes(b"\xff\xfe")
    result = run("update", "waypoint")
    assert isinstance(result.exception, ScaffoldError)
    assert "README.md cannot be read: it is not UTF-8 text" in result.exception.message


@pytest.mark.parametrize("path", ["../victim.py", "/etc/victim", "a/../../victim", "C:\\victim"])
def test_a_lock_that_names_files_outside_the_port_is_refused(port: Path, path: str) -> None:
    lock = json.loads((port / "lucid.lock").read_text("utf-8"))
    lock["rendered"][path] = "0" * 64
    (port / "lucid.lock").write_text(json.dumps(lock), "utf-8")
    assert isinstance(run("update", "waypoint").exception, TargetError)


def test_a_lock_of_a_newer_lucid_is_refused(port: Path) -> None:
    lock = json.loads((port / "lucid.lock").read_text("utf-8"))
    (port / "lucid.lock").write_text(json.dumps({**lock, "lock_version": 99}), "utf-8")
    result = run("update", "waypoint")
    assert isinstance(result.exception, TargetError)
    assert result.exception.hint == "update Lucid"
