from __future__ import annotations

import importlib
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lucid import TargetError, UpstreamError, use_upstream
from lucid.upstream import sync
from tests.cli.running import lucid, lucid_here
from tests.git_repo import GitRepo, write_lock


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    repo = GitRepo(tmp_path / "remote" / "open-world.git")
    repo.commit({"dreamer.py": "STEPS = 1\n", "src/painter.py": "INK = 1\n"})
    return repo


@pytest.fixture(autouse=True)
def import_path() -> Iterator[None]:
    """Restore the import path, and remove upstream modules from `sys.modules`."""
    before = list(sys.path)
    yield
    sys.path[:] = before
    for name in ("dreamer", "painter"):
        sys.modules.pop(name, None)


def silent(text: str) -> None:
    pass


def test_the_locked_commit_is_fetched_and_nothing_else(tmp_path: Path, repo: GitRepo) -> None:
    wanted = repo.git("rev-parse", "HEAD")
    repo.commit({"dreamer.py": "STEPS = 2\n"})
    checkout = sync(write_lock(tmp_path / "port", repo.url, wanted), silent)
    assert checkout == tmp_path / "port" / "upstream" / "open-world"
    assert (checkout / "dreamer.py").read_text("utf-8") == "STEPS = 1\n"
    kept = GitRepo.__new__(GitRepo)
    kept.folder = checkout
    assert kept.git("rev-list", "--all", "HEAD") == wanted


def test_it_is_on_the_import_path_once_the_engine_loads(tmp_path: Path, repo: GitRepo) -> None:
    port = write_lock(tmp_path / "port", repo.url, repo.git("rev-parse", "HEAD"))
    sync(port, silent)
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("dreamer")
    engine = str(port / "dream" / "engine.py")
    assert use_upstream(engine) == port / "upstream" / "open-world"
    use_upstream(engine, "src")
    use_upstream(engine, "src")
    assert importlib.import_module("dreamer").STEPS == 1
    assert importlib.import_module("painter").INK == 1
    assert sys.path.count(str(port / "upstream" / "open-world" / "src")) == 1


def test_a_second_sync_asks_nobody(tmp_path: Path, repo: GitRepo) -> None:
    port = write_lock(tmp_path / "port", repo.url, repo.git("rev-parse", "HEAD"))
    first = sync(port, silent)
    shutil.rmtree(repo.folder)
    said: list[str] = []
    assert sync(port, said.append) == first
    assert "already" in said[0]


def test_another_commit_replaces_the_checkout(tmp_path: Path, repo: GitRepo) -> None:
    port = write_lock(tmp_path / "port", repo.url, repo.git("rev-parse", "HEAD"))
    sync(port, silent)
    newer = repo.commit({"dreamer.py": "STEPS = 2\n"})
    write_lock(port, repo.url, newer)
    with pytest.raises(UpstreamError, match=f"requires {newer}") as wrong:
        use_upstream(str(port / "dream" / "engine.py"))
    assert wrong.value.hint == f"run `lucid sync {port}`"
    checkout = sync(port, silent)
    assert checkout and (checkout / "dreamer.py").read_text("utf-8") == "STEPS = 2\n"
    assert sorted(path.name for path in (port / "upstream").iterdir()) == [
        ".gitignore",
        "open-world",
    ]


def test_local_changes_are_said_and_never_lost(
    tmp_path: Path, repo: GitRepo, caplog: pytest.LogCaptureFixture
) -> None:
    port = write_lock(tmp_path / "port", repo.url, repo.git("rev-parse", "HEAD"))
    checkout = sync(port, silent)
    assert checkout
    (checkout / "dreamer.py").write_text("STEPS = 3\n", "utf-8")
    with pytest.raises(UpstreamError, match=r"has local changes: dreamer\.py"):
        sync(port, silent)
    assert (checkout / "dreamer.py").read_text("utf-8") == "STEPS = 3\n"
    use_upstream(str(port / "dream" / "engine.py"))
    assert "has local changes: dreamer.py" in caplog.text


def test_nothing_in_the_configuration_of_a_checkout_runs(tmp_path: Path, repo: GitRepo) -> None:
    part = GitRepo(tmp_path / "remote" / "part")
    part.commit({"inner.py": "X = 1\n"})
    repo.git("submodule", "--quiet", "add", part.url, "part")
    port = write_lock(
        tmp_path / "port", repo.url, repo.commit({".gitattributes": "*.py filter=evil\n"})
    )
    checkout = sync(port, silent)
    assert checkout
    ran = tmp_path / "ran"
    command = f"touch {ran}; false"
    for config in checkout.glob(".git/**/config"):
        config.write_text(
            f"{config.read_text()}\n[core]\n\tfsmonitor = {command}\n\thooksPath = {tmp_path}\n"
            f'[filter "evil"]\n\tclean = {command}\n\tsmudge = {command}\n\tprocess = {command}\n'
            f"[diff]\n\texternal = {command}\n"
        )
    (checkout / "part" / ".gitattributes").write_text("*.py filter=evil\n")
    assert sync(port, silent) == checkout
    for file in ("dreamer.py", "part/inner.py"):
        (checkout / file).write_text("CHANGED = 1\n")
    with pytest.raises(UpstreamError, match=r"local changes: dreamer\.py, part/inner\.py"):
        sync(port, silent)
    assert not ran.exists()


def test_what_running_leaves_behind_is_no_change(tmp_path: Path, repo: GitRepo) -> None:
    port = write_lock(tmp_path / "port", repo.url, repo.git("rev-parse", "HEAD"))
    checkout = sync(port, silent)
    assert checkout
    (checkout / "__pycache__").mkdir()
    (checkout / "__pycache__" / "dreamer.pyc").touch()
    assert sync(port, silent) == checkout


def test_submodules_come_along(tmp_path: Path, repo: GitRepo) -> None:
    part = GitRepo(tmp_path / "remote" / "part")
    part.commit({"inner.py": "X = 1\n"})
    repo.git("submodule", "--quiet", "add", part.url, "third_party/part")
    commit = repo.commit({})
    checkout = sync(write_lock(tmp_path / "port", repo.url, commit), silent)
    assert checkout and (checkout / "third_party" / "part" / "inner.py").is_file()


def test_a_port_in_version_control_does_not_take_it_in(tmp_path: Path, repo: GitRepo) -> None:
    own = GitRepo(tmp_path / "port")
    write_lock(own.folder, repo.url, repo.git("rev-parse", "HEAD"))
    sync(own.folder, silent)
    assert own.git("status", "--porcelain", "--untracked-files=all") == "?? lucid.lock"


@pytest.mark.parametrize("gone", ["commit", "repository"])
def test_what_cannot_be_fetched_is_said_and_leaves_nothing(
    tmp_path: Path, repo: GitRepo, gone: str
) -> None:
    commit = "f" * 40 if gone == "commit" else repo.git("rev-parse", "HEAD")
    port = write_lock(tmp_path / "port", repo.url, commit)
    if gone == "repository":
        shutil.rmtree(repo.folder)
    with pytest.raises(UpstreamError, match=f"at {commit} cannot be fetched: git ") as failed:
        sync(port, silent)
    assert "check the network" in (failed.value.hint or "")
    assert [path.name for path in (port / "upstream").iterdir()] == [".gitignore"]


def test_an_engine_that_loads_before_it_was_fetched_names_the_command(
    tmp_path: Path, repo: GitRepo
) -> None:
    port = write_lock(tmp_path / "port", repo.url, repo.git("rev-parse", "HEAD"))
    with pytest.raises(UpstreamError, match="has not been fetched yet") as missing:
        use_upstream(str(port / "dream" / "engine.py"))
    assert missing.value.hint == f"run `lucid sync {port}`"


def test_an_installed_copy_says_where_to_serve_from(tmp_path: Path) -> None:
    with pytest.raises(UpstreamError, match=r"has a lucid\.lock, which names") as missing:
        use_upstream(str(tmp_path / "a" / "b" / "c" / "d" / "e" / "engine.py"))
    assert missing.value.hint == "serve the port from its own folder, not from an installed copy"


def test_a_folder_that_upstream_lacks_is_said(tmp_path: Path, repo: GitRepo) -> None:
    port = write_lock(tmp_path / "port", repo.url, repo.git("rev-parse", "HEAD"))
    sync(port, silent)
    with pytest.raises(UpstreamError, match="has no folder 'lib'"):
        use_upstream(str(port / "dream" / "engine.py"), "lib")


@pytest.mark.parametrize(
    "url", ["ext::sh -c true", "--upload-pack=true", "https://-x", "relative/path", ""]
)
def test_a_lock_with_another_kind_of_url_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(TargetError, match=r"upstream\.url"):
        sync(write_lock(tmp_path / "port", url, "0" * 40), silent)


def test_a_port_without_upstream_needs_nothing(tmp_path: Path) -> None:
    port = write_lock(tmp_path / "port", None)
    assert sync(port, silent) is None
    with pytest.raises(UpstreamError, match="names no upstream code"):
        use_upstream(str(port / "dream" / "engine.py"))


def test_a_port_without_a_lock_needs_no_upstream_code(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.lucid]\nport = "dream.port:Dream"\n', "utf-8")
    run = lucid_here("sync", str(tmp_path), cwd=tmp_path)
    assert (run.returncode, run.stdout) == (0, "")


def test_the_command_prints_the_checkout(tmp_path: Path, repo: GitRepo) -> None:
    port = write_lock(tmp_path / "port", repo.url, repo.git("rev-parse", "HEAD"))
    (port / "pyproject.toml").write_text('[tool.lucid]\nport = "dream.port:Dream"\n', "utf-8")
    run = lucid("sync", "port", cwd=tmp_path)
    assert (run.returncode, run.stdout) == (0, f"{port / 'upstream' / 'open-world'}\n")
    assert f"Fetching {repo.url}" in run.stderr
    report = json.loads(lucid("sync", "port", "--json", cwd=tmp_path).stdout)
    assert report == {
        "path": str(port / "upstream" / "open-world"),
        "url": repo.url,
        "commit": repo.git("rev-parse", "HEAD"),
        "python": None,
    }


def test_the_command_fails_without_a_traceback(tmp_path: Path, repo: GitRepo) -> None:
    port = write_lock(tmp_path / "port", repo.url, "f" * 40)
    (port / "pyproject.toml").write_text('[tool.lucid]\nport = "dream.port:Dream"\n', "utf-8")
    run = lucid("sync", "port", cwd=tmp_path)
    assert (run.returncode, run.stdout) == (4, "")
    assert "cannot be fetched" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("command", ["sync", "update"])
def test_where_no_port_is_nothing_is_done(tmp_path: Path, command: str) -> None:
    run = lucid_here(command, cwd=tmp_path)
    assert run.returncode == 2
    assert "there is no port in this folder" in run.stderr
