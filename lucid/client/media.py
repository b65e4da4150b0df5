"""The client's end of the wire, on one event loop: signaling, peer connection, data channel."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import websockets
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from av import VideoFrame

from lucid.errors import SessionError

CONNECTED = ("ready", "running", "paused")


class MediaClient:
    """Answers the server's pings, offers when the session is ready, keeps the newest frames."""

    def __init__(
        self,
        on_signal: Callable[[dict[str, Any]], None],
        on_output: Callable[[str | bytes], None],
        on_frame: Callable[[], None],
        on_failure: Callable[[BaseException], None],
    ) -> None:
        self.frames: dict[str, np.ndarray] = {}
        """The newest frame of each video output: (H, W, 3) uint8 RGB."""
        self.frame_counts: dict[str, int] = {}
        self._on_signal = on_signal
        self._on_output = on_output
        self._on_frame = on_frame
        self._on_failure = on_failure
        self._socket: websockets.ClientConnection | None = None
        self._pc: RTCPeerConnection | None = None
        self._channel: RTCDataChannel | None = None
        self._tracks: list[MediaStreamTrack] = []
        self._outputs: list[dict[str, Any]] = []
        self._jobs: list[asyncio.Task[None]] = []

    async def connect(self, url: str, origin: str) -> None:
        """Open the signaling socket.

        Raises:
            SessionError: the server cannot be reached, or refuses.
        """
        try:
            self._socket = await websockets.connect(url, origin=websockets.Origin(origin))
        except (OSError, websockets.WebSocketException) as error:
            raise SessionError(
                f"{origin} cannot be reached: {error}", hint="is `lucid serve` running there?"
            ) from error
        self._start(self._listen(self._socket))

    def send(self, text: str) -> None:
        """Send a control message; before the channel is open there is nobody to hear it."""
        if self._channel is not None and self._channel.readyState == "open":
            self._channel.send(text)

    async def close(self) -> None:
        """Leave for good."""
        if self._socket is not None:
            await self._socket.close(1000)
        if self._pc is not None:
            await self._pc.close()
        for job in self._jobs:
            job.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        job = asyncio.create_task(work)
        job.add_done_callback(self._on_done)
        self._jobs.append(job)

    def _on_done(self, job: asyncio.Task[None]) -> None:
        if not job.cancelled() and (error := job.exception()) is not None:
            self._on_failure(error)

    async def _listen(self, socket: websockets.ClientConnection) -> None:
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in socket:
                message = json.loads(text)
                match message["type"]:
                    case "ping":
                        await socket.send('{"type": "pong"}')
                        continue
                    case "hello":
                        self._outputs = message["manifest"]["outputs"]
                    case "state" if message["state"] in CONNECTED and self._pc is None:
                        await self._offer(socket)
                    case "answer":
                        await self._accept(message)
                self._on_signal(message)
        self._on_signal({"type": "closed"})

    async def _offer(self, socket: websockets.ClientConnection) -> None:
        pc = self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        for kind in ("video", "audio"):
            for output in self._outputs:
                if output["kind"] == kind:
                    pc.addTransceiver(kind, direction="recvonly")
        pc.on("track", self._tracks.append)
        self._channel = pc.createDataChannel("lucid")
        self._channel.on("message", self._on_output)
        await pc.setLocalDescription(await pc.createOffer())
        await socket.send(json.dumps({"type": "offer", "sdp": pc.localDescription.sdp}))

    async def _accept(self, answer: dict[str, Any]) -> None:
        assert self._pc is not None
        await self._pc.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
        for transceiver in self._pc.getTransceivers():
            name = answer["tracks"][str(transceiver.mid)]
            self._start(self._watch(name, transceiver.receiver.track))

    async def _watch(self, output: str, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                if isinstance(frame, VideoFrame):
                    self.frames[output] = frame.to_ndarray(format="rgb24")
                    self.frame_counts[output] = self.frame_counts.get(output, 0) + 1
                    self._on_frame()
