"""The media over the WebSocket, where UDP does not reach the player. Uses a real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import httpx
import numpy as np
import pytest

import lucid.client
from lucid.client.async_world import AsyncWorld
from lucid.media.network import FramesInFlight
from tests.player import Player, playing
from tests.ports import AllOutputsModel, EverythingModel
from tests.server.test_live import is_red
from tests.servers import serving
from tests.waits import LIMIT_S, until


@pytest.mark.parametrize("codec", ["H264", "VP8", "JPEG"])
async def test_a_player_sees_every_frame_in_each_codec(codec: str) -> None:
    async with serving(EverythingModel) as server:
        player = Player(server.url)
        await player.connect()
        await player.until(lambda: player.state == "ready")
        await player.signal({"type": "connect", "codecs": [codec]})
        await player.until_picture(lambda picture: picture[..., 1].mean() > 100)
        seq = player.send("forward", pressed=True)
        picture = await player.until_picture(is_red)
        assert abs(picture.astype(int) - (255, 128, 0)).max() < 12
        await player.until(lambda: any(r["input_seq"] == seq for r in player.receipts))
        assert {"type": "connected", "codec": codec} in player.told
        await player.leave()


async def test_sound_json_and_bytes_arrive_beside_every_video() -> None:
    async with serving(AllOutputsModel) as server:
        player = Player(server.url)
        await player.play(over_socket=True)
        await player.until(lambda: {"main_video", "depth"} <= player.pictures.keys())
        loud = lambda: any(abs(part).max() > 10_000 for part in player.sound.get("sound", []))  # noqa: E731
        await player.until(loud)
        assert player.sound["sound"][0].shape[-1] == 960
        named = [output for output in player.outputs if isinstance(output, dict)]
        assert named[0]["name"] == "score"
        assert any(isinstance(output, bytes) and output[1:4] == b"map" for output in player.outputs)
        await player.leave()


async def test_a_slow_page_skips_to_the_next_keyframe_and_loses_no_input() -> None:
    dropped = 'by="viewer",model="everything",output="main_video"'
    async with serving(EverythingModel) as server:
        player = Player(server.url)
        await player.play(over_socket=True)
        await player.until_picture(lambda picture: True)
        player.acknowledges = False
        async with asyncio.timeout(LIMIT_S):
            while dropped not in await _metrics(server.url):  # noqa: ASYNC110 - the server drops frames by itself
                await asyncio.sleep(0.05)
        seq = player.send("forward", pressed=True)
        await until(lambda: bool(EverythingModel.last.told))
        player.acknowledges = True
        await player.signal({"type": "got", "frame": player.picture_counts["main_video"] - 1})
        await player.until_picture(is_red)
        await player.until(lambda: any(r["input_seq"] == seq for r in player.receipts))
        assert EverythingModel.last.told == [("forward", True)]
        await player.leave()


async def _metrics(url: str) -> str:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"{url}metrics")).text


async def test_a_change_of_the_wire_releases_what_was_held_and_the_next_state_restores_it() -> None:
    async with serving(EverythingModel) as server:
        player = Player(server.url)
        await player.play()
        told = EverythingModel.last.told
        player.send("forward", pressed=True)
        await player.until(lambda: told == [("forward", True)])
        await player.use_socket()
        restored = [("forward", False), ("forward", True)]
        await player.until(lambda: told[1:] == restored)
        await player.until_picture(is_red)
        over_socket = player.version
        other = Player(server.url)  # a peer connection of its own, for the same session
        player.pc, player._answer, player._media = other.pc, None, None
        await player.offer()
        await player.until_open()
        await player.until(lambda: told[3:] == restored)
        await player.until_picture(is_red)
        assert player.version > over_socket
        assert player.state == "running"
        assert player.errors == []
        await player.leave()


MISFITS: list[tuple[dict[str, Any], str]] = [
    ({"type": "input", "seq": 7, "name": "jump", "args": {}}, "only after `connect`"),
    ({"type": "connect", "codecs": []}, "at least 1"),
    ({"type": "connect", "codecs": ["AV1"]}, "H264"),
    ({"type": "got", "frame": -1}, "greater than or equal to 0"),
]


async def test_what_does_not_fit_is_refused_and_the_player_plays_on() -> None:
    async with serving(EverythingModel) as server, playing(server.url) as player:
        for message, said in MISFITS:
            player.errors.clear()
            await player.signal(message)
            await player.until(lambda: bool(player.errors))
            assert said in player.errors[0]["message"]
            assert player.errors[0]["seq"] == message.get("seq")
        player.send("jump")
        await player.until(lambda: ("jump",) in EverythingModel.last.told)


async def test_acknowledgements_of_a_page_that_plays_over_webrtc_are_ignored() -> None:
    async with serving(EverythingModel) as server, playing(server.url) as player:
        await player.signal({"type": "got", "frame": 1})
        player.send("forward", pressed=True)
        await player.until_picture(is_red)
        assert player.errors == []


async def test_a_spectator_over_the_socket_watches_and_may_not_play() -> None:
    async with serving(EverythingModel) as server, playing(server.url) as player:
        spectator = Player(server.url)
        await spectator.play(True, f"protocol=1&watch={player.hello['watch_key']}")
        seq = spectator.send("forward", pressed=True)
        await spectator.until(lambda: bool(spectator.errors))
        assert (spectator.errors[0]["code"], spectator.errors[0]["seq"]) == ("input.spectator", seq)
        player.send("forward", pressed=True)
        await spectator.until_picture(is_red)
        await spectator.leave()


async def test_a_guest_over_the_socket_that_leaves_releases_what_it_held() -> None:
    async with serving(EverythingModel) as server, playing(server.url) as player:
        guest = Player(server.url)
        key = player.hello["play_url"].partition("play=")[2]
        await guest.play(True, f"protocol=1&play={key}")
        guest.send("forward", pressed=True)
        await player.until_picture(is_red)
        await guest.leave()
        await player.until_picture(lambda picture: not is_red(picture))


async def test_a_lost_socket_resumes_over_a_new_one() -> None:
    async with serving(EverythingModel) as server:
        player = Player(server.url)
        await player.play(over_socket=True)
        await player.until_picture(lambda picture: True)
        await player.drop()
        again = Player(server.url)
        await again.connect(f"protocol=1&resume={player.hello['resume_token']}")
        await again.until(lambda: again.state in ("running", "paused"))
        await again.use_socket()
        again.send("forward", pressed=True)
        await again.until_picture(is_red)
        await again.leave()
        await player.leave()


async def test_the_python_client_plays_over_the_socket() -> None:
    def play(url: str) -> np.ndarray:
        with lucid.client.connect(url, wire="socket") as world:
            world.inputs.forward(pressed=True)
            world.wait(lambda: is_red(world.frame()))
            return world.frame()

    async with serving(EverythingModel) as server:
        frame = await asyncio.to_thread(play, server.url)
    assert frame.shape == (48, 64, 3)


class WithoutUdp(AsyncWorld):
    """A client whose packets do not reach the server, because neither side knows an address."""

    async def signal(self, message: Mapping[str, Any]) -> None:
        await super().signal(without_candidates(message))

    def on_signal(self, message: dict[str, Any]) -> None:
        super().on_signal(without_candidates(message))


def without_candidates(message: Mapping[str, Any]) -> dict[str, Any]:
    if "sdp" not in message:
        return {**message}
    lines = message["sdp"].splitlines(keepends=True)
    return {**message, "sdp": "".join(one for one in lines if "candidate" not in one)}


async def test_the_python_client_changes_to_the_socket_by_itself() -> None:
    async with serving(EverythingModel) as server:
        world = WithoutUdp(server.url)
        await world.join()
        world.send("forward", pressed=True)
        await world.until(lambda: is_red(world.frames.get("main_video", np.zeros((1, 1, 3)))))
        await world.close()


def test_what_waits_on_the_way_is_measured_beyond_the_round_trip() -> None:
    path = FramesInFlight()
    path.on_sent(0, 10.0)
    assert path.queued_s(10.5) == 0.0  # the round trip is not known yet
    path.on_ack(0, 10.05)
    for number in range(1, 4):
        path.on_sent(number, 11.0 + number / 10)
    assert path.queued_s(11.14) == 0.0
    assert path.queued_s(11.40) == pytest.approx(0.25)
    path.on_ack(2, 11.45)  # also acknowledges the frame before it
    assert path.queued_s(11.45) == pytest.approx(0.1, abs=0.001)
    path.on_ack(9, 11.5)
    assert path.queued_s(99.0) == 0.0


def test_a_path_that_became_longer_is_learned() -> None:
    path = FramesInFlight()
    for number, round_trip_s in enumerate([0.02] + [0.4] * 1_600):
        path.on_sent(number, float(number))
        queued_s = path.queued_s(number + round_trip_s)
        path.on_ack(number, number + round_trip_s)
    assert json.dumps(queued_s) == "0.0"
