"""Files to disk, all or none."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from lucid.errors import ScaffoldError
from lucid.scaffold.render import RenderedFile


def write(files: Iterable[RenderedFile], target: Path) -> None:
    """Make the folder ``target``: written beside it first and renamed at the end, so that an
    interrupt leaves nothing.

    Raises:
        ScaffoldError: ``target`` exists, or the folder around it cannot be written.
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
            hint="go to a folder that you can write to",
        ) from error


def check_target(target: Path) -> None:
    """Refuse a target that exists, be it a dangling link.

    Raises:
        ScaffoldError: it does.
    """
    if target.exists() or target.is_symlink():
        raise ScaffoldError(
            f"{target} already exists", hint="take another name, or move it out of the way"
        )
