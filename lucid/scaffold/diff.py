"""Show the files that a command would write: as a tree, and as unified diffs."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from lucid._text import unified_diff


def tree(name: str, paths: Iterable[str]) -> str:
    """Return the files in the folder ``name`` as an indented list."""
    lines = [f"{name}/"]
    shown: set[PurePosixPath] = set()
    for path in map(PurePosixPath, sorted(paths, key=lambda path: path.split("/"))):
        for folder in reversed(path.parents[:-1]):
            if folder not in shown:
                shown.add(folder)
                lines.append(f"{'  ' * len(folder.parts)}{folder.name}/")
        lines.append(f"{'  ' * len(path.parts)}{path.name}")
    return "\n".join(lines)


def file_diff(path: str, before: str | None, after: str | None) -> str:
    """Return the change to a file as `git diff` writes it; None stands for a missing file."""
    return unified_diff(
        before or "",
        after or "",
        "/dev/null" if before is None else f"a/{path}",
        "/dev/null" if after is None else f"b/{path}",
    )
