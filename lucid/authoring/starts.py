"""The start pictures that ship with Lucid: the project's own, under CC0."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from lucid.errors import DeclarationError

_FOLDER = Path(__file__).resolve().parent.parent / "starts"


def start_pictures(kind: Literal["places", "tables", "blocks"]) -> Path:
    """Return a folder of start pictures, for ``image_input(gallery=...)``.

    ``places`` are landscapes, streets and rooms (1024x576), ``tables`` a robot's arm over a table
    (640x480), and ``blocks`` worlds of blocks as in Minecraft (640x384).

    Raises:
        DeclarationError: There is no such set.
    """
    folder = _FOLDER / kind
    if not folder.is_dir():
        raise DeclarationError(
            f"there are no start pictures called {kind!r}",
            hint="choose places, tables or blocks, or pass a folder of your own to image_input()",
        )
    return folder
