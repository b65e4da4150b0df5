"""Mutated offers, messages and requests: each gets an answer, and nobody else notices."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lucid.server import connections
from tests.player import Player, playing
from tests.ports import EverythingModel
from tests.server.test_connections import answer, opened
from tests.server.test_door import MESSAGES, still_plays
from tests.servers import RunningServer, serving

LONG = "LUCID_TEST_LONG" in os.environ
WORDS = st.sampled_from(
    ["", " ", "0", "-1", "65536", "9" * 40, "a=", "m=video 9 X 96", "UDP", "\0", "\r", "é" * 99]
) | st.text(max_size=12)
MUTATION = st.tuples(
    st.sampled_from(["cut", "copy", "put", "over", "number", "end"]), st.integers(0, 2**20), WORDS
)
MUTATIONS = st.lists(MUTATION, min_size=1, max_size=4)
SERVERS = ("lucid.server", "uvicorn", "asyncio")
Mutations = list[tuple[str, int, str]]
REQUEST = """{method} {path} HTTP/1.1\r
Host: {host}\r
Origin: http://{host}\r
Content-Type: image/png\r
Content-Length: 4\r
Range: bytes=0-9\r
Connection: close\r
Cookie: a=b\r
\r
body"""
REQUESTS = st.tuples(
    st.sampled_from(["GET", "POST", "DELETE", "OPTIONS"]),
    st.sampled_from(
        [
            "/", "/?token=a&watch=b", "/api/session?protocol=1", "/static/main.js", "/api/log",
            "/metrics", "/api/sessions/x/files/set_seed_frame/image?filename=a", "/api/reload",
        ]
    ),
    MUTATIONS,
)  # fmt: skip


def mutated(text: str, mutations: Mutations) -> str:
    """Change lines of a text: drop, repeat, extend, overwrite or end one, or change a number."""
    lines = text.splitlines(keepends=True)
    for kind, place, word in mutations:
        at, column = place % len(lines), place % 41
        line = lines[at]
        match kind:
            case "cut":
                lines[at] = ""
            case "copy":
                lines.insert(place // 41 % len(lines), line)
            case "put":
                lines[at] = line[:column] + word + line[column:]
            case "over":
                lines[at] = line[:column] + word + line[column + len(word) :]
            case "number":
                lines[at] = re.sub(r"\d+", lambda _, word=word: word, line, count=1)  # type: ignore[misc]  # mypy knows no default of a lambda
            case "end":
                lines = [*lines[:at], line[:column]]
    return "".join(lines)


@settings(
    max_examples=300 if LONG else 3,
    phases=(Phase.generate,),  # to shrink an example takes minutes
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    offers=st.lists(MUTATIONS, min_size=8, max_size=12),
    texts=st.lists(st.tuples(MESSAGES, MUTATIONS), min_size=5, max_size=12),
    requests=st.lists(REQUESTS, min_size=8, max_size=12),
)
def test_whatever_strangers_send_is_answered_and_a_bystander_plays_on(
    caplog: pytest.LogCaptureFixture,
    offers: list[Mutations],
    texts: list[tuple[dict[str, object], Mutations]],
    requests: list[tuple[str, str, Mutations]],
) -> None:
    caplog.clear()
    caplog.set_level(logging.INFO)
    asyncio.run(send(offers, [mutated(json.dumps(one), how) for one, how in texts], requests))
    assert [record.message for record in caplog.records if record.exc_info] == []
    assert "Traceback" not in caplog.text
    sent = len(offers) + len(texts) + len(requests)
    assert len([one for one in caplog.records if one.name.startswith(SERVERS)]) <= sent


async def send(
    offers: list[Mutations], texts: list[str], requests: list[tuple[str, str, Mutations]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HEADER_S", "BODY_S", "LATE_S"):
            patch.setattr(connections, name, 0.2)
        async with serving(EverythingModel) as server, playing(server.url) as bystander:
            query = f"protocol=1&watch={bystander.hello['watch_key']}"
            sdp = bystander.pc.localDescription.sdp
            await asyncio.gather(
                *(offered(server, query, mutated(sdp, how)) for how in offers),
                *(requested(server, *request) for request in requests),
                told(server, query, texts),
            )
            await still_plays(bystander)
            assert bystander.errors == []


async def offered(server: RunningServer, query: str, sdp: str) -> None:
    spectator = Player(server.url)
    await spectator.connect(query)
    await spectator.until(lambda: spectator.state == "ready")
    await spectator.signal({"type": "offer", "sdp": sdp})
    kinds = ("answer", "error")
    await spectator.until(lambda: any(one["type"] in kinds for one in spectator.told))
    assert {error["code"] for error in spectator.errors} <= {"protocol"}
    await spectator.leave()


async def told(server: RunningServer, query: str, texts: list[str]) -> None:
    spectator = Player(server.url)
    await spectator.connect(query)
    await spectator.until(lambda: spectator.state == "ready")
    assert spectator._socket is not None
    last = {"type": "input", "seq": 2**52, "name": "forward", "args": {"pressed": True}}
    for text in (*texts, json.dumps(last)):
        await spectator._socket.send(text)
    await spectator.until(lambda: any(error["seq"] == 2**52 for error in spectator.errors))
    assert {error["code"] for error in spectator.errors} <= {"protocol", "input.spectator"}
    await spectator.leave()


async def requested(server: RunningServer, method: str, path: str, how: Mutations) -> None:
    host = httpx.URL(server.url).netloc.decode()
    text = mutated(REQUEST.format(method=method, path=path, host=host), how)
    got = await answer(await opened(server, text.encode()))
    assert got.startswith(b"HTTP/1.1 ") and got[9:10] in b"1234", (text, got[:200])
