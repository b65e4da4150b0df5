"""Run git in a subprocess, without prompts and with output in English."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from lucid.errors import MachineError

_REPOSITORY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY")
"""Git sets these for its hooks. They would redirect a command to the hook's repository."""

NO_USER_CONFIG = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_COUNT": "0",
    "GIT_CONFIG_PARAMETERS": "",
    "GIT_ATTR_NOSYSTEM": "1",
    "XDG_CONFIG_HOME": os.devnull,
}
"""Variables that make git ignore the configuration and attributes of the user and the system."""


def run_git(
    folder: Path, *arguments: str, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run git in ``folder``; the caller must check the return code.

    Raises:
        MachineError: git is not installed.
    """
    if shutil.which("git") is None:
        raise MachineError("git is not installed", hint="install git, then try again")
    inherited = {name: value for name, value in os.environ.items() if name not in _REPOSITORY}
    return subprocess.run(
        ["git", "-C", str(folder), *arguments],
        env={**inherited, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", **(variables or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
