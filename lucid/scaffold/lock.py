"""The lock of a port that is being rendered."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lucid._port_files import LOCK_PATH
from lucid.hub.facts import RepoFacts
from lucid.lock import (
    LOCK_VERSION,
    Choices,
    Lock,
    LockedFile,
    Source,
    Upstream,
    lucid_version,
)
from lucid.scaffold.render import RenderedFile, sha256_of

_PINNED = re.compile(r"git\+(.+)@([0-9a-f]{40})")


def lock_file(
    name: str,
    family: str,
    facts: RepoFacts | None,
    choices: Choices,
    templates: str,
    files: Iterable[RenderedFile],
) -> RenderedFile:
    """The lock of ``files``; ``templates`` is the digest of what they were rendered from."""
    lock = Lock(
        lock_version=LOCK_VERSION,
        lucid_version=lucid_version(),
        name=name,
        family=family,
        templates_sha256=templates,
        source=None if facts is None else _source(facts),
        upstream=None if facts is None else _upstream(facts),
        choices=choices,
        answers={} if facts is None else _answers(facts),
        rendered={file.path: sha256_of(file.text) for file in files},
    )
    return RenderedFile(LOCK_PATH, lock.as_text())


def digest_files(root: Path, paths: Iterable[Path]) -> str:
    """SHA-256 over files that are there, in order: their names below ``root`` and their bytes."""
    digest = hashlib.sha256()
    for path in paths:
        if path.is_file():
            digest.update(f"{path.relative_to(root).as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _source(facts: RepoFacts) -> Source:
    return Source(
        repo=facts.repo,
        revision=facts.revision,
        commit=facts.commit,
        files=tuple(LockedFile(**file.model_dump()) for file in facts.files),
    )


def _upstream(facts: RepoFacts) -> Upstream | None:
    """The engine's code, where it is no installable package and pinned."""
    engine = facts.engine.value if facts.engine else None
    pinned = _PINNED.fullmatch(engine.source or "") if engine else None
    if pinned is None or (engine and engine.requirement):
        return None
    try:
        return Upstream(url=pinned[1], commit=pinned[2])
    except ValidationError:
        return None


def _answers(facts: RepoFacts) -> dict[str, Any]:
    values = {name: None if fact is None else fact.value for name, fact in facts.facts.items()}
    return {**values, "inputs": [given.kind for given in facts.inputs]}
