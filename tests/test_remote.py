"""What Lucid finds out about tags and commits of upstream code on git servers."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lucid import _git
from lucid._git import Answer, look_up
from lucid.cli import app
from lucid.lock import read_lock
from lucid.scaffold.plan import plan
from lucid.scaffold.write import record_of, write
from lucid.upstream import sync
from tests.git_repo import GitRepo
from tests.hub.repos import RECORDED
from tests.scaffold.facts import recorded_facts


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    """A repository with a commit, a tag on it, an annotated tag, and a newer commit."""
    repo = GitRepo(tmp_path / "open-world.git")
    repo.commit({"dreamer.py": "STEPS = 1\n"})
    repo.git("tag", "v1")
    repo.git("tag", "--annotate", "v2", "--message", "two")
    repo.commit({"dreamer.py": "STEPS = 2\n"})
    repo.commit({"dreamer.py": "STEPS = 3\n"})
    return repo


@pytest.fixture
def port(tmp_path: Path) -> Path:
    """A blank port, which names no upstream code."""
    files = plan("dream", None)
    write([*files, record_of(files)], tmp_path / "dream")
    return tmp_path / "dream"


def command(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, arguments)
    error = result.exception
    said = f"{result.stderr}{error}{getattr(error, 'hint', '')}" if error else result.stderr
    return getattr(error, "exit_code", result.exit_code), result.stdout, said


@pytest.mark.parametrize("tag", ["v1", "v2"])
def test_a_tag_is_found_with_the_commit_that_it_names(repo: GitRepo, tag: str) -> None:
    found = look_up(repo.url, tag)
    assert (found.answer, found.commit) == (Answer.FOUND, repo.git("rev-parse", "HEAD~2"))


def test_a_missing_tag_is_said_to_be_absent(repo: GitRepo) -> None:
    assert look_up(repo.url, "v3").answer is Answer.ABSENT
    assert look_up(repo.url, "v3").message == f"{repo.url} has no tag v3"
    assert look_up(repo.url, "main").message.endswith("no tag main, only a branch of that name")


def test_a_commit_is_confirmed_only_if_a_branch_or_tag_points_to_it(repo: GitRepo) -> None:
    assert look_up(repo.url, repo.git("rev-parse", "HEAD")).answer is Answer.FOUND
    for commit in (repo.git("rev-parse", "HEAD~1"), "f" * 40):
        found = look_up(repo.url, commit)
        assert found.answer is Answer.NOT_CONFIRMED
        assert "could not be confirmed" in found.message


@pytest.mark.parametrize(
    "url", ["file:///there/is/nothing", "https://example.org/a/b", "file:///etc/hostname"]
)
def test_a_server_that_does_not_answer_is_said_with_the_reason(url: str) -> None:
    found = look_up(url, "v1")
    assert found.answer is Answer.NOT_ASKED
    assert found.message.startswith(f"{url} could not be asked for v1: fatal: ")


def test_without_git_sync_from_says_that_it_is_needed(
    repo: GitRepo, port: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    code, _, said = command("sync", str(port), "--from", f"{repo.url}@v1")
    assert code == 4
    assert "git is not installed" in said
    assert "install git" in said


def test_a_server_that_is_silent_costs_a_short_time_and_no_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_git, "_TIMEOUT_S", 0.3)
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "http")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/a"
        found = look_up(url, "v1")
        assert found.message == f"{url} could not be asked for v1: no answer within 0 s"
        left = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
        assert url not in left


def test_settings_of_the_user_do_not_change_the_answer(
    repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".gitconfig").write_text(
        f'[url "file:///nowhere/"]\n insteadOf = {repo.url}\n', "utf-8"
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    assert look_up(repo.url, "v1").answer is Answer.FOUND


@pytest.mark.parametrize("revision", ["v2", "commit"])
def test_sync_from_names_the_code_of_a_port_that_has_none(
    repo: GitRepo, port: Path, revision: str
) -> None:
    commit = repo.git("rev-parse", "HEAD~2")
    said: list[str] = []
    source = f"{repo.url}@{commit if revision == 'commit' else revision}"
    assert sync(port, said.append, source) == port / "upstream" / "open-world"
    assert said[-1] == f"lucid.lock now names {repo.url} at {commit}"
    upstream = read_lock(port).upstream
    assert upstream is not None
    assert (upstream.url, upstream.commit) == (repo.url, commit)
    assert (port / "upstream" / "open-world" / "dreamer.py").read_text() == "STEPS = 1\n"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{url}", "names no commit"),
        ("{url}@", "names no commit"),
        ("nonsense@v1", "'nonsense' is not the URL of a git repository"),
        ("ext::sh -c true@v1", "is not the URL of a git repository"),
        ("--upload-pack=x@v1", "is not the URL of a git repository"),
        ("{url}@v3", "has no tag v3"),
        ("{url}@abc1234", "a commit needs all of its 40 hex digits"),
        ("{url}@main", "only a branch of that name"),
        ("file:///there/is/nothing@v1", "check the URL and the network"),
        ("{url}@" + "f" * 40, "cannot be fetched: git "),
        ("https://example.org/a/b@" + "f" * 40, "check the network, the URL and the commit"),
    ],
)
def test_sync_from_bad_input_is_one_message_and_the_lock_stays(
    repo: GitRepo, port: Path, source: str, said: str
) -> None:
    before = (port / "lucid.lock").read_bytes()
    code, out, error = command("sync", str(port), f"--from={source.format(url=repo.url)}")
    assert code in (2, 4)
    assert out == ""
    assert said in error
    assert (port / "lucid.lock").read_bytes() == before


def test_an_update_keeps_the_code_that_a_person_named(repo: GitRepo, port: Path) -> None:
    sync(port, lambda text: None, f"{repo.url}@v1")
    before = read_lock(port).upstream
    code, _, said = command("update", str(port))
    assert code == 0
    assert f"kept the upstream code of lucid.lock: {repo.url} at {before and before.commit}" in said
    assert read_lock(port).upstream == before


def test_an_update_says_that_the_templates_name_other_code(repo: GitRepo, tmp_path: Path) -> None:
    recorded = "robbyant/lingbot-world-base-cam"
    files = plan("lingbot", recorded_facts(recorded))
    write([*files, record_of(files)], tmp_path / "lingbot")
    lock = json.loads((tmp_path / "lingbot" / "lucid.lock").read_text("utf-8"))
    theirs = dict(lock["upstream"])
    folder = tmp_path / "repo"
    shutil.copytree(RECORDED / recorded.replace("/", "__"), folder)
    (folder / "google/umt5-xxl").mkdir(parents=True, exist_ok=True)
    for path in (
        "Wan2.1_VAE.pth",
        "models_t5_umt5-xxl-enc-bf16.pth",
        "google/umt5-xxl/spiece.model",
    ):
        (folder / path).write_bytes(b"")  # the recording has only the files that inspection reads
    lock["source"] = {"repo": str(folder), "revision": None, "commit": None}
    lock["upstream"] = {"url": repo.url, "commit": "1" * 40}
    (tmp_path / "lingbot" / "lucid.lock").write_text(json.dumps(lock), "utf-8")
    _, _, said = command("update", str(tmp_path / "lingbot"))
    assert f"the upstream code is now {theirs['url']} at {theirs['commit']}; it was" in said
    upstream = read_lock(tmp_path / "lingbot").upstream
    assert upstream is not None
    assert upstream.url == theirs["url"]


@pytest.mark.parametrize("state", ["offline", "without git"])
def test_new_says_what_it_found_about_the_engine_s_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", state == "offline")
    if state == "without git":
        monkeypatch.setenv("PATH", "")
    _, out, said = command(
        "new", "w", "--from-hf", str(RECORDED / "Overworld__Waypoint-1.5-1B"), "--json"
    )
    found = json.loads(out)["engine_code"]
    if state == "offline":
        assert found is None
    else:
        assert found["answer"] == "not asked"
        assert (
            "Overworldai/world_engine could not be asked for 1.5.6: git is not" in found["message"]
        )
        assert found["message"] in said
