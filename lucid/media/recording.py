"""Record a session's video as an MP4 file, from the packets that viewers get."""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import av
from av import Packet

from lucid.authoring.manifest import ModelInfo
from lucid.authoring.outputs import VideoOutput
from lucid.media.codecs import Codec
from lucid.media.video import TIME_BASE, EncodedFrame

MAX_WAITING = 256
"""Frames that may wait for the disk. If there are more, frames up to the next keyframe are lost."""
MAX_S, MAX_BYTES = 3600.0, 4 * 2**30
"""A recording ends when it is this long or this large."""
CLOSE_S = 10.0
_OPTIONS = {
    "movflags": "hybrid_fragmented+delay_moov",
    "frag_duration": "1000000",
    "flush_packets": "1",
}
"""Write one fragment per second, so that the file plays even if it is never closed. ``close`` only
adds an index."""

logger = logging.getLogger(__name__)


class Mp4File:
    """An MP4 file of encoded frames."""

    def __init__(self, path: Path, output: VideoOutput, model: ModelInfo) -> None:
        """Open the file, which may exist.

        Raises:
            OSError: it cannot be opened.
        """
        self._out = av.open(str(path), "w", format="mp4", options=_OPTIONS)
        tags = {"title": model.name, "copyright": model.licence, "comment": model.credit}
        self._out.metadata.update(tags)
        self._stream = self._out.add_mux_stream("h264", width=output.width, height=output.height)
        self._stream.time_base = TIME_BASE
        self._frame_s = 1 / (output.fps or 60)
        self._first: int | None = None
        self._last = -1
        self.frames = 0
        self.bytes = 0

    @property
    def seconds(self) -> float:
        """How long the video is."""
        return float(max(self._last, 0) * TIME_BASE)

    def add(self, encoded: "Packet[Any]") -> None:
        """Write a frame; the first one is a keyframe.

        Raises:
            OSError: it cannot be written.
        """
        pts = encoded.pts or 0
        self._first = pts if self._first is None else self._first
        packet = Packet(bytes(encoded))
        packet.stream = self._stream
        packet.time_base = TIME_BASE
        self._last = max(pts - self._first, self._last + 1)
        packet.pts = packet.dts = self._last
        packet.duration = round(self._frame_s / TIME_BASE)  # or players cut the last frame
        packet.is_keyframe = encoded.is_keyframe
        self._out.mux(packet)
        self.bytes += packet.size
        self.frames += 1

    def close(self) -> None:
        """End the file.

        Raises:
            OSError: it cannot be written.
        """
        self._out.close()


class Recording:
    """Takes encoded frames like a viewer's feed and writes them on its own thread.

    Only ``close`` waits for the disk, and it does not block the event loop.
    """

    codec: Codec = "H264"

    def __init__(
        self,
        path: Path,
        output: VideoOutput,
        model: ModelInfo,
        on_failure: Callable[[str], None] | None = None,
    ) -> None:
        """``on_failure`` gets the reason if the recording ends early, on the recording's thread."""
        self.path = path
        self._on_failure = on_failure
        self._open = partial(Mp4File, path, output, model)
        self.output = output.name
        self.frames = 0
        self.seconds = 0.0
        self.failure: str | None = None
        """Why the recording ended early; None if it did not."""
        self._waiting: queue.SimpleQueue[Packet[Any] | None] = queue.SimpleQueue()
        self._starved = True
        self._thread = threading.Thread(target=self._write, name="lucid-recording", daemon=True)
        self._thread.start()

    def put(self, frame: EncodedFrame[Any]) -> int:
        """Queue a frame for writing; return the number of frames lost."""
        if frame.packet.is_keyframe:
            self._starved = False
        if self._starved or self.failure is not None:
            return 0
        if self._waiting.qsize() >= MAX_WAITING:
            self._starved = True
            return 1
        self._waiting.put(frame.packet)
        return 0

    def put_past(self, frames: Iterable[EncodedFrame[Any]]) -> None:
        """Queue any number of earlier frames, of which the first must be a keyframe."""
        for frame in frames:
            self._waiting.put(frame.packet)

    def end(self) -> None:
        """End the file after the queued frames; return at once."""
        self._waiting.put(None)

    async def close(self) -> bool:
        """End the file; return whether it was complete within ``CLOSE_S``."""
        self.end()
        await asyncio.to_thread(self._thread.join, CLOSE_S)
        return not self._thread.is_alive()

    # --- on the recording's thread ------------------------------------------------------------

    def _limit(self, size_bytes: int) -> str | None:
        if self.seconds > MAX_S:
            return f"it is longer than {MAX_S / 60:g} minutes"
        if size_bytes > MAX_BYTES:
            return f"it is larger than {MAX_BYTES / 2**30:g} GiB"
        return None

    def _stop_early(self, why: str) -> None:
        """Report why the recording ends. The file so far stays playable."""
        self.failure = why
        if self._on_failure is not None:
            self._on_failure(why)

    def _write(self) -> None:
        try:
            self._mux()
        except (OSError, av.FFmpegError) as error:
            logger.warning("recording to %s failed: %s", self.path.name, error)
            self._stop_early(error.strerror or str(error))

    def _mux(self) -> None:
        with closing(self._open()) as out:
            while (encoded := self._waiting.get()) is not None:
                if (why := self._limit(out.bytes)) is not None:
                    self._stop_early(why)
                    break
                out.add(encoded)
                self.frames, self.seconds = out.frames, out.seconds
