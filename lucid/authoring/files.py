"""Uploads: which files an input accepts (FileSpec) and what its handler gets (InputFile)."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from pydantic import BaseModel, ConfigDict, Field

from lucid.authoring.pictures import as_array, decode
from lucid.errors import DeclarationError, UploadError

if TYPE_CHECKING:
    import numpy as np

MAX_FILE_BYTES = 10 * 1024 * 1024
IMAGE_MIME_TYPES = ("image/png", "image/jpeg", "image/webp")
_SAME_TYPES = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
}
"""Unofficial names that browsers, tools and authors use, and the registered MIME types."""


class FileSpec(BaseModel):
    """The files that a parameter accepts."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    kind: Literal["file", "image"]
    mime_types: tuple[str, ...]
    """Accepted types, such as ``image/png``; an empty tuple accepts any."""

    max_bytes: int
    size: tuple[int, int] | None = None
    """(width, height) in pixels; the page crops and resizes an image to it before the upload."""

    gallery: tuple[str, ...] = ()
    """File names of the pictures that the port offers."""

    gallery_folder: Path | None = Field(default=None, exclude=True)
    """The folder of the gallery; it is never sent to a page."""


def file_input(*, mime_types: tuple[str, ...] = (), max_bytes: int = MAX_FILE_BYTES) -> Any:
    """Return the default value of an ``InputFile`` parameter that accepts any file of these MIME
    types, up to ``max_bytes``.
    """
    return FileSpec.model_construct(kind="file", mime_types=mime_types, max_bytes=max_bytes)


def image_input(
    *,
    size: tuple[int, int] | None = None,
    mime_types: tuple[str, ...] = IMAGE_MIME_TYPES,
    max_bytes: int = MAX_FILE_BYTES,
    gallery: Path | None = None,
) -> Any:
    """Return the default value of an ``InputFile`` parameter that accepts an image.

    The page crops and resizes the image to ``size`` (width, height). ``gallery`` is a folder of
    PNG, JPEG or WebP pictures that the player can choose from.
    """
    return FileSpec.model_construct(
        kind="image",
        mime_types=mime_types,
        max_bytes=max_bytes,
        size=size,
        gallery=(),
        gallery_folder=gallery,
    )


def check_file_spec(where: str, spec: FileSpec) -> FileSpec:
    """Validate a spec; return it with its gallery and with MIME types in their usual spelling.

    ``image_input()`` does not validate, because only here the error can name the parameter.

    Raises:
        DeclarationError: the message starts with ``where``, the hint is the fix.
    """
    place = f"{where}: {spec.kind}_input()"
    mime_types, size = spec.mime_types, spec.size
    if not isinstance(mime_types, tuple | list) or not all("/" in mime for mime in mime_types):
        raise DeclarationError(
            f"{place}: mime_types must be a tuple of MIME types, got {mime_types!r}",
            hint='write for example mime_types=("image/png",)',
        )
    if type(spec.max_bytes) is not int or spec.max_bytes < 1:
        raise DeclarationError(
            f"{place}: max_bytes must be a positive number, got {spec.max_bytes!r}",
            hint="leave max_bytes out for 10 MiB",
        )
    if size is not None and not (
        isinstance(size, tuple | list)
        and len(size) == 2
        and all(type(side) is int and side > 0 for side in size)
    ):
        raise DeclarationError(
            f"{place}: size must be (width, height) in pixels, got {size!r}",
            hint="write for example size=(640, 360)",
        )
    folder = spec.gallery_folder
    if folder is not None and not (isinstance(folder, Path) and folder.is_dir()):
        raise DeclarationError(
            f"{place}: gallery must be a folder of pictures, got {folder!r}",
            hint='write for example gallery=Path(__file__).parent / "gallery"',
        )
    pictures = () if folder is None else tuple(sorted(_pictures(folder)))
    types = tuple(dict.fromkeys(map(usual_type, mime_types)))
    return FileSpec(**{**spec.__dict__, "gallery": pictures, "mime_types": types})


def usual_type(mime_type: str) -> str:
    """Return the registered MIME type without parameters: ``image/jpeg`` for ``image/jpg``."""
    lower = mime_type.partition(";")[0].strip().lower()
    return _SAME_TYPES.get(lower, lower)


def _pictures(folder: Path) -> list[str]:
    suffixes = (".png", ".jpg", ".jpeg", ".webp")
    return [path.name for path in folder.iterdir() if path.suffix.lower() in suffixes]


def check_file(spec: FileSpec, filename: str, mime_type: str, size_bytes: int) -> None:
    """Check the type and size of a file.

    Raises:
        UploadError: the spec does not accept the file.
    """
    if spec.mime_types and usual_type(mime_type) not in spec.mime_types:
        raise UploadError(
            f"{filename}: {mime_type or 'a file of unknown type'} is not accepted",
            hint=f"send {' or '.join(spec.mime_types)}",
        )
    if size_bytes > spec.max_bytes:
        raise UploadError(
            f"{filename}: {size_bytes:,} bytes are too many",
            hint=f"send at most {spec.max_bytes:,} bytes",
        )


@dataclass(frozen=True)
class InputFile:
    """An uploaded file, in memory. It has passed the check against its ``FileSpec`` when a handler
    gets it."""

    id: str
    filename: str
    mime_type: str
    size_bytes: int
    sha256: str
    data: bytes = field(repr=False)

    def open(self) -> BinaryIO:
        """Return the bytes as a binary file opened for reading."""
        return io.BytesIO(self.data)

    def rgb(self, size: tuple[int, int] | None = None) -> np.ndarray:
        """Return the first frame as (H, W, 3) uint8 sRGB, upright, with white behind transparency.

        With ``size`` (width, height), the frame is centre-cropped and resized.

        Raises:
            UploadError: the bytes are not an image, or the image has more than 16 million pixels,
                or its pixels are floats or 32-bit integers.
        """
        from PIL import ImageOps

        picture = decode(self.filename, self.data)
        return as_array(ImageOps.fit(picture, size) if size else picture)


def file_of(data: bytes, filename: str, mime_type: str) -> InputFile:
    """Return a file with these bytes. Its id is the start of its hash."""
    sha256 = hashlib.sha256(data).hexdigest()
    return InputFile(sha256[:16], filename, mime_type, len(data), sha256, data)


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
