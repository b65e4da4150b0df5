"""Read a repo from the Hub's cache on this disk, if HF_HUB_OFFLINE is set.

This reads the layout of huggingface_hub (``models--ORG--NAME/refs`` and ``/snapshots``), and sends
no request.
"""

import re
from dataclasses import replace
from pathlib import Path

from lucid.hub.facts import Cost
from lucid.hub.folder import read_folder
from lucid.hub.snapshot import COMMIT, RepoSnapshot

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?", re.ASCII)
_REVISION = re.compile(r"[\w.-]+(/[\w.-]+)*", re.ASCII)


def is_offline() -> bool:
    """Return whether HF_HUB_OFFLINE forbids requests."""
    from huggingface_hub import constants

    return bool(constants.HF_HUB_OFFLINE)


def cached_snapshot(repo: str, revision: str | None) -> RepoSnapshot | None:
    """Return the cached files of a repo as a partial snapshot; None if online or not cached.

    When online, Lucid asks the Hub, because the cache lists only files that were downloaded.
    """
    wanted = revision or "main"
    if not is_offline() or not _NAME.fullmatch(repo):
        return None
    if not _REVISION.fullmatch(wanted) or ".." in wanted.split("/"):
        return None
    folder = repo_folder(repo)
    try:
        commit = wanted if COMMIT.fullmatch(wanted) else _read_ref(folder / "refs" / wanted)
        snapshot = (folder / "snapshots" / commit).resolve(strict=True)
        found = read_folder(snapshot, folder.resolve())
    except (OSError, RuntimeError):
        return None
    if not found.files:
        return None
    cost = Cost(requests=0, received_bytes=0)
    return replace(found, repo=repo, revision=wanted, commit=commit, cost=cost, partial=True)


def cache_folder() -> str:
    """Return the folder of huggingface_hub's downloads, which HF_HUB_CACHE and HF_HOME set."""
    from huggingface_hub import constants

    return constants.HF_HUB_CACHE


def snapshot_folder(repo: str, commit: str) -> Path:
    """Return the cache's folder for a repo at a commit; it may not exist."""
    return repo_folder(repo) / "snapshots" / commit


def repo_folder(repo: str, cache: Path | None = None) -> Path:
    """Return the folder for a repo in ``cache`` (default: the Hub's cache); it may not exist."""
    return (cache or Path(cache_folder())) / f"models--{repo.replace('/', '--')}"


def _read_ref(path: Path) -> str:
    text = path.read_text("ascii", errors="replace").strip()
    return text if COMMIT.fullmatch(text) else "none"
