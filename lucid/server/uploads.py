"""Receive uploaded files for input parameters, and check them before they are decoded."""

import asyncio
import hashlib
import re
import secrets
from collections.abc import AsyncIterator
from pathlib import PurePosixPath

from lucid.authoring.files import FileSpec, InputFile, check_file, usual_type
from lucid.authoring.manifest import Manifest
from lucid.authoring.pictures import open_picture
from lucid.errors import UnknownInputError, UploadError

MAX_FILES = 16
"""Maximum number of files per session; the oldest is dropped first."""
SILENCE_S = 30.0
"""An upload that sends nothing for this time is refused, to free its memory."""

_PIL_TYPES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "GIF"}
_SAME_FORMATS = {"MPO": "JPEG"}
"""Pillow calls a JPEG with a second picture, as phones write it, MPO."""


def file_spec(manifest: Manifest, input_name: str, parameter: str) -> FileSpec:
    """Return the spec of a file parameter.

    Raises:
        UnknownInputError: the port has no such input.
        UploadError: the parameter does not accept a file.
    """
    specs = {spec.name: spec for spec in manifest.inputs}
    if input_name not in specs:
        raise UnknownInputError(input_name, specs)
    schema = specs[input_name].arguments["properties"].get(parameter, {})
    if schema.get("format") != "lucid-file":
        raise UploadError(f"{input_name}.{parameter[:80]} does not accept a file")
    return FileSpec.model_validate(schema["file"])


async def receive_file(
    spec: FileSpec,
    filename: str,
    mime_type: str,
    body: AsyncIterator[bytes],
    silence_s: float = SILENCE_S,
) -> InputFile:
    """Read an uploaded file; stop as soon as it is too large or the upload stalls.

    Raises:
        UploadError: the parameter does not accept the type or size, or needs an image and the
            file is not one, or the upload stalled.
    """
    name = _clean(filename)
    mime_type = usual_type(mime_type)
    check_file(spec, name, mime_type, 0)
    data = bytearray()
    try:
        async with asyncio.timeout(silence_s) as limit:
            async for part in body:
                data += part
                check_file(spec, name, mime_type, len(data))
                limit.reschedule(asyncio.get_running_loop().time() + silence_s)
    except TimeoutError:
        raise UploadError(
            f"{name}: the upload stalled for {silence_s:g} s", hint="send the file again"
        ) from None
    if not data:
        raise UploadError(f"{name}: the file is empty")
    if spec.kind == "image":
        await asyncio.to_thread(_check_image, name, mime_type, data)
    sha256 = await asyncio.to_thread(hashlib.sha256, data)
    return InputFile(
        id=secrets.token_urlsafe(16),
        filename=name,
        mime_type=mime_type,
        size_bytes=len(data),
        sha256=sha256.hexdigest(),
        data=bytes(data),
    )


def keep(files: dict[str, InputFile], file: InputFile) -> None:
    """Add a file to the files of a session."""
    while len(files) >= MAX_FILES:
        del files[next(iter(files))]
    files[file.id] = file


def _check_image(name: str, mime_type: str, data: bytearray) -> None:
    """Check the image header only, because a small file may decompress to gigabytes."""
    try:
        with open_picture(name, data) as picture:
            kind = picture.format or ""
    except UploadError as error:
        if error.__cause__ is None:
            raise  # too many pixels
        raise UploadError(
            f"{name}: declared as {mime_type}, but not an image",
            hint="send a PNG, JPEG or WebP file",
        ) from None
    kind = _SAME_FORMATS.get(kind, kind)
    if kind != _PIL_TYPES.get(mime_type, kind):
        raise UploadError(
            f"{name}: declared as {mime_type}, but is {kind}", hint="send a PNG, JPEG or WebP file"
        )


def _clean(filename: str) -> str:
    name = PurePosixPath(filename.replace("\\", "/")).name
    return re.sub(r"[^\w.()\[\] -]", "_", name)[:120] or "upload"
