"""Run git in a subprocess: without prompts, with output in English, and without user settings."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
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
