"""``lucid.lock``: what a port was rendered from, so that it can be told later what has changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lucid.hub.facts import RepoFacts
from lucid.scaffold.render import RenderedFile

LOCK_VERSION = 1
LOCK_PATH = "lucid.lock"


def lock_file(
    name: str, family: str, facts: RepoFacts | None, templates: str, files: Iterable[RenderedFile]
) -> RenderedFile:
    """The lock of ``files``; ``templates`` is the digest of what they were rendered from."""
    lock = {
        "lock_version": LOCK_VERSION,
        "lucid_version": version("lucid-runtime"),
        "name": name,
        "family": family,
        "templates_sha256": templates,
        "source": None if facts is None else _source(facts),
        "answers": {} if facts is None else _answers(facts),
        "rendered": {file.path: _sha256(file.text.encode()) for file in files},
    }
    return RenderedFile(LOCK_PATH, json.dumps(lock, indent=2) + "\n")


def digest_templates(folders: Sequence[Path]) -> str:
    """SHA-256 over every file in ``folders``: names and bytes, in order."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*.jinja")):
            digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _source(facts: RepoFacts) -> dict[str, Any]:
    return {
        "repo": facts.repo,
        "revision": facts.revision,
        "commit": facts.commit,
        "files": [file.model_dump(mode="json") for file in facts.files],
    }


def _answers(facts: RepoFacts) -> dict[str, Any]:
    values = {name: None if fact is None else fact.value for name, fact in facts.facts.items()}
    return {**values, "inputs": [given.kind for given in facts.inputs]}


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
