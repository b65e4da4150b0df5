"""Servers that speak the protocols of other engines, on loopback and without a model.

Each one is as awkward as the real one: it makes whole chunks, looks at its inputs only when it
starts one, and sends them in the batches, orders and messages that were read in upstream's source.
A frame is one colour: red while the key w is held, green as the start picture, and more blue with
each prompt.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import av
import msgpack
import numpy as np
import websockets
from PIL import Image

from tests.remote.ports import FPS, HEIGHT, WIDTH

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
        self.sent = 0
        """Frames sent in all sessions."""
        self.sent_at: dict[Any, int] = {}
        """By event: ``sent`` when it arrived."""
        self.shown_at: dict[Any, int] = {}
        """By event: ``sent`` before the first frame that shows it."""

    def received(self, event_id: Any, event: dict[str, Any]) -> None:
        self.events.append(event)
        self.sent_at[event_id] = self.sent

    def showed(self, event_id: Any) -> None:
        self.shown_at.setdefault(event_id, self.sent)

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
        self.world.sent += len(frames)

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
