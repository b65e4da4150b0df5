"""Read the Hub's answer about a repo: its commit, its files and the public part of its card."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from lucid.hub.facts import CARD_BYTES, NOT_PINNED, RepoFile
from lucid.hub.request import Place
from lucid.hub.snapshot import COMMIT, RepoSnapshot, keep_files

REPO_ID = re.compile(r"[\w.-]+(/[\w.-]+)?", re.ASCII)
_CARD_KEYS = ("license", "license_name", "tags", "pipeline_tag", "library_name", "base_model")


def read_listing(answer: dict[str, Any], place: Place) -> RepoSnapshot:
    """Return the Hub's answer as a snapshot whose only config is the card's front matter.

    Some mirrors return a commit that is not 40 hex digits. It counts as unknown.

    Raises:
        ValueError, AttributeError, LookupError, TypeError: The answer has another form.
    """
    from huggingface_hub import ModelInfo

    info = ModelInfo(**answer)  # type: ignore[no-untyped-call] # it has no types
    if not REPO_ID.fullmatch(info.id) or not info.sha:
        raise ValueError("no repo id or no commit")
    files, left_out = keep_files(
        RepoFile(
            path=sibling.rfilename,
            size_bytes=_size(sibling.size),
            sha256=sibling.lfs.sha256 if sibling.lfs else None,
        )
        for sibling in info.siblings or ()
    )
    return RepoSnapshot(
        repo=info.id,
        revision=place.revision,
        commit=info.sha if COMMIT.fullmatch(info.sha) else NOT_PINNED,
        files=files,
        configs=_card(answer.get("cardData")),
        gated=None if info.gated is None else bool(info.gated),
        scan=_scan(info.security_repo_status),
        url=f"{place.endpoint}/{info.id}",
        files_left_out=left_out,
    )


def _size(value: object) -> int | None:
    return value if type(value) is int and 0 <= value < 2**63 else None


def _card(declared: object) -> dict[str, bytes]:
    """Return the public part of the model card, which the Hub's answer repeats."""
    if not isinstance(declared, dict):
        return {}
    kept = {key: declared[key] for key in _CARD_KEYS if key in declared}
    # In ASCII, JSON writes an emoji as two \u escapes, which YAML does not accept.
    text = json.dumps(kept, ensure_ascii=False).encode("utf-8", "replace")
    return {"README.md": (b"---\n" + text + b"\n---\n")[: CARD_BYTES + 9]}


def _scan(status: Mapping[str, Any] | None) -> str | None:
    """Return the result of the Hub's virus and pickle scanners."""
    if not isinstance(status, dict):
        return None
    issues = status.get("filesWithIssues")
    if isinstance(issues, list) and issues:
        paths = [str(item.get("path")) for item in issues[:5] if isinstance(item, dict)]
        return f"{len(issues)} file(s) with issues: {', '.join(paths)}"
    return "no issues found" if status.get("scansDone") else "the scans are not done"
