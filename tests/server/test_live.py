"""The live path through real peer connections: what the server sends to each client."""

from __future__ import annotations

import asyncio
import itertools
import re
import signal
import sys

import httpx
import numpy as np
import pytest

from tests.player import Player, playing
from tests.ports import HEIGHT, WIDTH, EverythingModel
from tests.servers import serving


def is_red(picture: np.ndarray) -> bool:
    return bool(picture[..., 0].mean() > 200)


async def watching(player: Player) -> Player:
    """Connect a spectator to the player's session."""
    spectator = Player(player.url)
    await spectator.connect(f"protocol=1&watch={player.hello['watch_key']}")
    await spectator.until(lambda: spectator.state == "ready")
    await spectator.offer()
    return spectator


async def test_a_receipt_names_the_frame_on_the_wire_and_the_input_that_shaped_it() -> None:
    async with serving(EverythingModel) as server, playing(server.url) as player:
        seq = player.send("forward", pressed=True)
        await player.until_picture(is_red)
        await player.until(lambda: any(r["input_seq"] == seq for r in player.receipts))
        frames = player.receipts
        assert all(a["index"] < b["index"] for a, b in itertools.pairwise(frames))
        assert all(a["rtp"] != b["rtp"] for a, b in itertools.pairwise(frames))
        assert {frame["output"] for frame in frames} == {"main_video"}
        assert all(frame["step_ms"] >= 2 for frame in frames)
        assert {frame["input_seq"] for frame in frames} == {0, seq}


@pytest.mark.parametrize(
    ("offered", "codec"), [(["H264", "VP8"], "H264"), (["VP8", "H264"], "H264"), (["VP8"], "VP8")]
)
async def test_a_browser_gets_h264_and_vp8_only_where_it_lacks_it(
    offered: list[str], codec: str
) -> None:
    async with serving(EverythingModel) as server:
        player = Player(server.url)
        player.codecs = offered
        await player.play()
        assert is_red(await _after_forward(player))
        answer = (await player.next("answer"))["sdp"]
        first = re.search(r"m=video \d+ \S+ (\d+)", answer)
        assert first is not None
        assert f"a=rtpmap:{first[1]} {codec}/90000" in answer
        await player.leave()


async def _after_forward(player: Player) -> np.ndarray:
    player.send("forward", pressed=True)
    return await player.until_picture(is_red)


async def test_the_answer_takes_the_playout_delay_extension() -> None:
    async with serving(EverythingModel) as server, playing(server.url) as player:
        answer = (await player.next("answer"))["sdp"]
        assert re.search(r"a=extmap:\d+ http://www.webrtc.org/\S+/playout-delay", answer)


async def test_a_spectator_sees_what_the_player_does_and_may_not_play() -> None:
    async with serving(EverythingModel) as server:
        async with playing(server.url) as player:
            await player.until_picture(lambda picture: True)
            spectator = await watching(player)
            await spectator.until(lambda: spectator.state == "running")
            assert (spectator.hello["role"], spectator.hello["session_id"]) == ("spectator", "")
            assert spectator.hello["watch_key"] is None
            await spectator.until_picture(lambda picture: not is_red(picture))

            seq = spectator.send("forward", pressed=True)
            await spectator.until(lambda: bool(spectator.errors))
            refused = spectator.errors[0]
            assert (refused["code"], refused["seq"]) == ("input.spectator", seq)
            assert not EverythingModel.last.told

            player.send("forward", pressed=True)
            await spectator.until_picture(is_red)
            await spectator.until(lambda: len(spectator.receipts) > 3)
        await spectator.until(lambda: spectator.state == "ended")
        await spectator.until(lambda: spectator.told[-1]["type"] == "closed")
        await spectator.leave()


async def test_a_spectator_that_leaves_ends_nothing() -> None:
    async with serving(EverythingModel) as server, playing(server.url) as player:
        spectator = await watching(player)
        await spectator.until_picture(lambda picture: True)
        await spectator.leave()
        player.send("forward", pressed=True)
        await player.until_picture(is_red)
        assert EverythingModel.last.told == [("forward", True)]


@pytest.mark.parametrize("key", ["", "nonsense", "é" * 500])
async def test_a_watch_key_that_is_none_is_refused_with_the_reason(key: str) -> None:
    async with serving(EverythingModel) as server:
        player = Player(server.url)
        await player.connect(f"protocol=1&watch={key}")
        await player.until(lambda: player.told[-1:] == [{"type": "closed"}])
        assert player.errors[0]["code"] == "session.unknown"
        assert "ask the player for a new link" in player.errors[0]["hint"]
        await player.leave()


async def test_a_watch_key_is_worth_nothing_once_its_session_is_over() -> None:
    async with serving(EverythingModel) as server:
        async with playing(server.url) as player:
            key = player.hello["watch_key"]
        async with playing(server.url):
            late = Player(server.url)
            await late.connect(f"protocol=1&watch={key}")
            await late.until(lambda: bool(late.errors))
            assert late.errors[0]["code"] == "session.unknown"
            await late.leave()


async def test_metrics_say_what_was_shown_encoded_and_how_long_an_action_took() -> None:
    async with serving(EverythingModel) as server, playing(server.url) as player:
        await _after_forward(player)
        spectator = await watching(player)
        await spectator.until_picture(lambda picture: True)
        guest = Player(server.url)  # its numbers are its own, so they say nothing of the latency
        await guest.play(query=player.hello["play_url"].partition("?")[2] + "&protocol=1")
        guest.send("jump")
        await guest.until(lambda: ("jump",) in EverythingModel.last.told)
        await guest.until_picture(lambda picture: True)
        await guest.leave()
        async with httpx.AsyncClient() as client:
            response = await client.get(f"{server.url}metrics")
        assert response.headers["content-type"].startswith("text/plain; version=")
        assert 'lucid_sessions{model="everything"} ' in response.text
        text = re.sub('model="everything",?', "", response.text)
        value = {
            name: float(number)
            for name, number in re.findall(r"^(lucid_\S+) (\S+)$", text, re.MULTILINE)
        }
        assert value["lucid_sessions{}"] == 1
        assert value["lucid_viewers{}"] >= 2
        assert value['lucid_frames_total{output="main_video"}'] > 5
        assert value['lucid_frames_encoded_total{codec="H264",output="main_video"}'] > 5
        assert value["lucid_step_seconds_count{}"] > 5
        assert value["lucid_encode_seconds_count{}"] > 5
        assert value["lucid_action_latency_seconds_count{}"] == 1
        assert 0 < value["lucid_action_latency_seconds_sum{}"] < 5
        assert value["lucid_sent_bytes_total{}"] > 1_000
        await spectator.leave()


class SlowModel(EverythingModel):
    step_s = 0.1


async def test_a_receipt_names_the_last_input_even_if_its_motion_was_merged() -> None:
    async with serving(SlowModel) as server, playing(server.url) as player:
        for _ in range(20):
            player.send("look", dx=1, dy=0)
            player.send("jump")
        last = player.send("look", dx=1, dy=0)
        await player.until(lambda: any(r["input_seq"] == last for r in player.receipts))


@pytest.mark.skipif(sys.platform == "win32", reason="a process is frozen by a signal")
async def test_a_spectator_that_stops_reading_is_let_go_and_nobody_else_notices() -> None:
    async with serving(EverythingModel) as server, playing(server.url) as player:
        await player.until_picture(lambda picture: True)
        command = [sys.executable, "-m", "tests.frozen_spectator", server.url]
        spectator = await asyncio.create_subprocess_exec(
            *command, player.hello["watch_key"], stdout=asyncio.subprocess.PIPE
        )
        assert spectator.stdout is not None
        try:
            assert await spectator.stdout.readline() == b"watching\n"
            assert await viewers(server.url) == 2
            spectator.send_signal(signal.SIGSTOP)
            async with asyncio.timeout(120):
                while await viewers(server.url) == 2:  # the player still receives frames
                    count = player.picture_counts["main_video"]
                    await player.until(lambda: player.picture_counts["main_video"] > count + 5)  # noqa: B023
            assert (await _after_forward(player)).shape == (HEIGHT, WIDTH, 3)
        finally:
            spectator.kill()
            await spectator.wait()


async def viewers(url: str) -> int:
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"{url}metrics")).text
    found = re.search(r"^lucid_viewers\S+ (\S+)$", text, re.MULTILINE)
    assert found is not None
    return int(float(found[1]))
