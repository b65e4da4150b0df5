"""Cameras and microphones, from the Python client to the port, over both wires."""

from __future__ import annotations

import asyncio
import io
from itertools import pairwise
from typing import Literal

import numpy as np
import pytest
from PIL import Image

import lucid.client
from lucid import LucidError
from tests.player import Player
from tests.ports import HEIGHT, WIDTH, CapturesModel
from tests.servers import serving
from tests.waits import until

RED, BLUE = (200, 40, 20), (20, 40, 200)


def picture(colour: tuple[int, int, int], width: int = 160, height: int = 90) -> np.ndarray:
    return np.full((height, width, 3), colour, np.uint8)


def looks(frame: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return float(np.abs(frame.mean(axis=(0, 1)) - colour).max()) < 20


@pytest.mark.parametrize("wire", ["webrtc", "socket"])
async def test_the_port_gets_the_newest_frame_and_all_sound_and_none_when_they_stop(
    wire: Literal["webrtc", "socket"],
) -> None:
    tone = (0.5 * np.sin(np.arange(8_000) * 2 * np.pi * 440 / 8_000)).astype(np.float32)

    def play(url: str) -> None:
        with lucid.client.connect(url, wire=wire) as world:
            port = CapturesModel.last
            world.camera(picture(RED))
            world.wait(lambda: looks(world.frame(), RED))
            world.camera(picture(BLUE))
            world.wait(lambda: looks(world.frame(), BLUE))
            world.microphone(tone)
            world.wait(lambda: world.frame() is not None and loudness(port) > 0.25)
            world.camera(None)
            world.microphone(None)
            world.wait(lambda: looks(world.frame(), (64, 64, 64)))
            world.wait(lambda: world.frame() is not None and None in port.heard)
            with pytest.raises(LucidError, match="no camera input 'hear'"):
                world.camera(picture(RED), name="hear")
            with pytest.raises(LucidError, match="a camera sends"):
                world.camera(np.zeros((90, 160), np.uint8))
            assert world.errors == []

    async with serving(CapturesModel) as server:
        await asyncio.to_thread(play, server.url)
    seen = [frame for frame in CapturesModel.last.seen if frame is not None]
    assert {frame.pixels.shape for frame in seen} == {(HEIGHT, WIDTH, 3)}
    assert {frame.pixels.dtype for frame in seen} == {np.dtype(np.uint8)}
    assert all(early.ts_ms < late.ts_ms for early, late in pairwise(seen))
    heard = [sound for sound in CapturesModel.last.heard if sound is not None]
    assert {sound.samples.dtype for sound in heard} == {np.dtype(np.float32)}
    assert max(len(sound.samples) for sound in heard) <= 8_000


def loudness(port: CapturesModel) -> float:
    """Return the peak of the last 20 blocks."""
    sounds = [sound.samples for sound in port.heard[-20:] if sound is not None]
    return float(np.abs(np.concatenate([np.zeros(1), *sounds])).max())


async def test_a_camera_that_stops_is_none_to_the_port_and_an_error_to_the_page() -> None:
    async with serving(CapturesModel) as server:
        player = Player(server.url)
        await player.play(over_socket=True)
        player.control({"type": "capture", "name": "see", "on": True})
        await player.until(lambda: bool(player.errors))
        assert player.errors[0]["code"] == "input.capture"
        assert player.errors[0]["message"] == "the camera has sent nothing for 2 s"
        await until(lambda: CapturesModel.last.seen == [None])
        assert player.state == "running"
        await player.leave()


async def test_a_lost_page_turns_its_camera_off() -> None:
    async with serving(CapturesModel) as server:
        player = Player(server.url)
        await player.play()
        player.capture("see", picture(RED))
        await until(lambda: bool(CapturesModel.last.seen))
        await player.drop()
        await until(lambda: CapturesModel.last.seen[-1] is None)


async def test_what_is_no_picture_or_has_no_input_is_refused_and_the_session_goes_on() -> None:
    async with serving(CapturesModel) as server:
        player = Player(server.url)
        await player.play(over_socket=True)
        assert player._socket is not None
        player.control({"type": "capture", "name": "see", "on": True})
        head = b"\x03see" + bytes(8)
        bomb = (
            b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01"
        )
        narrow = io.BytesIO()  # as wide as the input declares, it would take 10 GB
        Image.new("RGB", (1, 9_000)).save(narrow, "JPEG")
        for data in (
            head + b"no picture",
            head + bomb,
            head + narrow.getvalue(),
            b"",
            b"\x03se",
            b"\x04look" + bytes(9),
        ):
            count = len(player.errors)
            await player._socket.send(data)
            await player.until(lambda count=count: len(player.errors) > count)  # type: ignore[misc]  # mypy cannot infer it
        codes = [error["code"] for error in player.errors]
        assert codes == [*["input.capture"] * 3, "protocol", "protocol", "protocol"]
        player.send("see", frame="no picture")
        await player.until(lambda: player.errors[-1]["code"] == "input.invalid")
        await player.leave()


async def test_only_the_player_of_a_session_sends_a_camera() -> None:
    async with serving(CapturesModel) as server:
        player = Player(server.url)
        await player.play()
        guest = Player(server.url)
        await guest.connect(f"protocol=1&play={player.hello['play_url'].rpartition('=')[2]}")
        await guest.until(lambda: guest.state == "ready")
        await guest.offer()
        await guest.until_open()
        guest.control({"type": "capture", "name": "see", "on": True})
        await guest.until(lambda: bool(guest.errors))
        assert guest.errors[0]["code"] == "input.capture"
        await guest.leave()
        await player.leave()
