"""Run git in a subprocess: without prompts, with output in English, and without user settings."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lucid.errors import MachineError

_REPOSITORY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY")
"""Git sets these for its hooks. They would redirect a command to the hook's repository."""

_NO_USER_CONFIG = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_COUNT": "0",
    "GIT_CONFIG_PARAMETERS": "",
    "GIT_ATTR_NOSYSTEM": "1",
    "XDG_CONFIG_HOME": os.devnull,
}
"""Variables that make git ignore the configuration and attributes of the user and the system."""

_PLAIN = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


def run_git(
    folder: Path,
    *arguments: str,
    variables: Mapping[str, str] | None = None,
    timeout_s: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run git in ``folder``; the caller must check the return code.

    Raises:
        MachineError: git is not installed.
        TimeoutExpired: Git and its children were killed after ``timeout_s``.
    """
    if shutil.which("git") is None:
        raise MachineError("git is not installed", hint="install git, then try again")
    inherited = {name: value for name, value in os.environ.items() if name not in _REPOSITORY}
    command = ["git", "-C", str(folder), *arguments]
    with subprocess.Popen(
        command,
        env={**inherited, **_NO_USER_CONFIG, **_PLAIN, **(variables or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,  # without a terminal, ssh cannot ask either
    ) as git:
        try:
            stdout, stderr = git.communicate(timeout=timeout_s)
        except BaseException:
            _kill_group(git)
            raise
    return subprocess.CompletedProcess(command, git.returncode, stdout, stderr)


def _kill_group(git: subprocess.Popen[str]) -> None:
    """Kill git and its children, such as the one that waits for the network."""
    if sys.platform == "win32":
        git.kill()
    else:
        with suppress(ProcessLookupError):  # it has just ended
            os.killpg(git.pid, signal.SIGKILL)


COMMIT = re.compile(r"[0-9a-f]{40}")
_TIMEOUT_S = 8.0


class Answer(StrEnum):
    """What is known about a tag or commit on a server."""

    FOUND = "found"
    NOT_CONFIRMED = "not confirmed"
    """A commit that is not the tip of a branch or tag: the server lists tips only."""
    ABSENT = "absent"
    """A tag that does not exist."""
    NOT_ASKED = "not asked"
    """Git or the network is missing, or the server refuses."""


@dataclass(frozen=True)
class Lookup:
    """An answer, as a sentence, and the commit if it is known."""

    answer: Answer
    message: str
    commit: str | None = None


def look_up(url: str, revision: str) -> Lookup:
    """Ask for a tag, or for a commit of 40 hex digits. This takes at most 8 s.

    Raises:
        MachineError: git is not installed.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="lucid-remote-") as folder:
            run = run_git(Path(folder), "ls-remote", "--", url, timeout_s=_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return not_asked(url, revision, f"no answer within {_TIMEOUT_S:.0f} s")
    if run.returncode:
        return not_asked(url, revision, why_git_failed(run.stderr))
    tips = [line.split("\t", 1) for line in run.stdout.splitlines() if "\t" in line]
    commits = {name: commit for commit, name in tips}
    if COMMIT.fullmatch(revision):
        return _commit(url, revision, commits)
    return _tag(url, revision, commits)


def why_git_failed(stderr: str) -> str:
    """Return the line of git's output that says what is wrong."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return next(
        (line for line in lines if line.startswith(("fatal:", "error:"))),
        (lines or ["it failed"])[-1],
    )


def _commit(url: str, commit: str, commits: dict[str, str]) -> Lookup:
    for name, tip in commits.items():
        if tip == commit:
            return Lookup(Answer.FOUND, f"{url} has {commit} at {name}", commit)
    message = f"{url} exists, but {commit} could not be confirmed: no branch or tag points to it"
    return Lookup(Answer.NOT_CONFIRMED, message, commit)


def _tag(url: str, tag: str, commits: dict[str, str]) -> Lookup:
    name = f"refs/tags/{tag}"
    found = commits.get(f"{name}^{{}}", commits.get(name))  # an annotated tag, or a plain one
    if found is not None:
        return Lookup(Answer.FOUND, f"{url} has the tag {tag}: commit {found}", found)
    branch = ", only a branch of that name" if f"refs/heads/{tag}" in commits else ""
    return Lookup(Answer.ABSENT, f"{url} has no tag {tag}{branch}")


def not_asked(url: str, revision: str, reason: str) -> Lookup:
    """Return the answer if nothing was learnt."""
    return Lookup(Answer.NOT_ASKED, f"{url} could not be asked for {revision}: {reason}")
