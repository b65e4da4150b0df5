"""Write all files of a port, or none, and record them for later updates."""

import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from lucid._port_files import LOCK_PATH
from lucid.errors import ScaffoldError
from lucid.lock import Lock
from lucid.scaffold.render import RenderedFile, sha256_of


def write(files: Iterable[RenderedFile], target: Path) -> None:
    """Create the folder ``target`` with one rename, so that an interrupt leaves nothing behind.

    Raises:
        ScaffoldError: ``target`` exists, or its parent folder cannot be written.
    """
    check_target(target)
    try:
        with tempfile.TemporaryDirectory(prefix=".lucid-new-", dir=target.parent) as scratch:
            port = Path(scratch) / target.name
            port.mkdir()
            for file in files:
                path = port / file.path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(file.text, encoding="utf-8", newline="\n")
            check_target(target)
            port.rename(target)
    except OSError as error:
        raise ScaffoldError(
            f"{target} cannot be written: {error.strerror or error}",
            hint="free some disk space, or change to a folder that you can write to",
        ) from error


def check_target(target: Path) -> None:
    """Refuse a target that exists, even as a broken link.

    Raises:
        ScaffoldError: The target exists.
    """
    if target.exists() or target.is_symlink():
        raise ScaffoldError(
            f"{target} already exists", hint="choose another name, or move it out of the way"
        )


RECORD_PATH = ".lucid/rendered.json"
"""The file with the rendered text of each file of a port, which an update uses as the base of a
merge. The hashes in the lock show whether it belongs to the port."""


def record_of(files: Iterable[RenderedFile]) -> RenderedFile:
    """Return the record of ``files``, without the lock."""
    texts = {file.path: file.text for file in files if file.path != LOCK_PATH}
    return RenderedFile(RECORD_PATH, json.dumps(texts, indent=1) + "\n")


def rendered_texts(port: Path, lock: Lock, *others: Mapping[str, str]) -> dict[str, str]:
    """Return the rendered text of each file, by path, if it is known.

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
