"""The Hub's cache on this disk: a snapshot that was downloaded before costs no request.

Reads the layout of huggingface_hub (``models--ORG--NAME/refs`` and ``/snapshots``); asks nobody.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from lucid.hub.facts import Cost
from lucid.hub.folder import read_folder
from lucid.hub.snapshot import RepoSnapshot

_COMMIT = re.compile(r"[0-9a-f]{40}")
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?", re.ASCII)
_REVISION = re.compile(r"[\w.-]+(/[\w.-]+)*", re.ASCII)


def cached_snapshot(repo: str, revision: str | None) -> RepoSnapshot | None:
    """What the cache has of a repo: at a commit, or offline at the commit a branch pointed to.

    None where it has nothing, and, online, for a branch or tag (it may have moved on) and where no
    config was downloaded: the Hub knows more.
    """
    from huggingface_hub import constants

    wanted = revision or "main"
    if not _NAME.fullmatch(repo) or not _REVISION.fullmatch(wanted) or ".." in wanted.split("/"):
        return None
    if not _COMMIT.fullmatch(wanted) and not constants.HF_HUB_OFFLINE:
        return None
    folder = _repo_folder(repo)
    try:
        commit = wanted if _COMMIT.fullmatch(wanted) else _read_ref(folder / "refs" / wanted)
        snapshot = (folder / "snapshots" / commit).resolve(strict=True)
        found = read_folder(snapshot, folder.resolve())
    except (OSError, RuntimeError):
        return None
    if not found.files or not (found.configs or constants.HF_HUB_OFFLINE):
        return None
    cost = Cost(requests=0, received_bytes=0)
    return replace(found, repo=repo, revision=wanted, commit=commit, cost=cost)


def cache_folder() -> str:
    """Where huggingface_hub keeps downloads (HF_HUB_CACHE, HF_HOME)."""
    from huggingface_hub import constants

    return constants.HF_HUB_CACHE


def snapshot_folder(repo: str, commit: str) -> Path:
    """Where the cache keeps the files of a repo at a commit, be they there or not."""
    return _repo_folder(repo) / "snapshots" / commit


def _repo_folder(repo: str) -> Path:
    return Path(cache_folder()) / f"models--{repo.replace('/', '--')}"


def _read_ref(path: Path) -> str:
    text = path.read_text("ascii", errors="replace").strip()
    return text if _COMMIT.fullmatch(text) else "none"
