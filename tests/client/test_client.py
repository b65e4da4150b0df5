"""The Python client against a real server."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from pathlib import Path

import pytest
from PIL import Image
from websockets.asyncio.server import ServerConnection, serve

import lucid.client
from lucid.errors import LucidError, ProtocolError, SessionError
from lucid.server.protocol import PROTOCOL_VERSION
from tests.ports import AllOutputsModel, EverythingModel, UnloadableModel
from tests.servers import serving

TOKEN = "a token"


def walk(url: str, tmp_path: Path) -> None:
    with lucid.client.connect(url) as world:
        assert world.manifest["model"]["name"] == "everything"
        assert world.frame().shape == (48, 64, 3)
        world.inputs.forward(pressed=True)
        world.wait(lambda: world.frame()[..., 0].mean() > 200)
        Image.new("RGB", (64, 48)).save(tmp_path / "seed.png")
        seed = world.upload("set_seed_frame", "image", tmp_path / "seed.png", "image/png")
        world.inputs.set_seed_frame(image=seed)
        world.pause()
        with pytest.raises(TimeoutError, match="the session is paused"):
            world.wait(lambda: False, timeout_s=0.1)
        world.step()
        world.resume()
        seq = world.inputs.jump()
        world.inputs.forward(pressed="yes")
        world.wait(lambda: any(error["seq"] == seq + 1 for error in world.errors))
        assert world.errors[-1]["code"] == "input.invalid"
        with pytest.raises(TypeError, match=r"world\.inputs\.forward\(pressed=\.\.\.\)"):
            world.inputs.forward(True)
        with pytest.raises(AttributeError, match="no input 'fly'; it has forward, jump"):
            world.inputs.fly()
        with pytest.raises(SessionError, match="text/plain is not accepted"):
            world.upload("set_seed_frame", "image", tmp_path / "seed.png", "text/plain")


async def test_a_bot_sees_frames_and_calls_inputs(tmp_path: Path) -> None:
    async with serving(EverythingModel) as server:
        await asyncio.to_thread(walk, server.url, tmp_path)
        assert ("jump",) in EverythingModel.last.told
        assert ("seed", (48, 64, 3)) in EverythingModel.last.told


async def test_a_token_in_the_address_is_shown() -> None:
    def play(url: str) -> None:
        with lucid.client.connect(url) as world:
            assert world.state == "running"

    async with serving(EverythingModel, token=TOKEN) as server:
        await asyncio.to_thread(play, f"{server.url}?token=a%20token")
        with pytest.raises(SessionError, match="does not accept the token"):
            await asyncio.to_thread(play, f"{server.url}?token=old")


async def test_json_outputs_and_every_video_arrive() -> None:
    def play(url: str) -> None:
        with lucid.client.connect(url) as world:
            assert world.frame("depth").shape == (32, 32, 3)
            world.wait(lambda: len(world.messages) > 3)
            assert world.messages[-1]["value"]["step"] > 0

    async with serving(AllOutputsModel) as server:
        await asyncio.to_thread(play, server.url)


async def test_a_world_that_does_not_load_says_why() -> None:
    def play(url: str) -> None:
        with pytest.raises(SessionError, match="FileNotFoundError: weights"):
            lucid.client.connect(url)

    async with serving(UnloadableModel) as server:
        await asyncio.to_thread(play, server.url)


async def test_what_a_server_says_before_it_closes_is_heard_behind_a_backlog() -> None:
    hello = {"type": "hello", "protocol": PROTOCOL_VERSION, "manifest": {"outputs": []}}
    error = {
        "type": "error",
        "code": "server.stopping",
        "message": "the server stops",
        "hint": None,
    }

    async def say(connection: ServerConnection) -> None:
        for message in (
            hello,
            *[{"type": "ping"}] * 300,
            error,
            {"type": "state", "state": "failed"},
        ):
            await connection.send(json.dumps(message))

    async with serve(say, "127.0.0.1", 0) as server:
        tcp_port = next(iter(server.sockets)).getsockname()[1]
        with pytest.raises(SessionError, match="the session is failed: the server stops"):
            await asyncio.to_thread(lucid.client.connect, f"http://127.0.0.1:{tcp_port}/")


def client_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "lucid-client"]


async def test_a_server_that_cannot_be_reached_leaves_no_thread() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = "http://127.0.0.1:{1}/".format(*listener.getsockname())
    with pytest.raises(SessionError, match="cannot be reached"):
        await asyncio.to_thread(lucid.client.connect, url)
    assert client_threads() == []


@pytest.mark.parametrize(
    ("said", "error", "match"),
    [
        ({"type": "hello", "protocol": 99, "manifest": {"outputs": []}}, ProtocolError, "99"),
        ({"type": "answer"}, SessionError, "the connection failed"),
        ([], SessionError, "the connection failed"),
    ],
)
async def test_a_message_that_the_client_cannot_use_ends_it(
    said: object, error: type[LucidError], match: str
) -> None:
    async def say(connection: ServerConnection) -> None:
        await connection.send(json.dumps(said))
        await connection.wait_closed()

    async with serve(say, "127.0.0.1", 0) as server:
        tcp_port = next(iter(server.sockets)).getsockname()[1]
        with pytest.raises(error, match=match):
            await asyncio.to_thread(lucid.client.connect, f"http://127.0.0.1:{tcp_port}/")
    assert client_threads() == []
