"""WebRTC through TURN, on chosen UDP ports, at an announced address and over IPv6."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCIceTransportPolicy, RTCPeerConnection

from lucid.errors import MachineError
from lucid.media.ice import IceSettings
from lucid.server.ice_options import read_ice_options
from tests.player import Player
from tests.ports import EverythingModel
from tests.server.proxies import turn_server
from tests.server.test_live import is_red
from tests.servers import serving
from tests.waits import LIMIT_S, until

LOGIN = {"LUCID_TURN_USERNAME": "lucid", "LUCID_TURN_PASSWORD": "fig tart"}
WRONG = {**LOGIN, "LUCID_TURN_PASSWORD": "guess"}


def settings(*servers: str, ports: str | None = None, advertise: str | None = None) -> IceSettings:
    return read_ice_options(servers, ports, advertise, LOGIN)


async def relay_only(player: Player) -> None:
    """Let a player use no address but that of a relay."""
    await player.pc.close()
    policy, bundle = RTCIceTransportPolicy.RELAY, RTCBundlePolicy.MAX_BUNDLE
    player.pc = RTCPeerConnection(
        RTCConfiguration(iceServers=[], iceTransportPolicy=policy, bundlePolicy=bundle)
    )


def types_in(sdp: str) -> set[str]:
    return set(re.findall(r"a=candidate:.* typ (\w+)", sdp))


def udp_sockets() -> int:
    return len(psutil.Process().net_connections("udp"))


async def test_a_page_that_leaves_while_addresses_are_gathered_leaves_no_socket() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.setblocking(False)
        ice = settings("stun:127.0.0.1:{1}".format(*silent.getsockname()))
        async with serving(EverythingModel, ice=ice) as server:
            player = Player(server.url)
            await player.connect()
            await player.until(lambda: player.state == "ready")
            player.hello["ice_servers"] = []  # only the server asks the STUN server
            before = udp_sockets()
            offering = asyncio.create_task(player.offer())
            await asyncio.get_running_loop().sock_recv(silent, 2048)
            gc.disable()
            try:
                await player.drop()
                offering.cancel()
                await asyncio.gather(offering, return_exceptions=True)
                await until(lambda: udp_sockets() == before)
            finally:
                gc.enable()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_relay_is_enough_to_play(tmp_path: Path, transport: str) -> None:
    with turn_server(tmp_path) as port:
        url = f"turn:127.0.0.1:{port}?transport={transport}"
        async with serving(EverythingModel, ice=settings(url)) as server:
            player = Player(server.url)
            await relay_only(player)
            await player.play()
            assert types_in(player.pc.localDescription.sdp) == {"relay"}
            assert "relay" in types_in(player.pc.remoteDescription.sdp)
            player.send("forward", pressed=True)
            await player.until_picture(is_red)
            await player.leave()


async def test_a_stun_server_tells_the_public_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lucid.media.ice.GATHER_S", LIMIT_S)  # a busy machine answers late
    with turn_server(tmp_path) as port:
        async with serving(EverythingModel, ice=settings(f"stun:127.0.0.1:{port}")) as server:
            player = Player(server.url)
            await player.play()
            for description in (player.pc.localDescription, player.pc.remoteDescription):
                assert types_in(description.sdp) == {"host", "srflx"}
            await player.leave()


def bad_servers(port: int) -> dict[str, tuple[IceSettings, str]]:
    turn, nobody = f"turn:127.0.0.1:{port}", f"turn:127.0.0.1:{port}?transport=tcp"
    return {
        "refuses": (read_ice_options([turn], None, None, WRONG), "401 Unauthorized"),
        "unreachable": (settings(nobody), "cannot be reached"),
        "unknown": (settings("turn:turn.invalid"), "cannot be reached"),
        "silent": (settings(turn), "did not answer within 1.5 s"),
    }


@pytest.mark.parametrize("why", ["refuses", "unreachable", "unknown", "silent"])
async def test_without_its_turn_server_play_goes_on_over_tcp(
    tmp_path: Path, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent, turn_server(tmp_path) as port:
        silent.bind(("127.0.0.1", 0))
        used = silent.getsockname()[1] if why in ("silent", "unreachable") else port
        ice, message = bad_servers(used)[why]
        async with serving(EverythingModel, ice=ice) as server:
            player = Player(server.url)
            await relay_only(player)
            await player.join(30)
            await player.until(lambda: bool(player.errors))
            (error,) = player.errors
            assert error["code"] == "media.ice"
            assert message in error["message"]
            assert player.ice_problems and message in player.ice_problems[0]
            await player.signal(
                {"type": "input", "seq": 1, "name": "forward", "args": {"pressed": True}}
            )
            await player.until_picture(is_red)
            await player.leave()
    assert message in caplog.text
    assert "guess" not in caplog.text + error["message"]


async def test_all_media_uses_the_ports_and_the_address_that_are_announced() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("0.0.0.0", 0))
        first = taken.getsockname()[1]
        ice = settings(ports=f"{first}-{first + 1}", advertise="127.0.0.1")
        async with serving(EverythingModel, ice=ice) as server:
            players = [Player(server.url), Player(server.url)]
            for player in players:  # the server only learns their address from their packets
                player.rewrite = lambda sdp: re.sub(r"a=candidate.*\r\n", "", sdp)
            await players[0].play()
            sdp = players[0].pc.remoteDescription.sdp
            ipv4 = set(re.findall(r"a=candidate:\S+ 1 udp \d+ ([0-9.]+) (\d+)", sdp))
            assert ipv4 == {("127.0.0.1", str(first + 1))}
            players[0].send("forward", pressed=True)
            await players[0].until_picture(is_red)
            _, _, key = players[0].hello["play_url"].partition("?")
            guest = players[1]
            await guest.connect(f"protocol=1&{key}")
            await guest.until(lambda: guest.state == "ready")
            await guest.offer()
            await guest.use_socket()
            await guest.until(lambda: bool(guest.errors))
            assert f"no UDP port of {first}-{first + 1} is free" in guest.errors[0]["message"]
            for player in players:
                await player.leave()


IPV6_ONLY = """
import asyncio, lucid.client
from tests.ports import EverythingModel
from tests.servers import serving

def play(url):
    with lucid.client.connect(url, wire="webrtc") as world:
        sdp = world._session.pc.remoteDescription.sdp
        assert "fd00::7" in sdp and "127.0.0.1" not in sdp, sdp
        world.inputs.forward(pressed=True)
        world.wait(lambda: world.frame()[..., 0].mean() > 200)

async def main():
    async with serving(EverythingModel) as server:
        await asyncio.to_thread(play, server.url)

asyncio.run(main())
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, for a network namespace")
async def test_ipv6_is_enough_to_play() -> None:
    script = 'ip link set lo up && ip -6 addr add fd00::7/128 dev lo && exec "$@"'
    command = ["unshare", "--net", "sh", "-c", script, "sh", sys.executable, "-c", IPV6_ONLY]
    await asyncio.to_thread(subprocess.run, command, check=True, timeout=60)


@pytest.mark.parametrize(
    ("servers", "ports", "advertise", "environ", "match"),
    [
        (["example.org"], None, None, LOGIN, "not the URL of a STUN or TURN server"),
        (["turn:me:secret@example.org"], None, None, LOGIN, r"turn:\.\.\.@example"),
        (["turn:example.org:99999"], None, None, LOGIN, "not the URL"),
        (["turns:example.org?transport=udp"], None, None, LOGIN, "not the URL"),
        (["turn:example.org"], None, None, {}, "needs a name and a password"),
        ([], "50000", None, {}, "not a range of ports"),
        ([], "50001-50000", None, {}, "not a range of ports"),
        ([], "80-90", None, {}, "not a range of ports"),
        ([], "70000-70001", None, {}, "not a range of ports"),
        ([], None, "example.org", {}, "not an IP address"),
        ([], None, "0.0.0.0", {}, "not an IP address"),
    ],
)
def test_an_invalid_option_is_refused_without_its_password(
    servers: list[str],
    ports: str | None,
    advertise: str | None,
    environ: dict[str, str],
    match: str,
) -> None:
    with pytest.raises(MachineError, match=match) as refused:
        read_ice_options(servers, ports, advertise, environ)
    assert "secret" not in str(refused.value)


def test_the_password_is_not_shown_with_the_settings() -> None:
    assert "fig tart" not in repr(settings("turn:example.org"))
