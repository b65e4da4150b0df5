"""LUC007: lucid.lock names no commit."""

import re
from collections.abc import Iterator

from lucid.check.diagnostics import FILE_START, Diagnostic
from lucid.check.port import Port
from lucid.check.rule import Rule

_COMMIT = re.compile(r"[0-9a-f]{40}")


def _check(port: Port) -> Iterator[Diagnostic]:
    lock = port.lock
    if lock is None or lock.repo is None or lock.is_of_folder:
        return
    if not _COMMIT.fullmatch(lock.commit or ""):
        found = f"{lock.commit!r}" if lock.commit else "nothing"
        yield RULE.in_file(lock.path, FILE_START, commit=found, repo=lock.repo)


RULE = Rule(
    code="LUC007",
    name="lock-commit",
    message="lucid.lock holds {commit} where the commit of {repo} belongs: write its 40 hex digits",
    why="A branch moves: tomorrow's weights may need other code, and the world plays differently "
    "or not at all.",
    check=_check,
)
