"""Offers as browsers make them: unresolvable mDNS names, many candidates, end-of-candidates."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

import pytest
from aioice.mdns import MDnsProtocol

from lucid.server.offer import MAX_CANDIDATES, read_offer
from tests.player import Player
from tests.ports import AllOutputsModel, EverythingModel
from tests.servers import serving

NAME = "87f40e28-34fb-4faf-82d4-9c5ab33d7994.local"
END = "a=end-of-candidates"
OWN = re.compile(r"^a=(candidate:.*|end-of-candidates)\r\n", re.M)


def named(sdp: str) -> str:
    """Replace the candidates with mDNS names over UDP and TCP, as Firefox writes them."""
    lines = [
        f"a=candidate:0 1 UDP 2122187007 {NAME} 40051 typ host",
        f"a=candidate:1 1 TCP 2105458943 {NAME.upper()} 9 typ host tcptype active",
        f"a=candidate:0 2 UDP 2122187006 {NAME} 39998 typ host",
        END,
    ]
    return with_candidates(OWN.sub("", sdp), lines)


def ended_only(sdp: str) -> str:
    """Replace the candidates with end-of-candidates alone."""
    return with_candidates(OWN.sub("", sdp), [END])


def many(sdp: str) -> str:
    """Add the candidates of a machine with 100 networks."""
    lines = [f"a=candidate:9 1 udp 1 192.0.2.{n} 5000 typ host generation 0" for n in range(100)]
    return with_candidates(sdp, lines)


def malformed(sdp: str) -> str:
    """Add candidates that are invalid or that no UDP packet can reach."""
    lines = ["a=candidate:", "a=candidate:1 1 udp", "a=candidate:1 1 udp x y z typ host"]
    lines += ["a=candidate:1 1 udp 5 example.org 5000 typ host"]
    lines += ["a=candidate:1 1 udp 5 192.0.2.1 70000 typ host"]
    return with_candidates(sdp, lines)


def with_candidates(sdp: str, lines: list[str]) -> str:
    return re.sub(r"(a=mid:.*\r\n)", lambda mid: mid[1] + "\r\n".join([*lines, ""]), sdp)


@pytest.mark.parametrize("rewrite", [named, ended_only, many, malformed])
async def test_a_browser_plays_whatever_candidates_it_offers(
    rewrite: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MDnsProtocol, "resolve", _never)
    async with serving(EverythingModel) as server:
        player = Player(server.url)
        player.rewrite = rewrite
        await player.play()
        await player.until(lambda: player.picture_counts.get("main_video", 0) > 1)
        await player.leave()


async def _never(self: MDnsProtocol, hostname: str) -> str:
    """Never resolve a name, so that code which waits for mDNS times out."""
    await asyncio.Event().wait()
    return ""


async def test_several_lines_of_many_candidates_are_no_reason_to_refuse() -> None:
    async with serving(AllOutputsModel) as server:
        player = Player(server.url)
        player.rewrite = many
        await player.play()
        await player.leave()
    assert player.errors == []


def test_only_what_is_of_use_is_read_and_the_first_come_first() -> None:
    candidates = [f"a=candidate:{n} 1 udp {n + 1} 10.0.0.{n} 5000 typ host" for n in range(80)]
    last = f"a=candidate:7 1 udp 9 {NAME} 5000 typ host"
    lines = ["v=0", "a=group:BUNDLE a b", END]
    lines += ["m=video 9 X 1", last, *candidates, "a=mid:a", END]
    lines += ["m=application 9 X 1", *candidates, "a=mid:b"]
    lines += ["m=audio 9 X 1", *candidates[:2], "a=mid:alone"]
    offer = read_offer("\r\n".join([*lines, ""]))
    kept = candidates[: MAX_CANDIDATES - 1]
    assert offer.sdp.splitlines() == [
        *("v=0", "a=group:BUNDLE a b"),
        *("m=video 9 X 1", "a=mid:a", *kept),
        *("m=application 9 X 1", "a=mid:b"),
        *("m=audio 9 X 1", "a=mid:alone", *candidates[:2]),
    ]
    assert offer.named == ((0, last.removeprefix("a=candidate:")),)
