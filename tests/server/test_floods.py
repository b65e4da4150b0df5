"""Pages that send too much: their session ends with the reason, and nobody else's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress

import pytest
from aiortc.rtcsctptransport import SCTP_DATA_FIRST_FRAG, SCTP_DATA_LAST_FRAG, DataChunk

from lucid.server import rate, sctp
from tests.player import Player, playing
from tests.ports import EverythingModel
from tests.servers import serving

TEXT = 51
"""The SCTP payload protocol identifier for text."""


class SharedModel(EverythingModel):
    max_sessions = 2


async def send_chunks(player: Player, count: int, data: bytes, *, whole: bool = False) -> None:
    """Send whole messages or fragments of one, and wait for no acknowledgement."""
    assert player.channel is not None and player.channel.id is not None
    transport = player.channel.transport
    for number in range(count):
        first, last = whole or number == 0, whole
        chunk = DataChunk(flags=SCTP_DATA_FIRST_FRAG * first | SCTP_DATA_LAST_FRAG * last)
        chunk.tsn, chunk.stream_id = transport._local_tsn, player.channel.id
        chunk.stream_seq = transport._outbound_stream_seq.get(player.channel.id, 0) + number * whole
        chunk.protocol, chunk.user_data = TEXT, data
        transport._local_tsn += 1
        with suppress(ConnectionError):  # it was cut off
            await transport._send_chunk(chunk)
        if number % 20 == 0:
            await asyncio.sleep(0)  # else the server's socket would drop some


async def flood(player: Player) -> None:
    await send_chunks(player, 200, b"{}", whole=True)


async def send_a_message_of_tiny_fragments(player: Player) -> None:
    await send_chunks(player, 90, b"x")


async def send_a_large_message(player: Player) -> None:
    await send_chunks(player, 90, bytes(1000))


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        (flood, "messages arrived in a second"),
        (send_a_large_message, "a message is larger than 20 KiB"),
        (send_a_message_of_tiny_fragments, "a message is larger than 20 KiB"),
    ],
)
async def test_a_page_that_sends_too_much_is_cut_off_and_no_other(
    attack: Callable[[Player], Coroutine[None, None, None]],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The server and the pages share this test's time, so it takes less to go too far.
    monkeypatch.setattr(rate, "BURST", 100.0)
    monkeypatch.setattr(rate, "MESSAGES_HZ", 1.0)
    monkeypatch.setattr(sctp, "MAX_WAITING_BYTES", 20 * 1024)
    monkeypatch.setattr(sctp, "MAX_FRAGMENTS", 60)
    async with (
        serving(SharedModel) as server,
        playing(server.url) as bystander,
        playing(server.url) as player,
    ):
        started_s = time.monotonic()
        attacking = asyncio.create_task(attack(player))
        await player.until(lambda: player.state == "ended", 20)
        assert time.monotonic() - started_s < 20
        assert player.errors[-1]["code"] == "protocol"
        assert said in player.errors[-1]["message"]
        await attacking
        seen = bystander.picture_counts["main_video"]
        await bystander.until(lambda: bystander.picture_counts["main_video"] > seen + 5)
        assert (bystander.state, bystander.errors) == ("running", [])


async def test_a_flood_over_the_socket_waits_in_the_pages_own_buffers() -> None:
    async with serving(EverythingModel) as server:
        player = Player(server.url)
        await player.play(over_socket=True)
        assert player._socket is not None
        started_s = time.monotonic()
        for _ in range(1500):
            await player._socket.send('{"type": "resume"}')
        seq = player.send("forward", pressed=True)
        await player.until(lambda: any(r["input_seq"] == seq for r in player.receipts))
        assert 0.8 < time.monotonic() - started_s < 20
        assert (player.state, player.errors) == ("running", [])
        await player.leave()
