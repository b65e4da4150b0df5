"""A `.lucid` file holds what was saved, and a stranger's file does no harm."""

from __future__ import annotations

import hashlib
import io
import json
import random
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lucid.capsule import read
from lucid.capsule.read import read_capsule
from lucid.capsule.schema import Capsule, FileArgument, Head, PlayedInput, PlayedPort
from lucid.errors import CapsuleError

PICTURE = b"the bytes of a picture"
SHA256 = hashlib.sha256(PICTURE).hexdigest()


def saved() -> Capsule:
    port = PlayedPort(model="landscape", manifest_sha256=64 * "0", weights="a/b@" + 40 * "1")
    return Capsule(
        Head(lucid_version="1", port=port, rng_seed=2**32 - 1, frames=49),
        (
            PlayedInput(step=0, name="set_prompt", args={"prompt": "dämmerung \N{SNOWFLAKE}"}),
            PlayedInput(step=7, name="look", args={"dx": 0.1 + 0.2, "dy": -1e-17}),
            PlayedInput(
                step=7,
                name="set_seed_frame",
                args={},
                files={
                    "image": FileArgument(filename="a.png", mime_type="image/png", sha256=SHA256)
                },
            ),
        ),
        {SHA256: PICTURE},
        {0: b"one", 48: b"another"},
    )


def packed(capsule: Capsule) -> bytes:
    file = io.BytesIO()
    capsule.write(file)
    return file.getvalue()


def test_a_file_holds_what_was_saved(tmp_path: Path) -> None:
    path = tmp_path / "a.lucid"
    path.write_bytes(packed(saved()))
    assert read_capsule(path) == saved()
    assert packed(read_capsule(path)) == path.read_bytes()


def remade(*added: tuple[str | zipfile.ZipInfo, bytes], **changed: bytes | None) -> bytes:
    """Write the file again with some members changed, left out or added."""
    names = {"head": "capsule.json", "inputs": "inputs.ndjson", "file": f"files/{SHA256}"}
    by_name = {names[name]: data for name, data in changed.items()}
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed(saved()))) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            data = by_name.get(name, old.read(name))
            if data is not None:
                new.writestr(name, data, zipfile.ZIP_DEFLATED)
        for member, data in added:
            new.writestr(member, data, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def head(**changed: object) -> bytes:
    return json.dumps({**json.loads(saved().head.model_dump_json()), **changed}).encode()


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(f"files/{64 * 'b'}")
    info.external_attr = 0o120777 << 16
    return info


def line(**changed: object) -> bytes:
    return json.dumps({"step": 0, "name": "look", "args": {}} | changed).encode() + b"\n"


def with_lie(data: bytes) -> bytes:
    """Let the list of members say that the first one is 1 byte long."""
    place = data.index(b"PK\1\2") + 24
    return data[:place] + struct.pack("<L", 1) + data[place + 4 :]


def with_zip64() -> bytes:
    data = packed(saved())
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, 0, 1)
    return data[:-22] + locator + data[-22:]


def many() -> bytes:
    return remade(*((f"frames/{index:08}.png", b"") for index in range(100, 5_000)))


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "not a zip file"),
    "text": (lambda: b"hello " * 100, "not a zip file"),
    "truncated": (lambda: packed(saved())[:-30], "its end is missing"),
    "a newer version": (lambda: remade(head=head(version=2)), "version 2"),
    "an older version": (lambda: remade(head=head(version=0)), "version"),
    "no head": (lambda: remade(head=None), "no capsule.json"),
    "no inputs": (lambda: remade(inputs=None), "no inputs.ndjson"),
    "no JSON": (lambda: remade(head=b"{"), "capsule.json"),
    "deep JSON": (
        lambda: remade(inputs=b'{"step":0,"name":"a","args":' + b'{"a":' * 30_000),
        "line 1",
    ),
    "deep arrays": (
        lambda: remade(inputs=line(args={"a": 0}).replace(b"0}", b"[" * 30_000)),
        "line 1",
    ),
    "a long line": (lambda: remade(inputs=line(name=270_000 * "a")), "longer than 256 KiB"),
    "too many inputs": (lambda: remade(inputs=b"\n" * 200_001), "200,000 inputs"),
    "a huge number": (lambda: remade(inputs=line(step=2**70)), "step"),
    "steps that go back": (lambda: remade(inputs=line(step=5) + line(step=4)), "after step 5"),
    "a bomb": (lambda: remade(inputs=b" " * 17 * read.MIB), "larger than 16,384 KiB"),
    "a bomb in pieces": (
        lambda: remade(*((f"frames/{n:08}.png", bytes(6 * read.MIB)) for n in range(1, 5))),
        "unpacked, it is larger than 20 MiB",
    ),
    "a size that is a lie": (lambda: with_lie(packed(saved())), "broken"),
    "a way up": (lambda: remade(("../../evil.py", b"")), "evil.py"),
    "an absolute path": (lambda: remade(("/etc/passwd", b"")), "passwd"),
    "code": (lambda: remade(("port.py", b"print()")), "port.py"),
    "a link": (lambda: remade((link(), b"/etc/passwd")), "another file"),
    "another file": (lambda: remade(file=b"other bytes"), "another file"),
    "a file that is missing": (lambda: remade(file=None), "an input names"),
    "too many members": (many, "too many members"),
    "a second list of members": (with_zip64, "too many members"),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("what", [*HOSTILE, "twice", "another compression"])
def test_a_hostile_file_gets_one_kind_of_error(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "MAX_BYTES", 20 * read.MIB)
    if what == "twice":
        data, words = remade(("capsule.json", head(frames=3))), "twice"
    elif what == "another compression":
        file = io.BytesIO(packed(saved()))
        with zipfile.ZipFile(file, "a") as archive:
            archive.writestr("frames/00000001.png", b"", zipfile.ZIP_LZMA)
        data, words = file.getvalue(), "compressed in another way"
    else:
        make, words = HOSTILE[what]
        data = make()
    with pytest.raises(CapsuleError, match=words) as refused:
        read_capsule(data)
    assert refused.value.hint


def test_any_broken_byte_is_noticed_or_harmless() -> None:
    data, rng = packed(saved()), random.Random(0)
    for _ in range(1_000):
        broken = bytearray(data)
        for _ in range(rng.choice((1, 1, 3))):
            broken[rng.randrange(len(data))] = rng.randrange(256)
        try:
            capsule = read_capsule(bytes(broken))
        except CapsuleError:
            continue
        assert capsule.files == saved().files


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.lucid", Path("/dev/zero")):
        with pytest.raises(CapsuleError):
            read_capsule(path)


def test_json_takes_at_most_40_times_its_size() -> None:
    inner = b",".join([b"[]"] * 21_000)
    data = remade(inputs=line(args={"a": 0}).replace(b"0}", b"[" + inner + b"]}") * 16)
    tracemalloc.start()
    try:
        assert len(read_capsule(data).inputs) == 16
        assert tracemalloc.get_traced_memory()[1] < 40 * read.MIB
    finally:
        tracemalloc.stop()
