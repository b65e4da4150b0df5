"""Local git repositories that stand in for upstream code."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

_IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Someone"), ("EMAIL", "someone@example.org"))
}


class GitRepo:
    """A local repository that tests fetch from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch", "main")

    @property
    def url(self) -> str:
        return self.folder.as_uri()

    def git(self, *arguments: str) -> str:
        run = subprocess.run(
            ["git", "-C", str(self.folder), *arguments],
            env={**os.environ, **_IDENTITY},
            capture_output=True,
            text=True,
            check=True,
        )
        return run.stdout.strip()

    def commit(self, files: Mapping[str, str]) -> str:
        """Write and commit the files; return the commit's hash."""
        for path, text in files.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_text(text, "utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "change")
        return self.git("rev-parse", "HEAD")


def write_lock(port: Path, url: str | None, commit: str = "") -> Path:
    """Write a lock that names this upstream, or none; return the port."""
    port.mkdir(exist_ok=True)
    upstream = None if url is None else {"url": url, "commit": commit}
    text = {
        "lock_version": 1,
        "lucid_version": "0.1.0",
        "name": "dream",
        "family": "generic",
        "templates_sha256": "0" * 64,
        "source": None,
        "upstream": upstream,
        "answers": {},
        "rendered": {},
    }
    (port / "lucid.lock").write_text(json.dumps(text), "utf-8")
    return port
