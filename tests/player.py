"""A player without a browser: the real protocol over a real socket and peer connection."""

from __future__ import annotations

import asyncio
import contextlib
import json
import urllib.parse
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import numpy as np
import websockets
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCRtpCodecCapability,
    RTCRtpReceiver,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, VideoFrame

from tests.waits import LIMIT_S


class Player:
    """Joins a server, plays, and keeps what it was told and shown last."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.origin = url.rstrip("/")
        self.told: list[dict[str, Any]] = []
        self.pictures: dict[str, np.ndarray] = {}
        self.picture_counts: dict[str, int] = {}
        self.sound: dict[str, list[np.ndarray]] = {}
        self.outputs: list[Any] = []
        self.receipts: list[dict[str, Any]] = []
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.channel: RTCDataChannel | None = None
        self._socket: websockets.ClientConnection | None = None
        self._tracks: list[MediaStreamTrack] = []
        self._jobs: list[asyncio.Task[None]] = []
        self._news = asyncio.Condition()
        self._seq = 0
        self.answers_pings = True
        self.codecs = ["VP8", "H264"]
        """Of the video that it offers to take, the first most wanted."""
        self.rewrite: Callable[[str], str] = str
        """Changes the offer before it is sent."""

    async def connect(
        self, query: str = "protocol=1", headers: dict[str, str] | None = None
    ) -> None:
        ws_url = self.url.replace("http", "ws", 1) + f"api/session?{query}"
        self._socket = await websockets.connect(
            ws_url, origin=websockets.Origin(self.origin), additional_headers=headers
        )
        self._jobs.append(asyncio.create_task(self._listen()))

    async def play(self) -> None:
        """Connect, wait until the session is ready, offer, and wait until it runs."""
        await self.connect()
        await self.until(lambda: self.state == "ready")
        await self.offer()
        await self.until(lambda: self.state == "running")

    async def offer(self) -> None:
        outputs = self.hello["manifest"]["outputs"]
        for output in outputs:
            if output["kind"] in ("video", "audio"):
                line = self.pc.addTransceiver(output["kind"], direction="recvonly")
                if output["kind"] == "video":
                    line.setCodecPreferences(self._preferences())
        self.pc.on("track", self._tracks.append)
        self.channel = self.pc.createDataChannel("lucid")
        self.channel.on("message", self._on_output)
        await self.pc.setLocalDescription(await self.pc.createOffer())
        sdp = self.rewrite(self.pc.localDescription.sdp)
        await self.say({"type": "offer", "sdp": sdp})
        answer = await self.next("answer")
        await self.pc.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
        for transceiver in self.pc.getTransceivers():
            name = answer["tracks"][str(transceiver.mid)]
            watch = self._watch(name, transceiver.receiver.track)
            self._jobs.append(asyncio.create_task(watch))

    @property
    def hello(self) -> dict[str, Any]:
        return next(message for message in self.told if message["type"] == "hello")

    @property
    def state(self) -> str | None:
        states = [message["state"] for message in self.told if message["type"] == "state"]
        return states[-1] if states else None

    @property
    def errors(self) -> list[dict[str, Any]]:
        return [message for message in self.told if message["type"] == "error"]

    async def say(self, message: dict[str, Any]) -> None:
        assert self._socket is not None
        await self._socket.send(json.dumps(message))

    def send(self, name: str, **args: Any) -> int:
        self._seq += 1
        self.send_raw(json.dumps({"type": "input", "seq": self._seq, "name": name, "args": args}))
        return self._seq

    def send_raw(self, text: str) -> None:
        assert self.channel is not None
        self.channel.send(text)

    async def upload(
        self, input_name: str, parameter: str, data: bytes, mime_type: str, filename: str = "a.png"
    ) -> httpx.Response:
        path = f"api/sessions/{self.hello['session_id']}/files/{input_name}/{parameter}"
        query = urllib.parse.urlencode({"filename": filename})
        async with httpx.AsyncClient() as client:
            return await client.post(
                f"{self.url}{path}?{query}",
                content=data,
                headers={"content-type": mime_type, "origin": self.origin},
            )

    async def next(self, kind: str) -> dict[str, Any]:
        await self.until(lambda: any(message["type"] == kind for message in self.told))
        return next(message for message in self.told if message["type"] == kind)

    async def until(self, condition: Callable[[], bool], timeout_s: float = LIMIT_S) -> None:
        async with asyncio.timeout(timeout_s), self._news:
            await self._news.wait_for(condition)

    async def until_picture(
        self, condition: Callable[[np.ndarray], bool], output: str = "main_video"
    ) -> np.ndarray:
        """The first picture (H, W, 3) from now on for which the condition holds."""
        await self.until(lambda: output in self.pictures and condition(self.pictures[output]))
        return self.pictures[output]

    async def until_open(self) -> None:
        """Until the data channel takes messages."""
        channel = self.channel
        assert channel is not None
        opened = asyncio.Event()
        channel.on("open", opened.set)
        if channel.readyState != "open":
            await asyncio.wait_for(opened.wait(), LIMIT_S)

    async def drop(self) -> None:
        """Be gone without a word, as when the network fails."""
        assert self._socket is not None
        self._socket.transport.abort()
        await self.pc.close()

    async def leave(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        await self.pc.close()
        for job in self._jobs:
            job.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)

    def _preferences(self) -> list[RTCRtpCodecCapability]:
        known = RTCRtpReceiver.getCapabilities("video")
        assert known is not None
        names = [f"video/{codec}" for codec in [*self.codecs, "rtx"]]
        return [codec for name in names for codec in known.codecs if codec.mimeType == name]

    async def _listen(self) -> None:
        assert self._socket is not None
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in self._socket:
                message = json.loads(text)
                if message["type"] == "ping":
                    if self.answers_pings:
                        await self.say({"type": "pong"})
                    continue
                self.told.append(message)
                await self._notify()
        self.told.append({"type": "closed"})
        await self._notify()

    async def _watch(self, output: str, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                if isinstance(frame, VideoFrame):
                    self.pictures[output] = frame.to_ndarray(format="rgb24")
                    self.picture_counts[output] = self.picture_counts.get(output, 0) + 1
                else:
                    assert isinstance(frame, AudioFrame)
                    self.sound.setdefault(output, []).append(frame.to_ndarray())
                await self._notify()

    def _on_output(self, message: str | bytes) -> None:
        value: Any = json.loads(message) if isinstance(message, str) else message
        receipt = isinstance(value, dict) and value["type"] == "receipt"
        (self.receipts if receipt else self.outputs).append(value)
        self._jobs.append(asyncio.create_task(self._notify()))

    async def _notify(self) -> None:
        async with self._news:
            self._news.notify_all()


@asynccontextmanager
async def playing(url: str) -> AsyncIterator[Player]:
    """A player in a running session; gone at the end."""
    player = Player(url)
    try:
        await player.play()
        yield player
    finally:
        await player.leave()
