"""Receive uploaded files for input parameters, and check them before they are decoded."""

import asyncio
import re
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import PurePosixPath

from starlette.requests import ClientDisconnect

from lucid.authoring.files import FileSpec, InputFile, check_file, file_of, usual_type
from lucid.authoring.manifest import Manifest
from lucid.authoring.parameters import files_of
from lucid.authoring.pictures import open_picture
from lucid.errors import UnknownInputError, UploadError
from lucid.server.connections import body_limit_s

MAX_FILES = 16
"""Maximum number of files per session; the oldest is dropped first."""
MAX_KEPT_BYTES = 48 * 1024 * 1024
"""The same in bytes; the newest file always stays."""
MAX_ARRIVING_BYTES = 64 * 1024 * 1024
"""Maximum size of all unfinished uploads together, if each is smaller."""
MAX_ARRIVING = 4
"""Maximum number of unfinished uploads per session."""

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
    files = files_of(specs[input_name])
    if parameter not in files:
        raise UploadError(f"{input_name}.{parameter[:80]} does not accept a file")
    return files[parameter]


class Uploads:
    """The unfinished uploads of a server."""

    def __init__(self) -> None:
        self._bytes = 0
        self._of_session: Counter[str] = Counter()

    @contextmanager
    def arriving(self, session_id: str) -> Iterator[None]:
        """Count an unfinished upload of a session.

        Raises:
            UploadError: the session has too many.
        """
        if self._of_session[session_id] >= MAX_ARRIVING:
            raise UploadError(
                f"this session is already sending {MAX_ARRIVING} files", hint="wait for them"
            )
        self._of_session[session_id] += 1
        try:
            yield
        finally:
            self._of_session[session_id] -= 1
            self._of_session += Counter()  # forget sessions without uploads

    @contextmanager
    def buffer(self, name: str, max_bytes: int) -> Iterator[Callable[[bytes], bytearray]]:
        """Yield a function that adds data to a buffer and returns the buffer.

        The function raises UploadError if all buffers together become too large.
        """
        data = bytearray()

        def add(part: bytes) -> bytearray:
            self._bytes += len(part)
            data.extend(part)
            if self._bytes > max(MAX_ARRIVING_BYTES, max_bytes):
                raise UploadError(f"{name}: the server receives too many files", hint="try again")
            return data

        try:
            yield add
        finally:
            self._bytes -= len(data)


async def receive_file(
    spec: FileSpec,
    filename: str,
    mime_type: str,
    body: AsyncIterator[bytes],
    uploads: Uploads | None = None,
    limit_s: Callable[[int], float] = body_limit_s,
) -> InputFile:
    """Read an uploaded file; stop as soon as it is too large or the upload stalls.

    ``limit_s`` returns how long an upload may take, given the bytes that have arrived.

    Raises:
        UploadError: the parameter does not accept the type or size, or needs an image and the
            file is not one, or the upload stalled or was cut off.
    """
    name = _clean(filename)
    mime_type = usual_type(mime_type)
    check_file(spec, name, mime_type, 0)
    data = bytearray()
    loop = asyncio.get_running_loop()
    start_s = loop.time()
    try:
        with (uploads or Uploads()).buffer(name, spec.max_bytes) as add:
            async with asyncio.timeout(limit_s(0)) as limit:
                async for part in body:
                    data = add(part)
                    check_file(spec, name, mime_type, len(data))
                    now_s = loop.time()
                    limit.reschedule(min(start_s + limit_s(len(data)), now_s + limit_s(0)))
    except TimeoutError:
        raise UploadError(f"{name}: the upload stalled", hint="send the file again") from None
    except ClientDisconnect:
        raise UploadError(f"{name}: the upload was cut off", hint="send the file again") from None
    if not data:
        raise UploadError(f"{name}: the file is empty")
    if spec.kind == "image":
        await asyncio.to_thread(_check_image, name, mime_type, data)
    file = await asyncio.to_thread(lambda: file_of(bytes(data), name, mime_type))
    return replace(file, id=secrets.token_urlsafe(16))  # nobody can guess it


def keep(files: dict[str, InputFile], file: InputFile) -> None:
    """Add a file to the files of a session."""
    files[file.id] = file
    while len(files) > 1 and (
        len(files) > MAX_FILES or sum(one.size_bytes for one in files.values()) > MAX_KEPT_BYTES
    ):
        del files[next(iter(files))]


def _check_image(name: str, mime_type: str, data: bytearray) -> None:
    """Check the image header only, because a small file may decompress to gigabytes."""
    try:
        with open_picture(name, data) as picture:
            kind = picture.format or ""
    except UploadError as error:
        if error.__cause__ is None:
            raise  # too many pixels
        cause = str(error.__cause__)
        raise UploadError(
            f"{name}: declared as {mime_type}, but not an image"
            + ("" if "BytesIO" in cause else f" that can be read: {cause}"),
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
