"""Uploads that are bombs, or that never end: each is refused with its cause, in bounded memory."""

from __future__ import annotations

import asyncio
import io
import struct
import subprocess
import sys
import zlib
from collections.abc import AsyncIterator

import pytest
from PIL import Image

from lucid.authoring.files import FileSpec, InputFile
from lucid.errors import UploadError
from lucid.server.uploads import MAX_ARRIVING, MAX_ARRIVING_BYTES, Uploads, keep, receive_file

MIB = 1024 * 1024
SPEC = FileSpec(kind="image", mime_types=("image/png",), max_bytes=10 * MIB)
HEADER = struct.pack(">IIBBBBB", 4, 4, 8, 2, 0, 0, 0)
BOMB = zlib.compress(bytes(100 * MIB), 9)


PIXELS = b"".join(b"\0" + b"\x40" * 12 for _ in range(4))


def png(
    kind: bytes = b"", data: bytes = b"", header: bytes = HEADER, pixels: bytes = PIXELS
) -> bytes:
    """Return a PNG file, of 4x4 pixels unless the header differs, with one more chunk."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    more = chunk(kind, data) if kind else b""
    body = (
        chunk(b"IHDR", header) + more + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")
    )
    return b"\x89PNG\r\n\x1a\n" + body


async def parts(*data: bytes) -> AsyncIterator[bytes]:
    for part in data:
        yield part


async def test_a_picture_is_taken() -> None:
    file = await receive_file(SPEC, "a.png", "image/png", parts(png()))
    assert file.rgb().shape == (4, 4, 3)


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (png(b"zTXt", b"k\0\0" + BOMB), "too large"),
        (png(b"iTXt", b"k\0\1\0\0\0" + BOMB), "too large"),
        (png(b"iCCP", b"p\0\0" + BOMB), "too large"),
        (png(header=HEADER[:6]), "Truncated IHDR"),
        (png(b"pHYs", b"\0\0"), "Truncated pHYs"),
        (b"nonsense", "not an image"),
    ],
)
async def test_a_picture_that_is_a_bomb_or_broken_is_refused_with_the_cause(
    data: bytes, cause: str
) -> None:
    with pytest.raises(UploadError, match=cause):
        await receive_file(SPEC, "a.png", "image/png", parts(data))


async def test_unfinished_uploads_are_bounded_together_and_free_what_they_held() -> None:
    uploads = Uploads()
    goes_on = asyncio.Event()

    async def unfinished() -> AsyncIterator[bytes]:
        yield bytes(9 * MIB)
        await goes_on.wait()

    tasks = [
        asyncio.create_task(receive_file(SPEC, "a.png", "image/png", unfinished(), uploads))
        for _ in range(40)
    ]
    done, waiting = await asyncio.wait(tasks, timeout=0.2)
    assert len(waiting) == MAX_ARRIVING_BYTES // (9 * MIB)
    assert all("too many files" in str(task.exception()) for task in done)
    goes_on.set()
    for task in waiting:
        with pytest.raises(UploadError, match="not an image"):
            await task
    assert (await receive_file(SPEC, "a.png", "image/png", parts(png()), uploads)).size_bytes


def test_one_session_sends_a_few_files_at_a_time() -> None:
    uploads = Uploads()
    for _ in range(2):
        arriving = [uploads.arriving("one") for _ in range(MAX_ARRIVING)]
        for each in arriving:
            each.__enter__()
        with pytest.raises(UploadError, match="already sending"), uploads.arriving("one"):
            pass
        with uploads.arriving("another"):
            pass
        for each in arriving:
            each.__exit__(None, None, None)


def test_a_session_keeps_its_newest_files_in_bounded_memory() -> None:
    files: dict[str, InputFile] = {}
    for number in range(40):
        keep(files, InputFile(str(number), "a", "x/y", 9 * MIB, "", b""))
    assert list(files) == [str(number) for number in range(35, 40)]
    keep(files, InputFile("large", "a", "x/y", 900 * MIB, "", b""))
    assert list(files) == ["large"]


PEAK = """
import resource, sys
from PIL import ImageCms, ImageOps, PngImagePlugin
from lucid.authoring.files import file_of

file = file_of(sys.stdin.buffer.read(), "a.png", "image/png")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert file.rgb().shape == (4000, 4000, 3)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux")
def test_the_largest_picture_takes_at_most_150_mb_while_it_is_decoded() -> None:
    header = struct.pack(">IIBBBBB", 4000, 4000, 16, 6, 0, 0, 0)  # 16 bits per channel, with alpha
    data = png(header=header, pixels=bytes(4000 * (1 + 4000 * 8)))
    run = subprocess.run(
        [sys.executable, "-c", PEAK], input=data, capture_output=True, timeout=60, check=True
    )
    assert int(run.stdout) < 150


@pytest.mark.parametrize(("options", "most"), [({}, None), ({"progressive": True}, 12)])
async def test_a_picture_that_takes_more_memory_may_have_fewer_pixels(
    options: dict[str, bool], most: int | None
) -> None:
    file = io.BytesIO()
    Image.new("RGB", (4000, 3500)).save(file, "JPEG", **options)
    spec = SPEC.model_copy(update={"mime_types": ("image/jpeg",)})
    received = receive_file(spec, "a.jpg", "image/jpeg", parts(file.getvalue()))
    if most is None:
        assert (await received).size_bytes
    else:
        with pytest.raises(UploadError, match=f"at most {most} million pixels"):
            await received
