"""Read the pickle in a ``.pt``, ``.pth`` or ``.ckpt`` file, without executing it.

This reads the end of the zip archive, the start of its directory and the start of ``data.pkl``. If
the whole pickle was read, it also reads the rest of the directory. If the archive contains another
pickle, the header is not complete.
"""

import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from lucid.hub.weights.facts import ReadRange, UnreadableWeightsError, WeightsHeader
from lucid.hub.weights.pickles import walk_pickles

TAIL_BYTES = 4 * 1024
DIRECTORY_BYTES = 8 * 1024
MAX_DIRECTORY_BYTES = 1024 * 1024
"""The directory is read up to here, to find out whether there is another pickle."""
MAX_PICKLE_BYTES = 120 * 1024
"""``data.pkl`` is read up to here, because the names come first."""

_END = b"PK\x05\x06"
_END64 = b"PK\x06\x06"
_ENTRY = b"PK\x01\x02"
_LOCAL = b"PK\x03\x04"
_STORED, _DEFLATED = 0, 8
_ZIP64 = 0xFFFFFFFF


def read_torch(
    path: str, size_bytes: int | None, read: ReadRange, most_bytes: int = MAX_PICKLE_BYTES
) -> WeightsHeader:
    """Return the tensors' names, shapes and dtypes, and what loading the file would import.

    At most ``most_bytes`` of the pickle are read.

    Raises:
        UnreadableWeightsError: It is neither a zip archive with a ``data.pkl`` nor a pickle.
    """
    if size_bytes is None:
        raise UnreadableWeightsError("its size is not known")
    tail_start = max(0, size_bytes - TAIL_BYTES)
    tail = read(tail_start, size_bytes - tail_start)
    end = tail.rfind(_END)
    if end < 0:
        # Before torch 1.6, a file has a magic number, two small pickles, the pickle of the weights,
        # and a pickle that lists the storages.
        pickles = read(0, min(size_bytes, most_bytes))
        header = walk_pickles(path, "legacy pickle", pickles, 4, after=1)
        if header is None:
            raise UnreadableWeightsError("it is neither a zip archive nor a pickle")
        return header
    offset, directory_bytes = _directory(tail, end)
    if offset + directory_bytes > size_bytes:
        raise UnreadableWeightsError("the zip archive's directory is beyond its end")
    directory = read(offset, min(directory_bytes, DIRECTORY_BYTES))
    method, packed_bytes, plain_bytes, local_offset = _pickle_entry(directory)
    if local_offset + packed_bytes > offset:
        raise UnreadableWeightsError("the zip archive's data.pkl is beyond its directory")
    data = read(local_offset, min(packed_bytes + 1024, most_bytes))
    pickle = _unpack(_strip_local(data)[:packed_bytes], method, plain_bytes, most_bytes)
    header = walk_pickles(path, "torch zip", pickle, 1)
    if header is None:
        raise UnreadableWeightsError("its data.pkl is not a pickle")
    if header.complete:
        rest_bytes = min(directory_bytes, MAX_DIRECTORY_BYTES) - len(directory)
        if rest_bytes:
            with suppress(UnreadableWeightsError):  # the budget of requests may be spent
                directory += read(offset + len(directory), rest_bytes)
        alone = len(directory) == directory_bytes and _has_one_pickle(directory)
        header = replace(header, complete=alone)
    return header


def _directory(tail: bytes, end: int) -> tuple[int, int]:
    """Return the offset of the archive's directory, and its length."""
    if len(tail) < end + 22:
        raise UnreadableWeightsError("the zip archive is cut off")
    length, offset = struct.unpack_from("<II", tail, end + 12)
    if _ZIP64 not in (length, offset):
        return offset, length
    end64 = tail.rfind(_END64, 0, end)
    if end64 < 0 or len(tail) < end64 + 56:
        raise UnreadableWeightsError("the zip archive is cut off")
    length, offset = struct.unpack_from("<QQ", tail, end64 + 40)
    return offset, length


def _pickle_entry(directory: bytes) -> tuple[int, int, int, int]:
    """Return method, packed size, plain size and offset of the first ``*/data.pkl``."""
    for place, _, name, extra in _entries(directory):
        if name == b"data.pkl" or name.endswith(b"/data.pkl"):
            method, packed, plain, local = struct.unpack_from("<10xH8xII14xI", directory, place)
            return (method, *_wide(extra, plain, packed, local))
    raise UnreadableWeightsError("the zip archive has no data.pkl near the start of its directory")


def _has_one_pickle(directory: bytes) -> bool:
    """Return whether a whole directory has only one pickle, so that no other can be loaded."""
    entries = list(_entries(directory))
    pickles = sum(name.endswith(b".pkl") for _, _, name, _ in entries)
    return pickles == 1 and entries[-1][1] == len(directory)


def _entries(directory: bytes) -> Iterator[tuple[int, int, bytes, bytes]]:
    """Yield the start, the end, the name and the extra field of each complete entry."""
    start = 0
    while directory[start : start + 4] == _ENTRY and start + 46 <= len(directory):
        name_len, extra_len, comment_len = struct.unpack_from("<HHH", directory, start + 28)
        extra, comment = start + 46 + name_len, start + 46 + name_len + extra_len
        end = comment + comment_len
        yield start, end, directory[start + 46 : extra], directory[extra:comment]
        start = end


def _wide(extra: bytes, plain: int, packed: int, local: int) -> tuple[int, int, int]:
    """Return packed size, plain size and offset, from the zip64 field if they need it."""
    fields = [plain, packed, local]
    place = 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, place)
        if kind == 1:
            wide = place + 4
            for index, value in enumerate(fields):
                if value == _ZIP64 and wide + 8 <= min(len(extra), place + 4 + length):
                    (fields[index],) = struct.unpack_from("<Q", extra, wide)
                    wide += 8
        place += 4 + length
    return fields[1], fields[0], fields[2]


def _strip_local(data: bytes) -> bytes:
    if data[:4] != _LOCAL or len(data) < 30:
        raise UnreadableWeightsError("the zip archive's directory points to no file")
    name_len, extra_len = struct.unpack_from("<HH", data, 26)
    return data[30 + name_len + extra_len :]


def _unpack(data: bytes, method: int, plain_bytes: int, most_bytes: int) -> bytes:
    if method == _STORED:
        return data
    if method != _DEFLATED:
        raise UnreadableWeightsError("its data.pkl has an unknown compression")
    try:
        plain = zlib.decompressobj(-15).decompress(data, most_bytes)
    except zlib.error:
        raise UnreadableWeightsError("its data.pkl does not unpack") from None
    return plain[:plain_bytes]
