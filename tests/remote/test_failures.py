"""What an engine can do wrong, and a URL: each gives one error with the next step."""

from __future__ import annotations

import asyncio
import json
import socket as sockets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgpack
import numpy as np
import pytest
import websockets

from lucid.remote.engine import PROTOCOLS
from lucid.runtime.host import Host
from lucid.runtime.memory import MemoryTransport, hosting
from tests.remote.doubles import SGLang, World, served
from tests.remote.ports import HEIGHT, WIDTH, RemoteConfig, RemoteModel
from tests.waits import until

Handler = Callable[[websockets.ServerConnection], Awaitable[None]]


def packed(**message: Any) -> bytes:
    data: bytes = msgpack.packb(message)
    return data


def batch(payload: bytes, **changes: Any) -> bytes:
    header = {
        "type": "frame_batch", "chunk_index": 0, "num_frames": 1, "payload": payload,
        "content_type": "application/x-raw-rgb", "encoding": "raw", "format": "rgb24",
        "width": WIDTH, "height": HEIGHT, "channels": 3,
    }  # fmt: skip
    return packed(**header | changes)


FRAME = bytes(WIDTH * HEIGHT * 3)
HEADER = packed(**msgpack.unpackb(batch(b"")) | {"type": "frame_batch_header"})


def says(*messages: str | bytes, code: int | None = None) -> Handler:
    """Return a server that answers the first message with these, and then closes or waits."""

    async def handler(socket: websockets.ServerConnection) -> None:
        await socket.recv()
        for message in messages:
            await socket.send(message)
        if code is not None:
            await socket.close(code, "as the test wants")
        await socket.wait_closed()

    return handler


FAULTS: dict[str, tuple[Handler, str]] = {
    "an error": (says(packed(type="error", content="no such model")), "reported an error"),
    "busy": (says(packed(type="error", content="it is already active"), code=1008), "no further"),
    "full": (says(code=1013), "takes no further session: '1013 as the test wants'"),
    "a crash": (says(batch(FRAME), code=1011), "closed the connection with code 1011"),
    "a crash between a header and its payload": (says(HEADER, code=1011), "with code 1011"),
    "an end before the first frame": (says(code=1000), "before the first frame"),
    "a stall": (says(batch(FRAME)), "has sent nothing for 1 s"),
    "another size": (
        says(batch(FRAME), batch(bytes(16 * 16 * 3), width=16, height=16)),
        f"sends pictures of 16x16, and the port expects {WIDTH}x{HEIGHT}",
    ),
    "a size that is a lie": (says(batch(FRAME, width=10**9)), "does not have"),
    "a picture that is none": (
        says(batch(b"GIF89a", content_type="image/jpeg", encoding="jpeg", payload_lengths=[6])),
        "does not have",
    ),
    "lengths that are a lie": (
        says(batch(b"ab", content_type="image/webp", encoding="webp", payload_lengths=[1, -9])),
        "does not have",
    ),
    "text": (says('{"type": "hello"}'), "does not have"),
    "no map": (says(packed(version=2)), "does not have"),
    "text in place of a payload": (says(HEADER, "text"), "does not have"),
    "an MP4 that is none": (
        says(packed(type="media_batch", chunk_index=0, num_frames=1),
             packed(type="media_payload", payload=b"\0\0\0\3mdat")),
        "does not have",
    ),
    "media before its description": (says(packed(type="media_payload", payload=b"")), "not have"),
}  # fmt: skip


METADATA: dict[str, Any] = {
    "type": "video.chunk_metadata", "generation_chunk_index": 0, "num_frames": 1,
    "started_event_ids": [], "active_event_ids": [], "completed_event_ids": [],
}  # fmt: skip
NO_GPU = {"type": "error", "code": "gpu_unavailable", "message": "none", "retryable": True}
JSON_FAULTS: dict[str, tuple[str, Handler, str]] = {
    "an error": (
        "vllm_omni", says(json.dumps({"type": "error", "message": "no"})), "reported an error: 'no'"
    ),
    "no JSON": ("vllm_omni", says("hello"), "does not have"),
    "no map": ("vllm_omni", says("[]"), "does not have"),
    "deep JSON": ("vllm_omni", says("[" * 200_000), "does not have"),
    "text in place of video": ("vllm_omni", says(json.dumps(METADATA), "{}"), "does not have"),
    "foreign events": (
        "vllm_omni", says(json.dumps(METADATA | {"started_event_ids": ["x"]}), b""), "does not have"
    ),
    "video that is none": (
        "vllm_omni", says(json.dumps(METADATA), b"\0\0\0\x0cmoov....\0\0\0\x0cmdat...."), "not have"
    ),
    "no GPU": ("fastvideo", says(json.dumps(NO_GPU)), "takes no further session: 'none'"),
    "a crash": ("fastvideo", says(code=1011), "closed the connection with code 1011"),
    "another version": ("fastvideo", says('{"version": 3}'), "does not have: KeyError: 'type'"),
}  # fmt: skip


@asynccontextmanager
async def ended(host: Host) -> AsyncIterator[MemoryTransport]:
    """Join a player, and wait until the engine's fault has ended its session."""
    player = MemoryTransport(host)
    await until(lambda: player.state.value == "ready")
    player.session.start()
    await player.until(lambda: player.state.over)
    yield player


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_of_the_engine_ends_the_session_with_the_next_step(fault: str) -> None:
    handler, message = FAULTS[fault]
    async with served(handler, SGLang.path) as url:
        config = RemoteConfig(url=url + SGLang.path, protocol="sglang", stall_s=1.0)
        async with hosting(RemoteModel, config) as host, ended(host) as player:
            (notice,) = player.errors
    assert notice.error.code == "remote"
    assert message in notice.error.message and "127.0.0.1" in notice.error.message
    assert notice.error.hint


@pytest.mark.parametrize("fault", JSON_FAULTS)
async def test_a_fault_in_another_protocol_ends_the_session_too(fault: str) -> None:
    protocol, handler, message = JSON_FAULTS[fault]
    path = PROTOCOLS[protocol].path
    async with served(handler, path) as url:
        config = RemoteConfig(url=url + path, protocol=protocol)
        async with hosting(RemoteModel, config) as host, ended(host) as player:
            (notice,) = player.errors
    assert notice.error.code == "remote" and message in notice.error.message


async def test_a_message_beyond_the_limit_ends_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lucid.remote.link.MAX_MESSAGE_BYTES", len(FRAME))
    async with served(says(batch(FRAME)), SGLang.path) as url:
        config = RemoteConfig(url=url + SGLang.path, protocol="sglang")
        async with hosting(RemoteModel, config) as host, ended(host) as player:
            (notice,) = player.errors
    assert "closed the connection with code 1009" in notice.error.message


async def test_a_server_that_comes_back_is_played_again_without_a_restart() -> None:
    with sockets.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    world = World()
    config = RemoteConfig(url=f"ws://127.0.0.1:{port}{SGLang.path}", protocol="sglang")
    async with hosting(RemoteModel, config) as host:
        async with ended(host) as player:
            (notice,) = player.errors
            assert "cannot be reached" in notice.error.message
            assert notice.error.hint and "start the engine's server" in notice.error.hint
        async with websockets.serve(SGLang(world), "127.0.0.1", port):
            player = MemoryTransport(host)
            await player.start()
            await player.next_frames(3)
            await player.leave()
    assert len(world.starts) == 1


async def test_an_input_that_the_model_does_not_take_does_not_end_the_session() -> None:
    class OnlyPrompts(SGLang):
        async def _listen(self, socket: websockets.ServerConnection) -> None:
            async for _ in socket:
                await self._send(socket, type="error", content="invalid event")

    world = World()
    async with served(OnlyPrompts(world), SGLang.path) as url:
        config = RemoteConfig(url=url + SGLang.path, protocol="sglang")
        async with hosting(RemoteModel, config) as host:
            player = MemoryTransport(host)
            await player.start()
            player.send("forward", pressed=True)
            await player.next_frames(20)
            assert player.errors == []


async def test_a_player_who_leaves_ends_the_session_of_the_engine() -> None:
    gone = asyncio.Event()

    async def handler(socket: websockets.ServerConnection) -> None:
        await socket.recv()
        await socket.send(batch(np.zeros((HEIGHT, WIDTH, 3), np.uint8).tobytes()))
        await socket.wait_closed()
        gone.set()

    async with served(handler, SGLang.path) as url:
        config = RemoteConfig(url=url + SGLang.path, protocol="sglang")
        async with hosting(RemoteModel, config) as host:
            player = MemoryTransport(host)
            await player.start()
            await player.next_frames()
            await player.leave()
            async with asyncio.timeout(30):
                await gone.wait()
            assert player.errors == []
