"""Merge three versions of a text line by line, with ``git merge-file``."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from lucid._git import run_git
from lucid.errors import ScaffoldError

_START, _END = "<<<<<<< ", ">>>>>>> "
_MOST_CONFLICTS = 127
"""Git's return code is the number of conflicts up to this; a higher one is an error."""


@dataclass(frozen=True)
class Merged:
    """A merged text, and the number of conflicts that it still holds."""

    text: str
    conflicts: int


def merge(base: str, mine: str, theirs: str, *, my_name: str, their_name: str) -> Merged:
    """Apply the changes of both sides to ``base``; a conflict holds both, between markers.

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
