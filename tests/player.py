"""A player without a browser, with the real protocol, a real socket and a real peer connection."""

from __future__ import annotations

import asyncio
import json
import urllib.parse
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import numpy as np
from aiortc import RTCRtpCodecCapability, RTCRtpReceiver
from av import AudioFrame, VideoFrame

from lucid.client.async_world import AsyncWorld
from tests.waits import LIMIT_S


class Player(AsyncWorld):
    """A client that plays, keeps everything that it receives, and can break the protocol."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url
        self.told: list[dict[str, Any]] = []
        self.pictures, self.picture_counts = self.frames, self.frame_counts
        self.sound: dict[str, list[np.ndarray]] = {}
        self.outputs: list[Any] = []
        self.receipts: list[dict[str, Any]] = []
        self.answers_pings = self.acknowledges = True
        self.codecs = ["VP8", "H264"]
        """The video codecs to offer, in order of preference."""
        self.rewrite: Callable[[str], str] = str
        """A function that changes the offer before it is sent."""

    async def play(self, over_socket: bool = False, query: str = "protocol=1") -> None:
        """Connect, wait until the session is ready, connect the media, and wait until it runs."""
        await self.connect(query)
        await self.until(lambda: self.state == "ready")
        await (self.use_socket() if over_socket else self.offer())
        await self.until(lambda: self.state == "running")

    def add_transceivers(self) -> None:
        super().add_transceivers()
        for transceiver in self.pc.getTransceivers():
            if transceiver.kind == "video":
                transceiver.setCodecPreferences(self._preferences())

    async def signal(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "offer":
            message = {**message, "sdp": self.rewrite(message["sdp"])}
        if message["type"] != "got" or self.acknowledges:
            await super().signal(message)

    def control(self, message: Mapping[str, Any]) -> None:
        if self.channel is None:
            super().control(message)
        else:
            self.send_raw(json.dumps(message))

    def send_raw(self, text: str) -> None:
        assert self.channel is not None
        self.channel.send(text)

    async def upload(
        self, input_name: str, parameter: str, data: bytes, mime_type: str, filename: str = "a.png"
    ) -> httpx.Response:
        path = f"api/sessions/{self.hello['session_id']}/files/{input_name}/{parameter}"
        query = urllib.parse.urlencode({"filename": filename})
        async with httpx.AsyncClient(timeout=LIMIT_S) as client:
            return await client.post(
                f"{self.url}{path}?{query}",
                content=data,
                headers={"content-type": mime_type, "origin": self.origin},
            )

    async def next(self, kind: str) -> dict[str, Any]:
        await self.until(lambda: any(message["type"] == kind for message in self.told))
        return next(message for message in self.told if message["type"] == kind)

    async def until(self, condition: Callable[[], bool], timeout_s: float | None = LIMIT_S) -> None:
        """Wait for the condition, even after the session has ended."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                await self._next_change()

    async def until_picture(
        self, condition: Callable[[np.ndarray], bool], output: str = "main_video"
    ) -> np.ndarray:
        """Wait for a new picture (H, W, 3) that meets the condition, and return it."""
        await self.until(lambda: output in self.pictures and condition(self.pictures[output]))
        return self.pictures[output]

    async def until_open(self) -> None:
        """Wait until the data channel is open."""
        channel = self.channel
        assert channel is not None
        opened = asyncio.Event()
        channel.on("open", opened.set)
        if channel.readyState != "open":
            await asyncio.wait_for(opened.wait(), LIMIT_S)

    async def drop(self) -> None:
        """Close the connections without a close message, as when the network fails."""
        assert self._socket is not None
        self._socket.transport.abort()
        await self.pc.close()

    async def leave(self) -> None:
        await self.close()

    def _preferences(self) -> list[RTCRtpCodecCapability]:
        known = RTCRtpReceiver.getCapabilities("video")
        assert known is not None
        names = [f"video/{codec}" for codec in [*self.codecs, "rtx"]]
        return [codec for name in names for codec in known.codecs if codec.mimeType == name]

    def on_signal(self, message: dict[str, Any]) -> None:
        self.told.append(message)
        super().on_signal(message)

    async def on_ping(self) -> None:
        if self.answers_pings:
            await super().on_ping()

    def on_output(self, message: str | bytes) -> None:
        value: Any = json.loads(message) if isinstance(message, str) else message
        receipt = isinstance(value, dict) and value["type"] == "receipt"
        (self.receipts if receipt else self.outputs).append(value)

    def on_frame(self, output: str, frame: VideoFrame | AudioFrame) -> None:
        super().on_frame(output, frame)
        if isinstance(frame, AudioFrame):
            self.sound.setdefault(output, []).append(frame.to_ndarray())


@asynccontextmanager
async def playing(url: str, over_socket: bool = False) -> AsyncIterator[Player]:
    """Connect a player, wait until its session runs, and disconnect it at the end."""
    player = Player(url)
    try:
        await player.play(over_socket)
        yield player
    finally:
        await player.leave()
