"""LUC007: lucid.lock names no commit."""

import re

from lucid.check.diagnostics import FILE_START
from lucid.check.port import Port
from lucid.check.rule import Findings, rule

_COMMIT = re.compile(r"[0-9a-f]{40}")


@rule(
    "LUC007",
    message="lucid.lock holds {commit} where the commit of {repo} belongs: run `lucid update`, or "
    "write its 40 hex digits",
    why="A branch moves: tomorrow's weights may need other code, and the world plays differently "
    "or not at all.",
)
def lock_commit(port: Port) -> Findings:
    lock = port.lock
    if lock is None or lock.repo is None or lock.is_of_folder:
        return
    if not _COMMIT.fullmatch(lock.commit or ""):
        found = f"{lock.commit!r}" if lock.commit else "nothing"
        yield lock_commit.in_file(lock.path, FILE_START, commit=found, repo=lock.repo)
