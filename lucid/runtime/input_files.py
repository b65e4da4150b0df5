"""Convert a path or a picture in memory to the file of an input."""

import mimetypes
from pathlib import Path

import numpy as np

from lucid.authoring.files import InputFile, check_file, file_of
from lucid.authoring.manifest import InputSpec
from lucid.authoring.parameters import files_of
from lucid.authoring.pictures import as_png
from lucid.errors import UploadError


def input_file(spec: InputSpec, parameter: str, content: object) -> InputFile:
    """Return the file for a parameter: ``content`` is a path, or (H, W, 3) uint8 RGB.

    Raises:
        UploadError: The file cannot be read, the array is not a picture, or the input does not
            accept the file.
    """
    if isinstance(content, np.ndarray):
        name, data = "picture.png", _png(content)
    elif isinstance(content, str | Path):
        name, data = Path(content).name, _read(Path(content))
    else:
        raise UploadError(
            f"a {type(content).__name__} is not a file", hint="pass a path, or (H, W, 3) uint8 RGB"
        )
    mime_type = mimetypes.guess_type(name)[0] or ""
    check_file(files_of(spec)[parameter], name, mime_type, len(data))
    return file_of(data, name, mime_type)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UploadError(
            f"{path} cannot be read: {error.strerror}", hint="pass the path of a picture"
        ) from None


def _png(picture: np.ndarray) -> bytes:
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
        raise UploadError(
            f"{picture.dtype} {picture.shape} is not a picture", hint="pass (H, W, 3) uint8 RGB"
        )
    return as_png(picture)
