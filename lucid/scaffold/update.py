"""Merge the new rendering of a port with its author's changes."""

import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lucid._git import run_git
from lucid._port_files import LOCK_PATH
from lucid.errors import ScaffoldError
from lucid.hub.client import current_commit
from lucid.hub.facts import NOT_PINNED
from lucid.lock import Lock
from lucid.scaffold.plan import templates_digest
from lucid.scaffold.render import RenderedFile
from lucid.scaffold.write import record_of, rendered_texts


class Status(StrEnum):
    """What an update does with a file."""

    CREATED = "created"
    """The file is new."""
    UNCHANGED = "unchanged"
    """The file is the same as the new rendering."""
    UPDATED = "updated"
    """The author had not changed it."""
    MERGED = "merged"
    """The author and the templates changed different places."""
    CONFLICT = "conflict"
    """Both changed the same lines. The file has both versions, between markers."""
    KEPT = "kept"
    """The author's version stays, because the templates did not change."""
    REMOVED = "removed"
    """The templates no longer have it, and the author had not changed it."""


@dataclass(frozen=True)
class Change:
    """One file of an update."""

    path: str
    status: Status
    before: str | None
    """None if the file does not exist."""
    after: str | None
    conflicts: int = 0


@dataclass(frozen=True)
class Update:
    """All files of a port, sorted by path, and the new lock and record."""

    changes: tuple[Change, ...]
    records: tuple[RenderedFile, ...]


def plan_update(port: Path, lock: Lock, files: Iterable[RenderedFile], their_name: str) -> Update:
    """Merge a port with its new rendering, without writing anything.

    Raises:
        ScaffoldError: A file of the port cannot be read, or an earlier merge is not finished.
        MachineError: A file needs a merge, and git is not installed.
    """
    files = list(files)
    new = {file.path: file.text for file in files if file.path != LOCK_PATH}
    found = {path: _read(port, path) for path in {*new, *lock.rendered}}
    unfinished = sorted(path for path, text in found.items() if text and has_conflicts(text))
    if unfinished:
        raise ScaffoldError(
            f"{unfinished[0]} still has the conflict markers of an earlier merge",
            hint="resolve the lines between its <<<<<<< and >>>>>>> first",
        )
    mine = {path: text for path, text in found.items() if text is not None}
    old = rendered_texts(port, lock, mine, new)
    changes = [
        _change(
            path, path in lock.rendered, old.get(path), mine.get(path), new.get(path), their_name
        )
        for path in sorted({*mine, *new})
    ]
    (new_lock,) = (file for file in files if file.path == LOCK_PATH)
    return Update(tuple(changes), (record_of(files), new_lock))


def what_is_newer(lock: Lock) -> list[str]:
    """Return the reasons to update a port: its repo has a new commit, or the templates changed.

    Raises:
        HubError: The Hub does not answer for the repo.
    """
    newer = []
    source = lock.source
    if source and source.commit:
        commit = current_commit(source.repo, source.revision)
        if commit == NOT_PINNED:
            pass  # the Hub names no commit
        elif source.commit == NOT_PINNED:
            newer.append(f"{source.repo} is not pinned; it is at {commit}")
        elif commit != source.commit:
            newer.append(f"{source.repo} is at {commit}; the port was made from {source.commit}")
    if templates_digest(lock.family) != lock.templates_sha256:
        newer.append(f"Lucid's templates of {lock.family} have changed")
    return newer


def apply_update(port: Path, update: Update) -> None:
    """Write the changed files to a temporary folder, then move them into place, the lock last.

    Raises:
        ScaffoldError: The port cannot be written.
    """
    files = [
        RenderedFile(change.path, change.after)
        for change in update.changes
        if change.after is not None and change.after != change.before
    ]
    files += update.records
    for file in update.records:
        _refuse_link(port, file.path)
    try:
        with tempfile.TemporaryDirectory(prefix=".lucid-update-", dir=port) as scratch:
            fresh = [Path(scratch) / str(number) for number in range(len(files))]
            for ready, file in zip(fresh, files, strict=True):
                _write_like(port / file.path, file.text, ready)
            for change in update.changes:
                if change.status is Status.REMOVED:
                    (port / change.path).unlink()
            for ready, file in zip(fresh, files, strict=True):
                (port / file.path).parent.mkdir(parents=True, exist_ok=True)
                ready.replace(port / file.path)
    except OSError as error:
        raise ScaffoldError(
            f"{port} cannot be written: {error.strerror or error}",
            hint="check who owns the port's files, then run the update again",
        ) from error


def _change(
    path: str, known: bool, old: str | None, mine: str | None, new: str | None, their_name: str
) -> Change:
    """Decide about a file from its ``old`` rendering, the author's version and the ``new`` one."""
    if new is None:
        gone = mine is not None and mine == old
        return Change(path, Status.REMOVED if gone else Status.KEPT, mine, None if gone else mine)
    if mine is None:
        status = (
            Status.KEPT if known else Status.CREATED
        )  # a file that the author deleted stays deleted
        return Change(path, status, None, None if known else new)
    if mine == new:
        return Change(path, Status.UNCHANGED, mine, mine)
    if old == new:
        return Change(path, Status.KEPT, mine, mine)
    if mine == old:
        return Change(path, Status.UPDATED, mine, new)
    merged = merge(old or "", mine, new, my_name="yours", their_name=their_name)
    status = Status.CONFLICT if merged.conflicts else Status.MERGED
    return Change(path, status, mine, merged.text, merged.conflicts)


def _read(port: Path, path: str) -> str | None:
    """Return a file with line feeds as line ends; None if it does not exist.

    Raises:
        ScaffoldError: The file is a link, is not text, or cannot be read.
    """
    file = port / path
    _refuse_link(port, path)
    try:
        return file.read_bytes().decode().replace("\r\n", "\n")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        problem = "it is not UTF-8 text"
    except OSError as error:
        problem = error.strerror or str(error)
    raise ScaffoldError(f"{file} cannot be read: {problem}", hint="move or delete the file")


def _refuse_link(port: Path, path: str) -> None:
    file = port / path
    if file.resolve() != port.resolve() / path:
        raise ScaffoldError(
            f"{file} is a link, and an update does not write through links",
            hint="replace the link with the file",
        )


def _write_like(target: Path, text: str, place: Path) -> None:
    """Write the new text of ``target`` to ``place``, with the old line ends and permissions."""
    there = target.is_file()
    if there and b"\r\n" in target.read_bytes():
        text = text.replace("\n", "\r\n")
    place.write_bytes(text.encode())
    if there:
        shutil.copymode(target, place)


_START, _END = "<<<<<<< ", ">>>>>>> "
_MOST_CONFLICTS = 127
"""Git's return code is the number of conflicts up to this; a higher one is an error."""


@dataclass(frozen=True)
class Merged:
    """A merged text, and the number of conflicts in it."""

    text: str
    conflicts: int


def merge(base: str, mine: str, theirs: str, *, my_name: str, their_name: str) -> Merged:
    """Apply the changes of both sides to ``base``. A conflict has both versions, between markers.

    The result does not depend on how the user has configured git.

    Raises:
        MachineError: Git is not installed.
        ScaffoldError: Git cannot merge the texts.
    """
    with tempfile.TemporaryDirectory(prefix="lucid-merge-") as name:
        folder = Path(name).resolve()
        for file, text in (("mine", mine), ("base", base), ("theirs", theirs)):
            (folder / file).write_bytes(text.encode())
        run = run_git(
            folder,
            *("merge-file", "-L", my_name, "-L", "base", "-L", their_name),
            *("mine", "base", "theirs"),
            # Also ignore a repository around the temporary folder.
            variables={"GIT_CEILING_DIRECTORIES": str(folder.parent)},
        )
        if run.returncode > _MOST_CONFLICTS:
            raise ScaffoldError(f"git merge-file fails: {run.stderr.strip()}")
        return Merged((folder / "mine").read_bytes().decode(), run.returncode)


def has_conflicts(text: str) -> bool:
    """Return whether the text still holds the markers of a conflict."""
    lines = text.splitlines()
    return any(line.startswith(_START) for line in lines) and any(
        line.startswith(_END) for line in lines
    )
