"""``lucid doctor --network`` against real servers."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from lucid._http import HttpAnswer
from lucid.cli.network import PathFinding, find_paths, judge
from lucid.client.probe import Path as Tried
from lucid.client.probe import Paths
from lucid.errors import MachineError
from lucid.server.ice_options import read_ice_options
from lucid.server.run import write_certificate
from tests.cli.running import lucid
from tests.player import Player
from tests.ports import EverythingModel
from tests.server.proxies import free_port, turn_server
from tests.server.test_ice import LOGIN, WRONG
from tests.servers import serving


async def found(url: str, ca: Path | None = None) -> dict[str, PathFinding]:
    return {one.id: one for one in await asyncio.to_thread(find_paths, url, ca)}


async def test_all_paths_to_a_server_work_while_another_player_plays(tmp_path: Path) -> None:
    async with serving(EverythingModel, token="a token") as server, playing_with_token(server.url):
        url = f"{server.url}?token=a%20token"
        run = await asyncio.to_thread(lucid, "doctor", "--network", url, "--json", cwd=tmp_path)
        report = json.loads(run.stdout)
        assert (run.returncode, report["ok"]) == (0, True)
        by_id = {one["id"]: one for one in report["findings"]}
        assert list(by_id) == ["http", "websocket", "udp_ipv4", "udp_ipv6", "play"]
        assert {one["status"] for one in by_id.values()} == {"ok"}
        assert all(by_id[name]["ms"] > 0 for name in ("http", "websocket", "udp_ipv4"))
        assert by_id["play"]["message"] == "a page here plays over WebRTC"


@asynccontextmanager
async def playing_with_token(url: str) -> AsyncIterator[None]:

    player = Player(url)
    await player.play(over_socket=True, query="protocol=1&token=a%20token")
    try:
        yield
    finally:
        assert player.state == "running"
        await player.leave()


@pytest.mark.parametrize("login", [LOGIN, WRONG])
async def test_stun_and_turn_are_tried_from_both_sides(
    tmp_path: Path, login: dict[str, str]
) -> None:
    with turn_server(tmp_path) as port:
        urls = [f"stun:127.0.0.1:{port}", f"turn:127.0.0.1:{port}"]
        ice = read_ice_options(urls, None, None, login)
        async with serving(EverythingModel, ice=ice) as server:
            by_id = await found(server.url)
    assert by_id["stun"].status == "ok"
    assert "your address is" in by_id["stun"].message
    if login is LOGIN:
        assert by_id["relay"].status == "ok"
        assert (by_id["relay"].ms or 0) > 0
    else:
        assert by_id["turn"].status == "warn"
        assert "401 Unauthorized" in by_id["turn"].message
        assert "LUCID_TURN_PASSWORD" in (by_id["turn"].remedy or "")


@asynccontextmanager
async def another_program(answer: str, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Run a web server that gives one answer to everything."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        text = answer
        if b"Upgrade: websocket" in head:
            text = "404 Not Found\r\n\r\n"
        writer.write(f"HTTP/1.1 {text}".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}/"


@pytest.mark.parametrize(
    ("answer", "name", "message", "remedy"),
    [
        ("502 Bad Gateway\r\n\r\n", "http", "answers 502", "start `lucid serve` behind it"),
        ("302 Found\r\nLocation: /login\r\n\r\n", "http", "leads to /login", "log in"),
        ("421 Wrong\r\n\r\n", "http", "does not answer to", "--public-url http://127.0.0.1"),
        ("200 OK\r\n\r\n<h1>Wiki</h1>", "http", "another program", "open the one"),
        ("200 OK\r\n\r\nstatic/player.js", "websocket", "HTTP 404", "pass WebSockets on"),
        ("nonsense", "http", "cannot be reached", "check the URL"),
    ],
)
async def test_each_answer_of_a_proxy_or_another_program_has_one_clear_message(
    answer: str, name: str, message: str, remedy: str
) -> None:
    async with another_program(answer) as url:
        last = list((await found(url)).values())[-1]
    assert (last.id, last.status) == (name, "fail")
    assert message in last.message
    assert remedy in (last.remedy or "")


async def test_wrong_tokens_and_paths_are_named() -> None:
    async with serving(EverythingModel, token="a token") as server:
        for url, message in (
            (f"{server.url}?token=other", "refuses this token"),
            (server.url, "needs a token"),
            (f"{server.url}lab?token=a%20token", "there is no player at"),
        ):
            (only,) = (await found(url)).values()
            assert (only.id, only.status) == ("http", "fail")
            assert message in only.message
        (wrong_scheme,) = (await found(server.url.replace("http", "https"))).values()
        assert "does not speak TLS" in wrong_scheme.message


async def test_an_unknown_certificate_is_named_and_can_be_trusted(tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path, ["127.0.0.1"])
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    async with another_program("200 OK\r\n\r\n<h1>Wiki</h1>", tls) as url:
        (unknown,) = (await found(url)).values()
        assert "is not trusted" in unknown.message
        assert "--ca FILE" in (unknown.remedy or "")
        (trusted,) = (await found(url, certificate)).values()
        assert "another program" in trusted.message


async def test_without_a_server_the_next_step_is_named(tmp_path: Path) -> None:
    (only,) = (await found(f"http://127.0.0.1:{free_port()}/")).values()
    assert "nothing listens" in only.message
    (only,) = (await found("http://gpu.invalid/")).values()
    assert "cannot be reached" in only.message
    with pytest.raises(MachineError, match="not an http or https URL"):
        find_paths("gpu:8420", None)
    with pytest.raises(MachineError, match="No such file"):
        find_paths("http://127.0.0.1/", tmp_path / "missing.pem")


@pytest.mark.parametrize(
    ("url", "announced", "remedy"),
    [
        ("http://127.0.0.1:8420/", "10.0.0.4 50000", "SSH tunnel"),
        ("https://gpu.example.org/", "10.0.0.4 50000", "--advertise PUBLIC_IP"),
        ("https://gpu.example.org/", "8.8.4.4 50000", "firewall"),
    ],
)
def test_what_to_change_for_udp_depends_on_the_addresses(
    url: str, announced: str, remedy: str
) -> None:
    blocked = Tried(None, (announced,), has_own=True)
    none = Tried(None, (), has_own=True)
    paths = Paths(url, False, HttpAnswer(9, 200, "static/player.js"), socket_ms=9)
    paths.tried |= {"udp_ipv4": blocked, "udp_ipv6": none}
    by_id = {one.id: one for one in judge(paths)}
    assert by_id["udp_ipv4"].status == "warn"
    assert announced in by_id["udp_ipv4"].message
    assert remedy in (by_id["udp_ipv4"].remedy or "")
    assert (by_id["udp_ipv6"].status, by_id["udp_ipv6"].remedy) == ("ok", None)
    assert by_id["play"].status == "warn"
    assert "over TCP" in by_id["play"].message
