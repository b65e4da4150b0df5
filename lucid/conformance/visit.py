"""A player over the wire: signaling socket, real peer connection, decoded pictures."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
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

from lucid.server.protocol import PROTOCOL_VERSION


class Visit:
    """One session of a served port, until ``leave``."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.told: list[dict[str, Any]] = []
        self.stamps_s: list[float] = []
        """When each picture of the first video output arrived."""
        self.means: list[np.ndarray] = []
        """A small part of each."""
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._channel: RTCDataChannel | None = None
        self._socket: websockets.ClientConnection | None = None
        self._jobs: list[asyncio.Task[None]] = []
        self._tracks: list[MediaStreamTrack] = []
        self._seq = 0

    @property
    def state(self) -> str:
        """The session's state as last told."""
        states = [message["state"] for message in self.told if message["type"] == "state"]
        return states[-1] if states else ""

    @property
    def errors(self) -> list[dict[str, Any]]:
        """The errors that were told."""
        return [message for message in self.told if message["type"] == "error"]

    async def join(self, limit_s: float) -> None:
        """Connect, wait for the model, offer, and wait until the session runs.

        Raises:
            TimeoutError: it does not.
        """
        address = self._url.replace("http", "ws", 1) + f"api/session?protocol={PROTOCOL_VERSION}"
        origin = websockets.Origin(self._url.rstrip("/"))
        self._socket = await websockets.connect(address, origin=origin)
        self._jobs.append(asyncio.create_task(self._listen()))
        await self.until(lambda: self.state in ("ready", "failed"), limit_s)
        outputs = next(m for m in self.told if m["type"] == "hello")["manifest"]["outputs"]
        for kind in ("video", "audio"):
            for _ in (output for output in outputs if output["kind"] == kind):
                self._pc.addTransceiver(kind, direction="recvonly")
        self._pc.on("track", self._tracks.append)
        self._channel = self._pc.createDataChannel("lucid")
        await self._pc.setLocalDescription(await self._pc.createOffer())
        await self._say({"type": "offer", "sdp": self._pc.localDescription.sdp})
        await self.until(lambda: any(m["type"] == "answer" for m in self.told), limit_s)
        answer = next(m for m in self.told if m["type"] == "answer")
        await self._pc.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
        videos = [track for track in self._tracks if track.kind == "video"]
        for index, track in enumerate(videos):
            self._jobs.append(asyncio.create_task(self._watch(track, keep=index == 0)))
        await self.until(lambda: self.state in ("running", "failed"), limit_s)

    def send(self, name: str, args: dict[str, Any]) -> int:
        """Send an input over the data channel."""
        assert self._channel is not None
        self._seq += 1
        message = {"type": "input", "seq": self._seq, "name": name, "args": args}
        self._channel.send(json.dumps(message))
        return self._seq

    async def until(self, condition: Callable[[], bool], limit_s: float) -> None:
        """Wait.

        Raises:
            TimeoutError: it does not come true.
        """
        async with asyncio.timeout(limit_s):
            while not condition():  # noqa: ASYNC110 - news come from three places
                await asyncio.sleep(0.02)

    async def leave(self) -> None:
        """Close the socket, which ends the session, and the peer connection."""
        if self._socket is not None:
            await self._socket.close()
        await self._pc.close()
        for job in self._jobs:
            job.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)

    async def _say(self, message: dict[str, Any]) -> None:
        assert self._socket is not None
        await self._socket.send(json.dumps(message))

    async def _listen(self) -> None:
        assert self._socket is not None
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in self._socket:
                message = json.loads(text)
                if message["type"] == "ping":
                    await self._say({"type": "pong"})
                else:
                    self.told.append(message)

    async def _watch(self, track: MediaStreamTrack, *, keep: bool) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame: Any = await track.recv()
                if keep:
                    self.stamps_s.append(time.monotonic())
                    picture = frame.reformat(32, 18).to_ndarray(format="rgb24")
                    self.means.append(picture.astype(np.int16))
