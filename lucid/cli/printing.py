"""Print text without markup and without control characters."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lucid._text import plain
from lucid.errors import TargetError

if TYPE_CHECKING:
    from pathlib import Path

    from rich.status import Status


_SESSION = re.compile(r"\bsession ([\w-]{8}):")
STUB_ONLY = "engine.py was not run: Lucid's stub engine played instead."


def echo(text: object = "", *, err: bool = False, nl: bool = True) -> None:
    """Print on stdout or stderr, through ``plain``, which does not change ASCII JSON."""
    import typer

    typer.echo(plain(str(text)), err=err, nl=nl)


def echo_json(data: object) -> None:
    """Print an object as JSON on stdout."""
    echo(json.dumps(data, indent=2))


def echo_error(message: str, hint: str | None) -> None:
    """Print an error and its hint on stderr."""
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(Text.assemble(("error:", "bold red"), f" {plain(message)}"))
    if hint:
        console.print(Text(f"  {plain(hint)}"))


@contextmanager
def progress(text: str) -> Iterator[Status]:
    """Show a spinner with ``text`` on stderr; ``update_progress`` changes the text."""
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status(Text(plain(text))) as status:
        yield status


def update_progress(status: Status, text: str) -> None:
    """Change the text of a spinner."""
    from rich.text import Text

    status.update(Text(plain(text)))


def check_folder_of(path: Path) -> None:
    """Refuse a file that an option names if it cannot be written, before the work begins.

    Raises:
        TargetError: its folder does not exist, or it is a folder itself.
    """
    if path.is_dir() or not path.parent.is_dir():
        why = "it is a folder" if path.is_dir() else f"there is no folder {path.parent}"
        raise TargetError(f"{path} cannot be written: {why}", hint="name a file in another folder")


def write_report(path: Path, text: str) -> None:
    """Write a report to the file that an option names. Raises as ``writing`` does."""
    with writing(path):
        path.write_text(text, "utf-8")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Name the file or folder that cannot be written in the ``with`` block.

    Raises:
        TargetError: the block raised an OSError.
    """
    try:
        yield
    except OSError as error:
        raise TargetError(
            f"{path} cannot be written: {error.strerror}", hint="name another file or folder"
        ) from None


class PlainFormatter(logging.Formatter):
    """Formats log records, which may quote players and ports, without control characters."""

    def format(self, record: logging.LogRecord) -> str:
        """Format the record; see ``plain``."""
        return plain(super().format(record))


class JsonFormatter(logging.Formatter):
    """Formats each log record as a JSON object in one line of ASCII."""

    def format(self, record: logging.LogRecord) -> str:
        """Format the record, with the start of the id of the session that it names, if any."""
        text = record.getMessage()
        session = _SESSION.search(text)
        line = {
            "time": round(record.created, 3),
            "level": record.levelname,
            "logger": record.name,
            "message": text,
            "session": session and session[1],
            "traceback": self.formatException(record.exc_info) if record.exc_info else None,
        }
        return json.dumps({name: value for name, value in line.items() if value is not None})
