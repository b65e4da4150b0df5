"""Ports of worlds that other engines serve, played against doubles of their servers."""

from __future__ import annotations

import math
import os
import statistics
from itertools import pairwise
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest

from lucid import manifest
from lucid.media.i420 import to_rgb
from lucid.remote import RemoteEngine, RemoteWorld
from lucid.remote.engine import address_of
from lucid.remote.recognise import recognise
from lucid.runtime.input_files import input_file
from lucid.runtime.memory import playing
from lucid.runtime.messages import Frame
from tests.remote.doubles import FastVideo, FlashDreams, SGLang, VllmOmni, World, served
from tests.remote.ports import FPS, HEIGHT, WIDTH, RemoteConfig, RemoteModel


def colour(frame: Frame) -> tuple[int, int, int]:
    red, green, blue = map(int, to_rgb(frame.i420)[0, 0])
    return red, green, blue


def is_red(frame: Frame) -> bool:
    return colour(frame)[0] > 100


ENGINES: dict[str, Any] = {
    "sglang-jpeg": lambda world: SGLang(world),
    "sglang-webp-in-two-messages": lambda world: SGLang(world, encoding="webp", large_bytes=0),
    "sglang-raw": lambda world: SGLang(world, encoding="raw"),
    "zing-h264": lambda world: SGLang(world, zing=True),
    "vllm_omni": lambda world: VllmOmni(world),
}


def protocol(engine: str) -> str:
    return "sglang" if engine.startswith("zing") else engine.partition("-")[0]


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_key_and_a_prompt_reach_the_engine_and_its_frames_name_them(engine: str) -> None:
    world = World()
    double = ENGINES[engine](world)
    async with served(double, double.path) as url:
        config = RemoteConfig(url=url + double.path, protocol=protocol(engine))
        async with playing(RemoteModel, config) as player:
            first = (await player.next_frames())[0]
            assert first.input_seq == 0 and colour(first) == pytest.approx((0, 60, 0), abs=12)
            pressed = player.send("forward", pressed=True)
            red = await player.frame_after(pressed)
            assert is_red(red), "the first frame whose receipt names the press shows it"
            assert not any(is_red(f) for f in player.frames if f.input_seq < pressed)
            released = player.send("forward", pressed=False)
            assert not is_red(await player.frame_after(released))
            prompted = player.send("set_prompt", prompt="snow")
            assert colour(await player.frame_after(prompted))[2] > 20
    assert len(world.starts) == 1


async def test_a_tap_between_two_chunks_counts() -> None:
    world = World()
    double = SGLang(world, step_s=0.2)
    async with served(double, double.path) as url:
        config = RemoteConfig(url=url + double.path, protocol="sglang")
        async with playing(RemoteModel, config) as player:
            await player.next_frames()
            player.send("forward", pressed=True)
            player.send("forward", pressed=False)
            await player.until(lambda: any(map(is_red, player.frames)))


async def test_lucid_adds_at_most_a_frame_to_the_delay_of_the_engine() -> None:
    """The frames that a player sees in between are counted against the time of the engine itself,
    which is faster than its pictures play, so that old ones wait when an input arrives."""
    world = World(chunk=8)
    double = SGLang(world)
    added = []
    async with served(double, double.path) as url:
        config = RemoteConfig(url=url + double.path, protocol="sglang")
        async with playing(RemoteModel, config) as player:
            await player.next_frames(10)
            for pressed in (True, False) * 3:
                before = player.frames[-1].index
                seq = player.send("forward", pressed=pressed)
                frame = await player.frame_after(seq)
                assert is_red(frame) == pressed
                event = world.events[-1]["event_id"]
                own_s = world.shown_s[event] - world.arrived_s[event]
                added.append(frame.index - before - math.ceil(own_s * FPS))
                await player.next_frames(5)
    assert statistics.median(added) <= 1, added


async def test_a_session_that_ends_continues_from_its_last_frame() -> None:
    world = World(chunk=4, chunks=2)
    double = SGLang(world)
    async with served(double, double.path) as url:
        config = RemoteConfig(url=url + double.path, protocol="sglang")
        async with playing(RemoteModel, config) as player:
            player.send("forward", pressed=True)
            await player.until(lambda: len(world.starts) == 3)
            frames = await player.next_frames(4)
            assert [after.index - frame.index for frame, after in pairwise(frames)] == [1] * 3
            assert all(colour(f)[1] == pytest.approx(60, abs=12) for f in frames)
            assert player.errors == []


async def test_a_new_picture_starts_a_new_session_of_the_engine() -> None:
    world = World()
    double = SGLang(world)
    async with served(double, double.path) as url:
        config = RemoteConfig(url=url + double.path, protocol="sglang", start={"seed": 7})
        async with playing(RemoteModel, config) as player:
            await player.next_frames()
            spec = next(s for s in manifest(RemoteModel).inputs if s.name == "set_seed_frame")
            picture = np.full((HEIGHT, WIDTH, 3), (0, 180, 0), np.uint8)
            player.send("set_seed_frame", image=input_file(spec, "image", picture))
            await player.until(lambda: colour(player.frames[-1])[1] > 150)
    assert [start["seed"] for start in world.starts] == [7, 7]


async def test_vllm_omni_continues_after_its_last_chunk() -> None:
    world = World(chunk=4, chunks=2)
    double = VllmOmni(world)
    async with served(double, double.path) as url:
        config = RemoteConfig(url=url + double.path, protocol="vllm_omni")
        async with playing(RemoteModel, config) as player:
            await player.until(lambda: len(world.starts) == 3)
            assert colour((await player.next_frames(4))[-1])[1] == pytest.approx(60, abs=12)
            assert player.errors == []


async def test_fastvideo_plays_segment_after_segment_and_continues_after_the_last() -> None:
    world = World(chunks=2)
    double = FastVideo(world)
    async with served(double, double.path) as url:
        config = RemoteConfig(url=url + double.path, protocol="fastvideo")
        async with playing(RemoteModel, config) as player:
            first = (await player.next_frames())[0]
            assert colour(first) == pytest.approx((0, 60, 0), abs=12)
            prompted = player.send("set_prompt", prompt="snow")
            snow = await player.frame_after(prompted)
            before = [frame for frame in player.frames if frame.input_seq < prompted]
            assert colour(snow)[2] > 20 or len(world.starts) > 1
            assert not any(colour(frame)[2] > 20 for frame in before)
            await player.until(lambda: len(world.starts) == 3)
            assert player.errors == []


async def test_fastvideo_of_another_size_is_refused_before_a_segment_is_made() -> None:
    double = FastVideo(World(), size=(128, 96))
    async with served(double, double.path) as url:
        config = RemoteConfig(url=url + double.path, protocol="fastvideo")
        async with playing(RemoteModel, config) as player:
            await player.until(lambda: bool(player.errors))
    assert "sends pictures of 128x96" in player.errors[0].error.message


async def test_flashdreams_sends_video_over_webrtc_and_gets_each_key() -> None:
    world = World()
    async with FlashDreams(world).serving() as url:
        address = f"{url.replace('ws', 'http')}{FlashDreams.path}"
        config = RemoteConfig(url=address, protocol="flashdreams")
        async with playing(RemoteModel, config) as player:
            player.send("forward", pressed=True)
            player.send("left", pressed=True)
            player.send("left", pressed=False)
            await player.until(lambda: any(map(is_red, player.frames)))
    keys = [(event["key"], event["pressed"]) for event in world.events]
    assert [key for key in keys if key[0] == "a"] in ([], [("a", True), ("a", False)])
    assert keys[0] == ("w", True)


@pytest.mark.skipif(
    "LUCID_TEST_FASTVIDEO" not in os.environ,
    reason="LUCID_TEST_FASTVIDEO names no URL of FastVideo's mock server",
)
async def test_fastvideo_s_own_mock_server_is_played_over_two_sessions() -> None:
    url = os.environ["LUCID_TEST_FASTVIDEO"]
    assert await recognise(url) == "fastvideo"
    engine = RemoteEngine(address_of(url, "fastvideo"), "fastvideo", (256, 256), 24)
    picture = np.zeros((256, 256, 3), np.uint8)
    world = RemoteWorld(engine, Mock(input_seq=0), prompt="a meadow", picture=picture)
    frames = [await world.frame() for _ in range(24 * 7)]  # it ends a session after six segments
    await world.close()
    assert {frame.shape for frame in frames} == {(256, 256, 3)}
    assert any((frames[0] != frame).any() for frame in frames)
