"""What a recording promises: it never blocks its caller, and what is written plays."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from pathlib import Path

import av
import numpy as np
import pytest
from av import Packet

from lucid import publish
from lucid.authoring.manifest import ModelInfo
from lucid.authoring.outputs import VideoOutput
from lucid.errors import MachineError
from lucid.media.movie import Movie
from lucid.media.recording import MAX_WAITING, Recording
from lucid.media.video import EncodedFrame, VideoStream
from tests.waits import until

VIDEO = publish.video(name="main", width=64, height=48, fps=25)
assert isinstance(VIDEO, VideoOutput)
MODEL = ModelInfo(name="pond", description="", repo="org/pond", licence="mit", max_sessions=1)


def encoded(count: int) -> list[EncodedFrame[None]]:
    """Frames of a stream, the first one a keyframe."""
    frames: list[EncodedFrame[None]] = []
    arrived = threading.Event()

    def keep(frame: EncodedFrame[None]) -> None:
        frames.append(frame)
        arrived.set()

    stream = VideoStream("H264", (64, 48), 25, keep)
    for index in range(count):
        arrived.clear()
        stream.put(np.full((72, 64), index, np.uint8), index / 25, None)
        assert arrived.wait(10)
    stream.close()
    return frames


def decoded(data: bytes, path: Path) -> int:
    path.write_bytes(data)
    with av.open(str(path)) as file:
        return sum(1 for _ in file.decode(video=0))


async def test_what_is_written_plays_before_and_after_the_end(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "a.mp4", VIDEO, MODEL)
    for frame in encoded(60):
        recording.put(frame)
    await until(lambda: recording.frames == 60)
    partial = recording.path.read_bytes()
    assert decoded(partial, tmp_path / "partial.mp4") >= 25
    assert await recording.close()
    assert (recording.frames, recording.failure) == (60, None)
    assert decoded(recording.path.read_bytes(), tmp_path / "whole.mp4") == 60
    with av.open(str(recording.path)) as file:
        tags = {name: file.metadata.get(name) for name in ("title", "copyright", "comment")}
    said = "pond \N{MIDDLE DOT} org/pond \N{MIDDLE DOT} mit \N{MIDDLE DOT} made with Lucid"
    assert tags == {"title": "pond", "copyright": "mit", "comment": said}


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe stands for the disk")
async def test_a_disk_that_hangs_loses_frames_and_blocks_nobody(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reader, True)
    recording = Recording(path, VIDEO, MODEL)
    (keyframe,) = encoded(1)
    packet = Packet(np.zeros(100_000, np.uint8).tobytes())  # more than the pipe takes
    packet.pts, packet.is_keyframe = 3_600, True
    recording.put(keyframe)
    large = EncodedFrame(packet, None, True, 0.0)
    assert sum(recording.put(large) for _ in range(2 * MAX_WAITING)) > 0
    recording.end()  # returns, though nothing is written yet
    assert recording.frames < 100

    def read_all() -> None:
        while os.read(reader, 1 << 20):
            pass

    await asyncio.to_thread(read_all)
    assert await recording.close()
    os.close(reader)


async def test_a_recording_that_grows_too_large_ends_says_so_and_plays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lucid.media.recording.MAX_S", 1.0)
    said: list[str] = []
    recording = Recording(tmp_path / "a.mp4", VIDEO, MODEL, said.append)
    for frame in encoded(60):
        recording.put(frame)
    await until(lambda: bool(said))
    assert await recording.close()
    assert said == [recording.failure]
    assert "is longer than" in said[0]
    assert 25 <= decoded(recording.path.read_bytes(), tmp_path / "whole.mp4") <= 30


def test_a_movie_has_no_limit_and_says_once_that_it_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lucid.media.recording.MAX_S", 1.0)
    with Movie(tmp_path / "a.mp4", VIDEO, MODEL) as movie:
        for index in range(60):
            movie.add(np.full((48, 64, 3), index, np.uint8))
    assert decoded((tmp_path / "a.mp4").read_bytes(), tmp_path / "whole.mp4") == 60
    with pytest.raises(MachineError, match=r"gone/a\.mp4 cannot be written: No such file"):
        Movie(tmp_path / "gone" / "a.mp4", VIDEO, MODEL).add(np.zeros((48, 64, 3), np.uint8))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
async def test_a_full_disk_is_reported(tmp_path: Path) -> None:
    said: list[str] = []
    recording = Recording(Path("/dev/full"), VIDEO, MODEL, said.append)
    for frame in encoded(60):
        recording.put(frame)
    assert await recording.close()
    assert "No space left" in said[0]
