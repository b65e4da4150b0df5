"""HTTP connections that are slow, many or odd are answered or closed, and others are served."""

from __future__ import annotations

import asyncio
import logging
import random
import time

import httpx
import pytest

from lucid.server import connections
from tests.ports import EverythingModel
from tests.servers import RunningServer, serving

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def opened(server: RunningServer, data: bytes = b"") -> Streams:
    """Open a connection and send the start of a request."""
    url = httpx.URL(server.url)
    streams = await asyncio.open_connection(url.host, url.port)
    streams[1].write(data)
    return streams


async def answer(streams: Streams) -> bytes:
    """Read until the server closes the connection."""
    async with asyncio.timeout(20):
        data = await streams[0].read()
    streams[1].close()
    return data


def post(server: RunningServer, path: str) -> bytes:
    """Return the header of a request whose body has 100 bytes, and a part of the body."""
    host = httpx.URL(server.url).netloc.decode()
    return (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
        "Content-Length: 100\r\n\r\npart"
    ).encode()


async def test_a_request_that_stalls_is_answered_and_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HEADER_S", "BODY_S", "LATE_S"):
        monkeypatch.setattr(connections, name, 0.2)
    async with serving(EverythingModel) as server:
        for part in (b"", b"GET / HTTP/1.1\r\nHos"):
            assert (await answer(await opened(server, part))).startswith(b"HTTP/1.1 408 ")
        refused = await answer(await opened(server, post(server, "/api/sessions/x/files/a/b")))
        assert refused.startswith(b"HTTP/1.1 404 ")  # answered at once, and closed later


async def test_a_body_may_take_as_long_as_a_slow_line_needs() -> None:
    assert connections.body_limit_s(0) == 30
    assert 300 < connections.body_limit_s(10 * 1024 * 1024) < 400


async def test_many_half_open_connections_keep_nobody_out(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(EverythingModel) as server, httpx.AsyncClient() as client:
        half_open = [await opened(server, b"GET / HT") for _ in range(300)]
        took_s = []
        for _ in range(20):
            started_s = time.monotonic()
            assert (await client.get(server.url)).status_code == 200
            took_s.append(time.monotonic() - started_s)
        assert sorted(took_s)[len(took_s) // 2] < 0.5
        closed = [reader.at_eof() or bool(reader._buffer) for reader, _ in half_open]  # type: ignore[attr-defined]
        assert sum(closed) >= 300 - connections.MAX_PER_ADDRESS
        for _, writer in half_open:
            writer.close()
    full = [record for record in caplog.records if "those that send no request" in record.message]
    assert len(full) <= 1


def odd_requests(server: RunningServer, count: int) -> list[bytes]:
    """Return requests with a few bytes changed, cut or repeated; the same in every run."""
    rng = random.Random(23)
    host = httpx.URL(server.url).netloc.decode()
    paths = ("/", "/api/session?protocol=1", "/static/main.js", "/metrics", "/api/recordings/x")
    requests = []
    for _ in range(count):
        head = f"{rng.choice(('GET', 'POST', 'HEAD', 'DELETE'))} {rng.choice(paths)} HTTP/1.1\r\n"
        head += f"Host: {host}\r\nOrigin: http://{host}\r\nConnection: close\r\n"
        head += rng.choice(
            ("", "Upgrade: websocket\r\nConnection: upgrade\r\n", "Range: bytes=9-1\r\n")
        )
        head += rng.choice(("", "Content-Length: 0\r\n", "Transfer-Encoding: chunked\r\n"))
        data = bytearray(f"{head}\r\n0\r\n\r\n".encode())
        for _ in range(rng.randrange(4)):
            at = rng.randrange(len(data))
            match rng.randrange(3):
                case 0:
                    data[at] = rng.randrange(256)
                case 1:
                    del data[at : at + rng.randrange(9)]
                case 2:
                    data[at:at] = bytes(rng.randrange(256) for _ in range(3))
        requests.append(bytes(data))
    return requests


async def test_odd_requests_are_answered_and_log_no_traceback(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEADER_S", 0.2)
    monkeypatch.setattr(connections, "BODY_S", 0.2)
    monkeypatch.setattr(connections, "LATE_S", 0.2)
    caplog.set_level(logging.INFO)
    async with serving(EverythingModel) as server:
        requests = odd_requests(server, 100)
        for start in range(0, len(requests), 25):
            some = requests[start : start + 25]
            answers = await asyncio.gather(
                *[answer(await opened(server, request)) for request in some]
            )
            for request, got in zip(some, answers, strict=True):
                assert got.startswith(b"HTTP/1.1 ") and got[9:10] in b"1234", (request, got[:200])
    assert [record for record in caplog.records if record.exc_info] == []
