"""How files that would be written are shown: as a tree, and as a unified diff."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import PurePosixPath


def tree(name: str, paths: Iterable[str]) -> str:
    """The files below the folder ``name``, indented."""
    lines = [f"{name}/"]
    shown: set[PurePosixPath] = set()
    for path in map(PurePosixPath, sorted(paths, key=lambda path: path.split("/"))):
        for folder in reversed(path.parents[:-1]):
            if folder not in shown:
                shown.add(folder)
                lines.append(f"{'  ' * len(folder.parts)}{folder.name}/")
        lines.append(f"{'  ' * len(path.parts)}{path.name}")
    return "\n".join(lines)


def unified(path: str, before: str | None, after: str | None) -> str:
    """What changes in a file, as `git diff` and `patch -p1` write and read it; "" for nothing."""
    if before == after:
        return ""
    lines = difflib.unified_diff(
        (before or "").splitlines(keepends=True),
        (after or "").splitlines(keepends=True),
        "/dev/null" if before is None else f"a/{path}",
        "/dev/null" if after is None else f"b/{path}",
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
