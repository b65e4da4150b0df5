"""Held inputs and motion over a data channel that loses, repeats and reorders messages."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterable
from typing import Any

import pytest

from lucid.server import held_state
from lucid.server.held_state import SILENCE_S, TICK_S
from tests.player import Player, playing
from tests.ports import EverythingModel
from tests.servers import serving
from tests.waits import until
from tests.web.world import ListeningWorld, heard

Change = tuple[int, str, dict[str, Any]]
HELD = {"forward": {"pressed": True}}


class Network:
    """The network of a player that is connected: it loses packets in both directions."""

    def __init__(self, player: Player) -> None:
        self.loss = 0.0
        chance = random.Random(4)
        assert player.pc.sctp is not None
        transport = player.pc.sctp.transport.transport
        send, receive = transport._send, transport._recv

        async def lossy_send(data: bytes) -> None:
            if chance.random() >= self.loss:
                await send(data)

        async def lossy_receive() -> bytes:
            while True:
                data = await receive()
                if chance.random() >= self.loss:
                    return data

        transport._send, transport._recv = lossy_send, lossy_receive


def held(
    number: int, names: dict[str, Any], *changes: Change, seq: int = 0, dx: float = 0
) -> dict[str, Any]:
    """Return a message; ``dx`` is the motion so far."""
    return {
        "type": "held",
        "number": number,
        "seq": max(seq, number, *(change[0] for change in changes)),
        "held": names,
        "changes": [{"seq": seq, "name": name, "args": args} for seq, name, args in changes],
        "motion": {"look": {"dx": dx, "dy": 0}} if dx else {},
    }


async def send(player: Player, messages: Iterable[dict[str, Any]]) -> None:
    """Send messages over the channel that carries held inputs."""
    channel = player.held_channel
    assert channel is not None
    assert (channel.ordered, channel.maxRetransmits) == (False, 0)
    await until(lambda: channel.readyState == "open")
    for message in messages:
        channel.send(json.dumps(message))


def told(*names: str) -> list[Any]:
    return [entry for entry in EverythingModel.last.told if entry[0] in names]


def moved() -> float:
    return sum(float(entry[1]) for entry in told("look"))


async def test_each_change_is_applied_once_whatever_the_network_does() -> None:
    press, lean = (1, "forward", {"pressed": True}), (2, "lean", {"value": -0.5})
    first = held(1, HELD, press)
    second = held(2, {**HELD, "lean": {"value": -0.5}}, press, lean, seq=3, dx=1)
    third = held(3, {}, lean, (5, "forward", {"pressed": False}), dx=3)
    fifth = held(5, {}, seq=7, dx=15)  # the fourth is lost
    late = held(4, HELD, (6, "forward", {"pressed": True}), dx=7)
    async with serving(EverythingModel) as server, playing(server.url) as player:
        await send(player, [first, first, second, third, second, first, fifth, fifth, late, third])
        await until(lambda: moved() == 15)
        assert told("forward") == [("forward", True), ("forward", False)]
        assert told("lean") == [("lean", -0.5), ("lean", 0.0)]
        player.control({"type": "input", "seq": 8, "name": "jump", "args": {}})
        await until(lambda: bool(told("jump")))
        assert moved() == 15
        await player.until(lambda: any(r["input_seq"] == 8 for r in player.receipts))
        assert player.errors == []


async def test_a_lost_press_and_release_come_with_the_next_state() -> None:
    async with serving(EverythingModel) as server, playing(server.url) as player:
        await send(player, [held(1, {})])
        await send(player, [held(9, HELD)])
        await until(lambda: told("forward") == [("forward", True)])
        await send(player, [held(12, {})])
        await until(lambda: told("forward") == [("forward", True), ("forward", False)])


async def test_lost_motion_beyond_the_bounds_of_its_input_comes_in_parts() -> None:
    heard.clear()
    async with serving(ListeningWorld) as server, playing(server.url) as player:
        await send(player, [{**held(1, {}), "motion": {"zoom": {"delta": -50}}}])
        await until(lambda: sum(delta for _, delta in heard) == pytest.approx(-50))
        assert all(delta >= -20 for _, delta in heard)
        assert player.errors == []


async def test_silence_releases_what_is_held_and_the_next_state_restores_it() -> None:
    loop = asyncio.get_running_loop()
    async with serving(EverythingModel) as server, playing(server.url) as player:
        network = Network(player)
        await send(player, [held(1, HELD)])
        await until(lambda: told("forward") == [("forward", True)])
        began_s = loop.time()
        network.loss = 1
        await until(lambda: told("forward")[1:] == [("forward", False)])
        assert loop.time() - began_s > SILENCE_S - TICK_S
        network.loss = 0
        await send(player, [held(1, HELD)])  # a copy that came late
        await send(player, [held(2, HELD)])
        await until(lambda: told("forward")[2:] == [("forward", True)])


async def test_a_page_that_is_busy_keeps_its_keys_for_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(held_state, "STALLED_S", 2 * SILENCE_S)
    loop = asyncio.get_running_loop()
    async with serving(EverythingModel) as server, playing(server.url) as player:
        began_s = loop.time()
        await send(player, [held(1, HELD)])  # then only the browser answers, by itself
        await until(lambda: told("forward") == [("forward", True), ("forward", False)])
        assert loop.time() - began_s > 2 * SILENCE_S - TICK_S


@pytest.mark.parametrize("over_socket", [False, True])
async def test_a_key_that_a_client_holds_stays_held(over_socket: bool) -> None:
    async with serving(EverythingModel) as server:
        player = Player(server.url)
        await player.play(over_socket=over_socket)
        player.send("forward", pressed=True)
        await until(lambda: told("forward") == [("forward", True)])
        await asyncio.sleep(SILENCE_S + 0.3)
        assert told("forward") == [("forward", True)]
        player.send("forward", pressed=False)
        await until(lambda: told("forward") == [("forward", True), ("forward", False)])
        await player.leave()


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (held(0, {}, seq=1), "protocol"),
        (held(2, {}, *[(seq, "lean", {"value": 0.5}) for seq in range(1, 34)]), "protocol"),
        ({**held(2, {}), "held": {"forward": True}}, "protocol"),
        (held(2, {}, (0, "lean", {})), "protocol"),
        (held(2, {}, dx=1e999), "protocol"),
        (held(2, {"forward": {"pressed": "yes"}}), "input.invalid"),
        (held(2, {}, (1, "fly", {})), "input.unknown"),
    ],
)
async def test_a_state_that_is_not_valid_is_refused_once_and_play_goes_on(
    message: dict[str, Any], code: str
) -> None:
    async with serving(EverythingModel) as server, playing(server.url) as player:
        await send(player, [message])
        await player.until(lambda: bool(player.errors))
        await send(player, [{**message, "number": 3}] if code != "protocol" else [])
        await send(player, [held(4, {"nothing": {"pressed": True}, **HELD})])
        await until(lambda: told("forward") == [("forward", True)])
        assert [error["code"] for error in player.errors] == [code]


async def test_no_press_is_lost_and_no_key_sticks_if_packets_are_lost() -> None:
    async with serving(EverythingModel) as server, playing(server.url) as player:
        await send(player, [])
        Network(player).loss = 0.1
        for count in range(30):
            player.send("forward", pressed=True)
            for _ in range(3):
                player.send("look", dx=1, dy=0)
                await asyncio.sleep(0.005)
            player.send("forward", pressed=False)
            if count % 10 == 0:
                player.send("jump")
        await until(lambda: moved() == 90 and len(told("jump")) == 3)
        await until(lambda: told("forward")[-1] == ("forward", False))
        assert told("forward") == [("forward", True), ("forward", False)] * 30
