"""``.lucid/rendered.json``: a port's files as Lucid rendered them, the base of an update's merges.

The hashes in the lock show whether the record belongs to it.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from lucid._port_files import LOCK_PATH
from lucid.lock import Lock
from lucid.scaffold.render import RenderedFile, sha256_of

RECORD_PATH = ".lucid/rendered.json"


def record_of(files: Iterable[RenderedFile]) -> RenderedFile:
    """Return the record of ``files``, without the lock."""
    texts = {file.path: file.text for file in files if file.path != LOCK_PATH}
    return RenderedFile(RECORD_PATH, json.dumps(texts, indent=1) + "\n")


def rendered_texts(port: Path, lock: Lock, *others: Mapping[str, str]) -> dict[str, str]:
    """Return the files as Lucid rendered them, by path, if they are known.

    If the record lacks a file, one of the ``others`` (the port, its new rendering) may have it.
    """
    recorded = _read(port / RECORD_PATH)
    texts: dict[str, str] = {}
    for path, sha256 in lock.rendered.items():
        for text in (candidates.get(path) for candidates in (recorded, *others)):
            if text is not None and sha256_of(text) == sha256:
                texts[path] = text
    return texts


def _read(path: Path) -> dict[str, str]:
    try:
        texts = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(texts, dict):
        return {}
    return {name: text for name, text in texts.items() if isinstance(text, str)}
