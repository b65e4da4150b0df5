"""The Hub's cache on this disk: what there is of a repo while HF_HUB_OFFLINE is set.

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
    """Offline (HF_HUB_OFFLINE): what the cache has of a repo, marked as partial; else None.

    Online the cache is not read: it holds only what was downloaded before, and does not know what
    else the repo has.
    """
    from huggingface_hub import constants

    wanted = revision or "main"
    if not constants.HF_HUB_OFFLINE or not _NAME.fullmatch(repo):
        return None
    if not _REVISION.fullmatch(wanted) or ".." in wanted.split("/"):
        return None
    folder = _repo_folder(repo)
    try:
        commit = wanted if _COMMIT.fullmatch(wanted) else _read_ref(folder / "refs" / wanted)
        snapshot = (folder / "snapshots" / commit).resolve(strict=True)
        found = read_folder(snapshot, folder.resolve())
    except (OSError, RuntimeError):
        return None
    if not found.files:
        return None
    cost = Cost(requests=0, received_bytes=0)
    return replace(found, repo=repo, revision=wanted, commit=commit, cost=cost, partial=True)


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
