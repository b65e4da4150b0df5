"""Read a ``.lucid`` file that a stranger may have made.

Nothing is unpacked to disk, no code runs, and memory is bounded: every limit is checked before the
bytes that it limits are read.
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ValidationError

from lucid.capsule.schema import HEAD, INPUTS, VERSION, Capsule, Head, PlayedInput
from lucid.errors import CapsuleError

MIB = 2**20
MAX_BYTES = 128 * MIB
"""The largest file, and the largest sum of its unpacked members."""
MAX_DIRECTORY_BYTES = 256 * 1024
"""The largest list of members, which ends the file: room for about 4,000 members."""
MAX_HEAD_BYTES = 64 * 1024
MAX_INPUT_BYTES = 16 * MIB
MAX_LINE_BYTES = 256 * 1024
MAX_INPUTS = 200_000

_END = struct.Struct("<4s4H2LH")
"""The last record of a zip file. It holds the size of the list of members."""
_ZIP64_LOCATOR = b"PK\6\7"
_NAMES = re.compile(rf"{HEAD}|{INPUTS}|files/[0-9a-f]{{64}}|frames/[0-9]{{8}}\.png", re.ASCII)
_BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError,
    NotImplementedError, OverflowError,
)  # fmt: skip
"""What zipfile raises on broken or malicious files."""


def read_capsule(source: Path | bytes) -> Capsule:
    """Read a file, or its bytes.

    Raises:
        CapsuleError: it cannot be opened, is not a capsule, is broken, exceeds a limit, or has
            another version.
    """
    data = _file(source) if isinstance(source, Path) else source
    if len(data) > MAX_BYTES:
        raise _refusal(f"it is larger than {MAX_BYTES // MIB} MiB")
    _check_end(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_members(archive.infolist())
            return _capsule(archive)
    except _BROKEN as error:
        raise _refusal(f"it is broken ({error})") from None


def read_played(path: Path) -> Capsule | tuple[PlayedInput, ...]:
    """Read a ``.lucid`` file, or the inputs of an inputs log.

    An inputs log is a file like the ``inputs.ndjson`` of a capsule. Its inputs have no files.

    Raises:
        CapsuleError: as in ``read_capsule``.
    """
    data = _file(path)
    if data.startswith(b"PK"):
        return read_capsule(data)
    if len(data) > MAX_INPUT_BYTES:
        raise _refusal(f"it is larger than {MAX_INPUT_BYTES // MIB} MiB")
    lines = tuple(_inputs(data))
    if any(line.files for line in lines):
        raise _refusal("an input has a file, and only a .lucid file holds files")
    return lines


def _file(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise CapsuleError(f"{path} is not a file", hint="pass a .lucid file")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CapsuleError(
            f"{path} cannot be read: {error.strerror}", hint="pass a .lucid file"
        ) from None


def _check_end(data: bytes) -> None:
    """Check the size of the list of members, which zipfile reads at once."""
    start = len(data) - _END.size
    if start < 0 or not data.startswith(b"PK"):
        raise _refusal("it is not a zip file")
    signature, *_, size, _offset, comment = _END.unpack_from(data, start)
    if signature != b"PK\5\6" or comment:
        raise _refusal("its end is missing")
    if size > MAX_DIRECTORY_BYTES or data.startswith(_ZIP64_LOCATOR, max(0, start - 20)):
        raise _refusal("it has too many members")


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    names: set[str] = set()
    for member in members:
        name = member.filename
        if not _NAMES.fullmatch(name):
            raise _refusal(f"it contains {name[:100]!r}")
        if name in names:
            raise _refusal(f"it contains {name} twice")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _refusal(f"{name} is compressed in another way than Lucid compresses it")
        names.add(name)
    if missing := {HEAD, INPUTS} - names:
        raise _refusal(f"it contains no {min(missing)}")
    if sum(member.file_size for member in members) > MAX_BYTES:
        raise _refusal(f"unpacked, it is larger than {MAX_BYTES // MIB} MiB")


def _capsule(archive: zipfile.ZipFile) -> Capsule:
    head = _head(_member(archive, HEAD, MAX_HEAD_BYTES))
    inputs = tuple(_inputs(_member(archive, INPUTS, MAX_INPUT_BYTES)))
    names = sorted(archive.namelist())
    files = {
        name.removeprefix("files/"): _member(archive, name)
        for name in names
        if name.startswith("files/")
    }
    for sha256, data in files.items():
        if hashlib.sha256(data).hexdigest() != sha256:
            raise _refusal(f"files/{sha256} holds another file")
    for line in inputs:
        for file in line.files.values():
            if file.sha256 not in files:
                raise _refusal(f"it contains no files/{file.sha256}, which an input names")
    frames = {int(name[7:15]): _member(archive, name) for name in names if name[:7] == "frames/"}
    return Capsule(head, inputs, files, frames)


def _member(archive: zipfile.ZipFile, name: str, most: int = MAX_BYTES) -> bytes:
    member = archive.getinfo(name)
    if member.file_size > most:
        raise _refusal(f"{name} is larger than {most // 1024:,} KiB")
    with archive.open(member) as file:
        return file.read(most)  # zipfile reads no more than file_size, and checks the CRC


class _Version(BaseModel):
    version: int


def _head(data: bytes) -> Head:
    try:
        version = _Version.model_validate_json(data).version
        if version > VERSION:
            raise CapsuleError(
                f"the .lucid file has version {version}, and this Lucid reads version {VERSION}",
                hint="update Lucid",
            )
        return Head.model_validate_json(data)
    except ValidationError as error:
        raise _refusal(f"{HEAD}: {_first(error)}") from None


def _inputs(data: bytes) -> Iterator[PlayedInput]:
    if data.count(b"\n") > MAX_INPUTS:
        raise _refusal(f"it has more than {MAX_INPUTS:,} inputs")
    step = 0
    for number, line in enumerate(data.removesuffix(b"\n").split(b"\n") if data else (), 1):
        where = f"{INPUTS}, line {number}"
        if len(line) > MAX_LINE_BYTES:
            raise _refusal(f"{where} is longer than {MAX_LINE_BYTES // 1024} KiB")
        try:
            played = PlayedInput.model_validate_json(line)
        except ValidationError as error:
            raise _refusal(f"{where}: {_first(error)}") from None
        if played.step < step:
            raise _refusal(f"{where}: step {played.step} comes after step {step}")
        step = played.step
        yield played


def _first(error: ValidationError) -> str:
    """Return the first problem in a few words, without the stranger's values."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, first["loc"]))[:100]
    return f"{where}: {first['msg']}"[:300] if where else first["msg"][:300]


def _refusal(why: str) -> CapsuleError:
    return CapsuleError(
        f"Lucid cannot read this .lucid file: {why}",
        hint="ask for the file again; `lucid serve` saves one with the button in its player",
    )
