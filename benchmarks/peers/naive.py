"""The benchmark's world, streamed as in aiortc's examples: naive.py TCP_PORT."""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from typing import Any

import uvicorn
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from av import VideoFrame
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

from peers.world import World

app = FastAPI()
connections: set[RTCPeerConnection] = set()


class WorldTrack(VideoStreamTrack):
    """A track paced by ``next_timestamp``, as in aiortc's examples."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self.world = World()

    async def recv(self) -> VideoFrame:
        pts, time_base = await self.next_timestamp()
        frame = VideoFrame.from_ndarray(self.world.frame(self.number), format="rgb24")
        frame.pts, frame.time_base = pts, Fraction(time_base)
        return frame


@app.get("/")
async def page() -> PlainTextResponse:
    return PlainTextResponse("naive")


@app.post("/offer")
async def offer(body: dict[str, Any]) -> dict[str, str]:
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connections.add(pc)
    track = WorldTrack()

    @pc.on("datachannel")
    def on_channel(channel: Any) -> None:
        @channel.on("message")
        def on_message(message: str) -> None:
            track.number = json.loads(message)["number"]

    pc.addTrack(track)
    await pc.setRemoteDescription(RTCSessionDescription(body["sdp"], "offer"))
    await pc.setLocalDescription(await pc.createAnswer())
    return {"sdp": pc.localDescription.sdp}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
