"""The camera and microphone of a client: tracks that a program fills with arrays."""

import asyncio
import io
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from aiortc import MediaStreamTrack, RTCRtpSender
from av import AudioFrame, VideoFrame
from PIL import Image

from lucid.errors import LucidError
from lucid.server.protocol import MAX_SIGNALING_BYTES, timed_packet
from lucid.server.webrtc import BufferedAudioTrack

REPEAT_S = 0.1
"""A camera sends its last frame again after this time, as a real one does in a still room."""
MAX_SOUND_S = 10.0
"""If more sound than this waits in a microphone, the oldest is dropped."""
QUALITIES = (90, 75, 60, 40, 20)
HEAD_BYTES = 512
"""The header of a message is smaller than this."""


class CameraTrack(MediaStreamTrack):
    """A camera that sends the frames that a program passes to ``put``."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self._frame: np.ndarray | None = None
        self._changed = asyncio.Event()

    def put(self, frame: np.ndarray) -> None:
        """Show a frame: (H, W, 3) uint8 RGB.

        Raises:
            LucidError: the array has another shape or dtype.
        """
        if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8:
            raise LucidError(
                f"a camera sends (H, W, 3) uint8 RGB, not {frame.dtype} of shape {frame.shape}"
            )
        self._frame = frame
        self._changed.set()

    async def recv(self) -> VideoFrame:
        """Wait for the next frame, or for the time to repeat the last one."""
        while True:
            try:
                async with asyncio.timeout(REPEAT_S):
                    await self._changed.wait()
            except TimeoutError:
                pass
            self._changed.clear()
            if self._frame is not None:
                break
        frame = VideoFrame.from_ndarray(np.ascontiguousarray(self._frame), format="rgb24")
        frame.pts, frame.time_base = round(time.monotonic() * 90_000), Fraction(1, 90_000)
        return frame


class MicrophoneTrack(BufferedAudioTrack):
    """A microphone that sends the sound that a program passes to ``put``, and else silence."""

    def __init__(self, sample_rate_hz: int) -> None:
        super().__init__(sample_rate_hz, 1, lead_s=0.0, most_s=MAX_SOUND_S)

    def put(self, samples: np.ndarray) -> None:
        """Queue sound: (N,) floats in -1..1 at the declared rate.

        Raises:
            LucidError: the array has another shape or dtype.
        """
        if samples.ndim != 1 or samples.dtype.kind != "f":
            raise LucidError(
                f"a microphone sends (N,) floats, not {samples.dtype} of shape {samples.shape}"
            )
        super().put(np.rint(np.clip(samples, -1, 1) * 32767).astype(np.int16)[:, None])


class Captures:
    """The cameras and microphones of a client, and how they travel."""

    def __init__(
        self,
        control: Callable[[Mapping[str, Any]], None],
        start: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        send: Callable[[bytes], Awaitable[None]],
    ) -> None:
        self.senders: dict[str, RTCRtpSender] = {}
        """The sender of each input's line in the offer."""
        self._control, self._start, self._send = control, start, send
        self._on: dict[str, tuple[CameraTrack | MicrophoneTrack, asyncio.Task[None] | None]] = {}
        """What is on: the track, and over the WebSocket the task that sends it."""

    def put(
        self, name: str, spec: Mapping[str, Any], data: np.ndarray | None, *, over_socket: bool
    ) -> None:
        """Send a frame or sound; None turns the camera or microphone off.

        Raises:
            LucidError: the array has the wrong shape or dtype.
        """
        if data is None:
            self._turn_off(name)
        elif name in self._on:
            self._on[name][0].put(data)
        else:
            is_camera = spec["kind"] == "camera"
            track = CameraTrack() if is_camera else MicrophoneTrack(spec["sample_rate_hz"])
            track.put(data)
            self._control({"type": "capture", "name": name, "on": True})
            if not over_socket:
                self.senders[name].replaceTrack(track)
            sending = self._start(self._send_all(name, track)) if over_socket else None
            self._on[name] = track, sending

    def _turn_off(self, name: str) -> None:
        if name not in self._on:
            return
        _, sending = self._on.pop(name)
        if sending is None:
            self.senders[name].replaceTrack(None)
        else:
            sending.cancel()
        self._control({"type": "capture", "name": name, "on": False})

    async def _send_all(self, name: str, track: CameraTrack | MicrophoneTrack) -> None:
        while True:
            frame = await track.recv()
            data = await asyncio.to_thread(encoded, frame)
            await self._send(timed_packet(name, time.monotonic() * 1000, data))


def captures_of(manifest: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what each camera and microphone input of a manifest declares, by its name."""
    return {
        spec["name"]: parameter["capture"]
        for spec in manifest["inputs"]
        for parameter in spec["arguments"]["properties"].values()
        if parameter.get("format") == "lucid-capture"
    }


def encoded(frame: VideoFrame | AudioFrame) -> bytes:
    """Return a frame for the WebSocket: a JPEG file, or 16-bit samples.

    Raises:
        LucidError: the picture is too large for one message.
    """
    if isinstance(frame, AudioFrame):
        return frame.to_ndarray().astype("<i2").tobytes()
    picture = Image.fromarray(frame.to_ndarray(format="rgb24"))
    for quality in QUALITIES:
        data = io.BytesIO()
        picture.save(data, "JPEG", quality=quality)
        if data.tell() < MAX_SIGNALING_BYTES - HEAD_BYTES:
            return data.getvalue()
    raise LucidError(
        f"a frame of {picture.width}x{picture.height} is too large for one message",
        hint="send frames of the size that the input declares",
    )
