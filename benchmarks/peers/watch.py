"""Run many viewers that do not decode video, so that the server gets the processor time.

watch.py URL SESSIONS SPECTATORS SECONDS: each session has one player and SPECTATORS spectators.
Prints frames per second of each viewer and the publish-to-socket times from receipts, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import aiortc.rtcrtpreceiver
import websockets
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription


def decode_nothing(_loop: Any, input_q: Any, *_: Any) -> None:
    """Replace aiortc's decoder thread."""
    while input_q.get() is not None:
        pass


aiortc.rtcrtpreceiver.decoder_worker = decode_nothing


class Watcher:
    """One viewer; it offers H.264 first."""

    def __init__(self, url: str, key: str | None = None) -> None:
        query = "protocol=1" + (f"&watch={key}" if key else "")
        self.url = f"{url.replace('http', 'ws', 1)}api/session?{query}"
        self.origin = url.rstrip("/")
        self.key = ""
        self.ages_ms: list[float] = []
        self.running = asyncio.Event()

    async def live(self) -> None:
        origin = websockets.Origin(self.origin)
        async with websockets.connect(self.url, origin=origin) as socket:
            pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "ping":
                    await socket.send('{"type": "pong"}')
                elif message["type"] == "hello":
                    self.key = message["watch_key"]
                elif message.get("state") == "ready":
                    await socket.send(json.dumps({"type": "offer", "sdp": await self.offer(pc)}))
                elif message["type"] == "answer":
                    await pc.setRemoteDescription(RTCSessionDescription(message["sdp"], "answer"))
                elif message.get("state") == "running":
                    self.running.set()

    async def offer(self, pc: RTCPeerConnection) -> str:
        line = pc.addTransceiver("video", direction="recvonly")
        known = RTCRtpReceiver.getCapabilities("video").codecs
        line.setCodecPreferences([c for c in known if c.mimeType in ("video/H264", "video/rtx")])
        channel = pc.createDataChannel("lucid")
        channel.on("message", self.on_message)
        await pc.setLocalDescription(await pc.createOffer())
        return pc.localDescription.sdp

    def on_message(self, message: str) -> None:
        receipt = json.loads(message)
        if receipt["type"] == "receipt":
            self.ages_ms.append(receipt["age_ms"])


async def main(url: str, sessions: int, spectators: int, seconds: float) -> None:
    watchers: list[Watcher] = []
    tasks: list[asyncio.Task[None]] = []

    async def join(key: str | None = None) -> Watcher:
        watcher = Watcher(url, key)
        watchers.append(watcher)
        tasks.append(asyncio.create_task(watcher.live()))
        await asyncio.wait_for(watcher.running.wait(), 30)
        return watcher

    for _ in range(sessions):
        player = await join()
        for _ in range(spectators):
            await join(player.key)
    await asyncio.sleep(1)
    for watcher in watchers:
        watcher.ages_ms.clear()
    print("measuring", flush=True)
    began_s = time.monotonic()
    await asyncio.sleep(seconds)
    span_s = time.monotonic() - began_s
    ages_ms = sorted(age for watcher in watchers for age in watcher.ages_ms)
    print(
        json.dumps(
            {
                "fps": [round(len(watcher.ages_ms) / span_s, 1) for watcher in watchers],
                "age_p50_ms": ages_ms[len(ages_ms) // 2],
                "age_p95_ms": ages_ms[int(len(ages_ms) * 0.95)],
            }
        ),
        flush=True,
    )
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
