"""Servers that speak the protocols of other engines, on loopback and without a model.

Each one is as awkward as the real one: it makes whole chunks, looks at its inputs only when it
starts one, and sends them in the batches, orders and messages that were read in upstream's source.
A frame is one colour: red while the key w is held, green as the start picture, and more blue with
each prompt.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from fractions import Fraction
from typing import Any

import av
import msgpack
import numpy as np
import uvicorn
import websockets
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from fastapi import FastAPI, HTTPException, Request
from PIL import Image

from tests.remote.ports import FPS, HEIGHT, WIDTH
from tests.waits import until

RED = 200


@asynccontextmanager
async def served(
    handler: Callable[[websockets.ServerConnection], Awaitable[None]], path: str
) -> AsyncIterator[str]:
    """Serve a double on a free port at this path only, as the real ones do; yield its address."""

    def route(
        connection: websockets.ServerConnection, request: websockets.Request
    ) -> websockets.Response | None:
        known = request.path.partition("?")[0] == path
        return None if known else connection.respond(403, "")

    async with websockets.serve(
        handler, "127.0.0.1", 0, process_request=route, max_size=None
    ) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"ws://127.0.0.1:{port}"


class World:
    """What a double plays, and what tests ask about it."""

    def __init__(self, chunk: int = 6, chunks: int | None = None) -> None:
        self.chunk, self.chunks = chunk, chunks
        self.starts: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.arrived_s: dict[Any, float] = {}
        """By event: when it arrived."""
        self.shown_s: dict[Any, float] = {}
        """By event: when the first frame was sent that shows it."""

    def received(self, event_id: Any, event: dict[str, Any]) -> None:
        self.events.append(event)
        self.arrived_s[event_id] = time.monotonic()

    def showed(self, event_id: Any) -> None:
        self.shown_s.setdefault(event_id, time.monotonic())

    def frames(self, picture: np.ndarray | None, prompts: int, held: set[str]) -> np.ndarray:
        green = 0 if picture is None else int(picture[:, :, 1].mean())
        colour = RED if "w" in held else 0, green, min(40 * prompts, 200)
        return np.full((self.chunk, HEIGHT, WIDTH, 3), colour, np.uint8)


class Fmp4:
    """A fragmented MP4 with a fragment per frame, as PyAV writes it."""

    def __init__(self, width: int, height: int) -> None:
        self._written: list[bytes] = []
        options = {"movflags": "frag_every_frame+empty_moov+default_base_moof"}
        self._file = av.open(self, "w", format="mp4", options=options)
        self._stream = self._file.add_stream(
            "libx264", rate=FPS, options={"preset": "ultrafast", "tune": "zerolatency", "crf": "1"}
        )
        self._stream.width, self._stream.height, self._stream.pix_fmt = width, height, "yuv420p"

    def write(self, data: bytes) -> int:
        self._written.append(bytes(data))
        return len(data)

    def encode(self, frames: np.ndarray) -> bytes:
        for frame in frames:
            self._file.mux(self._stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        return self._taken()

    def end(self) -> bytes:
        self._file.mux(self._stream.encode())
        self._file.close()
        return self._taken()

    def _taken(self) -> bytes:
        data = b"".join(self._written)
        self._written.clear()
        return data


class SGLang:
    """SGLang 0.5.23 with LingBot-World: MessagePack, and a state of held keys."""

    path = "/v1/realtime_video/generate"

    def __init__(
        self,
        world: World,
        *,
        encoding: str = "jpeg",
        batch: int = 4,
        large_bytes: int = 64 * 1024,
        step_s: float = 0.02,
        zing: bool = False,
    ) -> None:
        self.world = world
        self.encoding, self.batch, self.large_bytes = encoding, batch, large_bytes
        self.step_s, self.zing = step_s, zing
        self._is_busy = False

    async def __call__(self, socket: websockets.ServerConnection) -> None:
        while (init := await self._init(socket)) is None:
            await self._send(socket, type="error", content="invalid generate request")
        if self._is_busy:
            busy = "another realtime session is already active"
            await self._send(socket, type="error", content=busy)
            await socket.close(1008)
            return
        self._is_busy = True
        try:
            self.world.starts.append(init)
            if self.zing:
                await self._send(socket, type="session_ready")
            self._prompts = 0
            self._event_id: int | None = None
            self._transitions: list[tuple[set[str], int]] = [(set(), 0)]
            self._fps = init["fps"] if init["realtime_output_pacing"] else None
            listener = asyncio.create_task(self._listen(socket))
            try:
                await self._generate(socket, init)
                await socket.close(1000, "generation complete")
            except websockets.ConnectionClosed:
                return
            finally:
                listener.cancel()
        finally:
            self._is_busy = False

    async def _init(self, socket: websockets.ServerConnection) -> dict[str, Any] | None:
        data = await socket.recv()
        init = msgpack.unpackb(data) if isinstance(data, bytes) else None
        return init if isinstance(init, dict) and init.get("type") == "init" else None

    async def _listen(self, socket: websockets.ServerConnection) -> None:
        async for data in socket:
            assert isinstance(data, bytes)
            event = msgpack.unpackb(data)
            if event["kind"] == "heartbeat" and self.zing:
                continue
            if event["kind"] == "camera_actions":
                assert event["payload"]["mode"] == "state"
                for transition in event["payload"]["transitions"]:
                    assert isinstance(transition["client_ts_ms"], int)
                    self._transitions.append((set(transition["actions"]), event["event_id"]))
            elif event["kind"] == "prompt" and event["payload"]:
                self._prompts, self._event_id = self._prompts + 1, event["event_id"]
            else:
                await self._send(socket, type="error", content="invalid event")
                continue
            self.world.received(event["event_id"], event)
            if self.zing:
                await self._send(
                    socket, type="control_ack", event_id=event["event_id"], stage="worker"
                )

    async def _generate(self, socket: websockets.ServerConnection, init: dict[str, Any]) -> None:
        picture = np.asarray(Image.open(io.BytesIO(init["first_frame"])).convert("RGB"))
        width, height = map(int, init["size"].split("x"))
        self._video = Fmp4(width, height) if self.zing else None
        if self.zing:
            await self._send(
                socket, type="media_init", codec="h264", container="fmp4", width=width,
                height=height, fps=init["fps"], mime='video/mp4; codecs="avc1.4D401F"',
            )  # fmt: skip
        loop = asyncio.get_running_loop()
        next_s, last_event = loop.time(), None
        chunk = 0
        while self.world.chunks is None or chunk < self.world.chunks:
            held, event_id = self._sample()
            frames = self.world.frames(picture, self._prompts, held)
            await asyncio.sleep(self.step_s)
            if self._fps:
                if event_id != last_event:  # the schedule starts again at a new event
                    next_s, last_event = min(next_s, loop.time()), event_id
                await asyncio.sleep(max(0, next_s - loop.time()))
                next_s = max(next_s, loop.time()) + len(frames) / self._fps
            await self._send_chunk(socket, chunk, event_id, frames)
            chunk += 1

    def _sample(self) -> tuple[set[str], int | None]:
        """Return the held keys; a tap between two chunks counts."""
        held, event_id = self._transitions[-1]
        if len(self._transitions) > 1:
            held = set().union(*(keys for keys, _ in self._transitions[1:]))
            self._event_id = max(self._event_id or 0, event_id)
        self._transitions = self._transitions[-1:]
        return held, self._event_id

    async def _send_chunk(
        self, socket: websockets.ServerConnection, chunk: int, event_id: Any, frames: np.ndarray
    ) -> None:
        if event_id is not None:
            self.world.showed(event_id)
        common = {"request_id": f"request-{chunk}", "chunk_index": chunk}
        if event_id is not None:
            common["event_id"] = event_id
        if self._video is not None:
            for frame in frames:
                await self._send(socket, type="media_batch", num_frames=1, **common)
                await self._send(socket, type="media_encode_timing", **common)
                payload = self._video.encode(frame[None])
                await self._send(socket, type="media_payload", payload=payload, **common)
            await self._send(socket, type="media_chunk_complete", num_frames=len(frames), **common)
        else:
            for start in range(0, len(frames), self.batch):
                await self._send_batch(socket, common, frames[start : start + self.batch])
            await self._send(socket, type="chunk_stats", num_frames=len(frames), **common)

    async def _send_batch(
        self, socket: websockets.ServerConnection, common: dict[str, Any], frames: np.ndarray
    ) -> None:
        height, width = frames.shape[1:3]
        if self.encoding == "raw":
            payload = frames.tobytes()
            form = {
                "content_type": "application/x-raw-rgb", "format": "rgb24", "channels": 3,
                "raw_size": len(payload), "encoding": "raw",
            }  # fmt: skip
        else:
            files = [_file(frame, self.encoding) for frame in frames]
            payload = b"".join(files)
            form = {
                "content_type": f"image/{self.encoding}", "format": self.encoding,
                "encoding": self.encoding, "payload_lengths": [len(file) for file in files],
            }  # fmt: skip
        header = {
            **common, **form, "width": width, "height": height, "num_frames": len(frames),
            "total_size": len(payload),
        }  # fmt: skip
        if len(payload) < self.large_bytes:
            await self._send(socket, type="frame_batch", payload=payload, **header)
        else:
            await self._send(socket, type="frame_batch_header", **header)
            await socket.send(payload)

    async def _send(self, socket: websockets.ServerConnection, **message: Any) -> None:
        await socket.send(msgpack.packb(message))


def _file(frame: np.ndarray, encoding: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(frame).save(file, encoding.upper(), quality=95)
    return file.getvalue()


def _picture(data: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))


class VllmOmni:
    """vLLM-Omni 0.30.0 with LingBot-World: JSON, a camera, and one MP4 for the session."""

    path = "/v1/realtime/video"

    def __init__(self, world: World, *, step_s: float = 0.05) -> None:
        self.world, self.step_s = world, step_s

    async def __call__(self, socket: websockets.ServerConnection) -> None:
        start = json.loads(await socket.recv())
        if start.get("type") != "session.start":
            text = f"Expected session.start, got: {start.get('type')}"
            await self._send(socket, type="error", message=text)
            return
        assert start["format"] == "m4s" and start["prompt"]
        self.world.starts.append(start)
        await self._send(socket, type="video.start", request_id="r", format="m4s", config={})
        self._pending: list[dict[str, Any]] = []
        self._lock = asyncio.Lock()
        listener = asyncio.create_task(self._listen(socket))
        try:
            await self._generate(socket, start)
        except websockets.ConnectionClosed:
            return
        finally:
            listener.cancel()

    async def _listen(self, socket: websockets.ServerConnection) -> None:
        seen = set()
        async for data in socket:
            interaction = json.loads(data)["interaction"]
            event_id, event = interaction["event_id"], interaction["event"]
            assert isinstance(event_id, str) and event_id not in seen
            seen.add(event_id)
            camera = event.get("multi_modal_data", {}).get("camera")
            if camera is not None:
                assert camera["mode"] == "velocity" and len(camera["data"]["translation"]) == 3
                assert math.isclose(math.hypot(*camera["data"]["rotation"]), 1)
            async with self._lock:
                self._pending.append(interaction)
                self.world.received(event_id, event)
                await self._send(
                    socket, type="session.interaction.queued", request_id="r", event_id=event_id
                )

    async def _generate(self, socket: websockets.ServerConnection, start: dict[str, Any]) -> None:
        picture = _picture(start["image_reference"]["image_url"].partition("base64,")[2])
        video, held, prompts, chunk = Fmp4(start["width"], start["height"]), set[str](), 0, 0
        while self.world.chunks is None or chunk < self.world.chunks:
            events, self._pending = self._pending, []
            for event in (each["event"] for each in events):
                prompts += "prompt" in event
                if "multi_modal_data" in event:
                    camera = event["multi_modal_data"]["camera"]["data"]
                    held = {"w"} if camera["translation"][2] > 0 else set()
            frames = self.world.frames(picture, prompts, held)
            await asyncio.sleep(max(self.step_s, len(frames) / FPS))
            ids = [event["event_id"] for event in events]
            for event_id in ids:
                self.world.showed(event_id)
            await self._send_video(socket, "media", chunk, ids, video.encode(frames), len(frames))
            chunk += 1
        await self._send_video(socket, "trailer", None, [], video.end(), 0)
        await self._send(socket, type="session.done", request_id="r", chunks=chunk, stopped=False)

    async def _send_video(
        self,
        socket: websockets.ServerConnection,
        kind: str,
        chunk: int | None,
        ids: list[str],
        data: bytes,
        frames: int,
    ) -> None:
        async with self._lock:
            await self._send(
                socket, type="video.chunk_metadata", kind=kind, request_id="r", num_frames=frames,
                byte_length=len(data), generation_chunk_index=chunk, transport_chunk_index=0,
                started_event_ids=ids, active_event_ids=[], completed_event_ids=ids,
            )  # fmt: skip
            await socket.send(data)

    async def _send(self, socket: websockets.ServerConnection, **message: Any) -> None:
        await socket.send(json.dumps(message))


class FastVideo:
    """FastVideo 0.2.1: JSON, and an MP4 per segment, in blocks that cut it anywhere."""

    path = "/v1/stream"

    def __init__(self, world: World, *, size: tuple[int, int] = (WIDTH, HEIGHT)) -> None:
        self.world, self.size = world, size

    async def __call__(self, socket: websockets.ServerConnection) -> None:
        init = json.loads(await socket.recv())
        if init.get("type") != "session_init_v2":
            text = "opening frame failed validation"
            await self._send(
                socket, type="error", code="invalid_message", message=text, retryable=False
            )
            await socket.close(1003, "invalid_init")
            return
        self.world.starts.append(init)
        await self._send(socket, type="queue_status", position=0, queue_depth=0)
        await self._send(socket, type="gpu_assigned", gpu_id=0, session_timeout=300)
        width, height = self.size
        await self._send(
            socket, type="ltx2_stream_start", width=width, height=height, fps=FPS,
            num_frames=self.world.chunk,
        )  # fmt: skip
        prompts: list[str] = []
        picture = _picture(init["initial_image"]["data"])
        try:
            while len(prompts) < (self.world.chunks or 6):
                asked = json.loads(await socket.recv())
                assert asked["type"] == "segment_prompt_source" and asked["prompt"]
                prompts.append(asked["prompt"])
                await self._segment(socket, len(prompts) - 1, asked["prompt"], picture, prompts)
            await self._send(socket, type="ltx2_stream_complete", reason="stop_requested")
        except websockets.ConnectionClosed:
            return

    async def _segment(
        self,
        socket: websockets.ServerConnection,
        index: int,
        prompt: str,
        picture: np.ndarray,
        prompts: list[str],
    ) -> None:
        common = {"segment_idx": index}
        await self._send(socket, type="ltx2_segment_start", prompt=prompt, total_steps=1, **common)
        video = Fmp4(*self.size)
        frames = self.world.frames(picture, len(set(prompts)) - 1, set())
        data = video.encode(frames) + video.end()
        await self._send(socket, type="step_complete", step=1, total_steps=1, **common)
        await self._send(
            socket, type="media_init", stream_id="s", mode="av_fmp4", mime="video/mp4", **common
        )
        for start in range(0, len(data), 1000):
            await socket.send(data[start : start + 1000])
        await self._send(socket, type="media_segment_complete", stream_id="s", chunks=1, **common)
        await self._send(socket, type="ltx2_segment_complete", generation_time_ms=1.0, **common)

    async def _send(self, socket: websockets.ServerConnection, **message: Any) -> None:
        await socket.send(json.dumps(message))


class FlashDreams:
    """FlashDreams V2: a WebRTC offer over HTTP, one client, and keys over a data channel."""

    path = "/api/webrtc/offer"

    def __init__(self, world: World) -> None:
        self.world = world
        self._peer: RTCPeerConnection | None = None
        self._held: set[str] = set()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        app = FastAPI()
        app.get("/healthz")(lambda: {"open": True})
        app.post(self.path)(self._offer)
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        await until(lambda: server.started)
        try:
            yield f"ws://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        finally:
            if self._peer is not None:
                await self._peer.close()
            server.should_exit = True
            await serving

    async def _offer(self, request: Request) -> dict[str, str]:
        offer = await request.json()
        if self._peer is not None and self._peer.connectionState != "closed":
            raise HTTPException(409, "a client is connected")
        self.world.starts.append(offer)
        peer = self._peer = RTCPeerConnection()
        peer.addTrack(_Track(self))

        @peer.on("datachannel")
        def on_channel(channel: Any) -> None:
            assert channel.label == "controls"
            channel.on("message", self._on_message)

        await peer.setRemoteDescription(RTCSessionDescription(offer["sdp"], offer["type"]))
        await peer.setLocalDescription(await peer.createAnswer())
        return {"sdp": peer.localDescription.sdp, "type": peer.localDescription.type}

    def _on_message(self, data: str) -> None:
        event = json.loads(data)
        assert event["type"] == "keyboard" and isinstance(event["pressed"], bool)
        (self._held.add if event["pressed"] else self._held.discard)(event["key"])
        self.world.received(len(self.world.events), event)

    def frame(self) -> np.ndarray:
        frame: np.ndarray = self.world.frames(None, 0, self._held)[0]
        return frame


class _Track(MediaStreamTrack):
    kind = "video"

    def __init__(self, double: FlashDreams) -> None:
        super().__init__()
        self._double, self._count = double, 0

    async def recv(self) -> av.VideoFrame:
        await asyncio.sleep(1 / FPS)
        frame = av.VideoFrame.from_ndarray(self._double.frame(), format="rgb24")
        frame.pts, frame.time_base = self._count, Fraction(1, FPS)
        self._count += 1
        return frame
