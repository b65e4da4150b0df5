"""Pages that never complete their connection get an error and do not block others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiortc import RTCDataChannel

from lucid.authoring.files import FileSpec
from lucid.errors import UploadError
from lucid.server.connect_timeout import GIVE_UP_S, WARN_S
from lucid.server.uploads import receive_file
from lucid.server.webrtc import Peer
from tests.player import Player, playing
from tests.ports import EverythingModel
from tests.servers import serving


class Clock:
    """A clock that runs delayed calls only when the test advances it."""

    def __init__(self) -> None:
        self.waiting: list[Call] = []

    def call_later(self, wait_s: float, callback: Callable[[], None]) -> Call:
        call = Call(self, wait_s, callback)
        self.waiting.append(call)
        return call

    def passes(self) -> float:
        """Run the only delayed call; return its delay in seconds."""
        (call,) = self.waiting
        call.cancel()
        call.callback()
        return call.wait_s


class Call:
    def __init__(self, clock: Clock, wait_s: float, callback: Callable[[], None]) -> None:
        self.clock, self.wait_s, self.callback = clock, wait_s, callback

    def cancel(self) -> None:
        if self in self.clock.waiting:
            self.clock.waiting.remove(self)


async def offers_nothing(player: Player) -> None:
    """Answer pings but never offer, like a browser without WebRTC."""


async def hears_no_answer(player: Player) -> None:
    """Offer without candidates, so that no UDP path to the server exists."""
    player.pc.createDataChannel("lucid")
    player.pc.addTransceiver("video", direction="recvonly")
    await player.pc.setLocalDescription(await player.pc.createOffer())
    sdp = player.pc.localDescription.sdp.splitlines()
    lines = [line for line in sdp if not line.startswith("a=candidate")]
    await player.signal({"type": "offer", "sdp": "\r\n".join([*lines, ""])})
    await player.next("answer")


async def waits_long(clock: Clock, player: Player) -> dict[str, Any]:
    """Check the warning after 15 s and the disconnection after 30 s; return the last error."""
    state = player.state
    assert clock.passes() == WARN_S
    await player.until(lambda: len(player.errors) == 1)
    assert player.state == state
    assert clock.passes() == GIVE_UP_S - WARN_S
    await player.next("closed")
    assert player.state in ("failed", "ended")
    assert [error["code"] for error in player.errors] == ["media.unreachable"] * 2
    return player.errors[-1]


@pytest.mark.parametrize(
    "does, why", [(offers_nothing, "no offer"), (hears_no_answer, "no UDP packets")]
)
async def test_a_player_whose_media_never_connects_makes_room_for_the_next(
    does: Callable[[Player], Any], why: str
) -> None:
    clock = Clock()
    async with serving(EverythingModel, call_later=clock.call_later) as server:
        first, second = Player(server.url), Player(server.url)
        await first.connect()
        await first.until(lambda: first.state == "ready")
        await does(first)
        await second.connect()
        await second.next("queue")
        error = await waits_long(clock, first)
        assert why in error["message"]
        await second.until(lambda: second.state == "ready")
        await second.offer()
        await second.until(lambda: second.state == "running")
        assert clock.waiting == []
        await first.leave()
        await second.leave()


async def test_media_that_connects_just_after_the_time_limit_raises_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    on_channel = Peer._on_datachannel

    def come_too_late(peer: Peer, channel: RTCDataChannel) -> None:
        if clock.waiting:
            clock.passes()
            clock.passes()
        on_channel(peer, channel)

    monkeypatch.setattr(Peer, "_on_datachannel", come_too_late)
    async with serving(EverythingModel, call_later=clock.call_later) as server:
        player = Player(server.url)
        await player.connect()
        await player.until(lambda: player.state == "ready")
        await player.offer()
        await player.next("closed")
        assert player.state == "failed"
        assert [error["code"] for error in player.errors] == ["media.unreachable"] * 2
        await player.leave()
    assert "Traceback" not in caplog.text


async def test_who_plays_is_not_timed_and_a_spectator_or_guest_is_let_go_alone() -> None:
    clock = Clock()
    async with (
        serving(EverythingModel, call_later=clock.call_later) as server,
        playing(server.url) as player,
    ):
        for role in ("watch", "play"):
            assert clock.waiting == []
            key = player.hello["watch_url"] if role == "watch" else player.hello["play_url"]
            other = Player(server.url)
            await other.connect(f"protocol=1&{key.partition('?')[2]}")
            await other.until(lambda other=other: other.state == "ready")  # type: ignore[misc]  # mypy knows no default of a lambda
            await waits_long(clock, other)
            await other.leave()
        assert clock.waiting == []
        assert player.state == "running"
        assert player.errors == []


async def test_a_player_who_comes_back_without_media_does_not_stay() -> None:
    clock = Clock()
    async with serving(EverythingModel, call_later=clock.call_later) as server:
        async with playing(server.url) as player:
            token = player.hello["resume_token"]
            await player.drop()
        again = Player(server.url)
        await again.connect(f"protocol=1&resume={token}")
        await again.until(lambda: again.state in ("running", "paused"))
        await waits_long(clock, again)
        assert again.state == "ended"
        await again.leave()


async def test_an_upload_that_stops_halfway_is_refused() -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"\x89PNG"
        await asyncio.Event().wait()

    with pytest.raises(UploadError, match=r"a\.png: the upload stalled"):
        await receive_file(
            FileSpec(kind="image", mime_types=(), max_bytes=1000),
            "a.png",
            "image/png",
            body(),
            limit_s=lambda received: 0.01,
        )
