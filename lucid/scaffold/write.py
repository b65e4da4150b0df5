"""Write a port's files, all or none."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

from lucid.errors import ScaffoldError
from lucid.scaffold.render import RenderedFile


def write(files: Iterable[RenderedFile], target: Path) -> None:
    """Create the folder ``target`` in one move, so that an interrupt leaves nothing behind.

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
            hint="change to a folder that you can write to",
        ) from error


def check_target(target: Path) -> None:
    """Refuse a target that exists, also as a broken link.

    Raises:
        ScaffoldError: The target exists.
    """
    if target.exists() or target.is_symlink():
        raise ScaffoldError(
            f"{target} already exists", hint="choose another name, or move it out of the way"
        )
