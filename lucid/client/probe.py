"""Measure which paths work between this machine and a server, for ``lucid doctor --network``."""

import asyncio
import contextlib
import ipaddress
import re
import ssl
import time
import urllib.parse
from dataclasses import dataclass, field
from typing import Any, Literal

import websockets
from aiortc import (
    RTCConfiguration,
    RTCIceTransportPolicy,
    RTCPeerConnection,
    RTCSessionDescription,
)

from lucid._http import HttpAnswer, ask, ms_since
from lucid.client.async_world import AsyncWorld
from lucid.media.ice import IceServer, IceSettings, prepare, read_page_servers
from lucid.server.protocol import PROTOCOL_VERSION

ANSWER_S = 5.0
"""How long to wait for the WebSocket and the server's messages."""
CHANNEL_S = 3.0
"""How long to wait for a data channel: a page has started over TCP by then."""

PathName = Literal["udp_ipv4", "udp_ipv6", "relay"]


@dataclass(frozen=True)
class Path:
    """A WebRTC connection that was tried."""

    ms: float | None
    """Time until a data channel was open; None if it did not open in time."""
    announced: tuple[str, ...]
    """The server's candidates as ``address port``; empty if it has none of this kind."""
    has_own: bool
    """Whether this machine has a candidate of this kind."""


@dataclass
class Paths:
    """The measurements, in order. If one of them failed, the later ones are empty."""

    url: str
    """The URL of the player page, without its query."""
    has_token: bool
    http: HttpAnswer
    socket_ms: float | None = None
    socket_error: Exception | None = None
    servers: tuple[IceServer, ...] = ()
    problems_here: list[str] = field(default_factory=list)
    """Which STUN and TURN servers cannot be used from this machine."""
    problems_there: list[str] = field(default_factory=list)
    """Which STUN and TURN servers and UDP ports the server cannot use."""
    public_address: str | None = None
    """This machine's address as a STUN server sees it."""
    tried: dict[PathName, Path] = field(default_factory=dict)


async def measure(url: str, tls: ssl.SSLContext) -> Paths:
    """Try HTTP, the WebSocket, and WebRTC over IPv4, IPv6 and a relay."""
    parts = urllib.parse.urlsplit(url)
    path = parts.path if parts.path.endswith("/") else f"{parts.path}/"
    world = _ProbeWorld(parts._replace(path=path).geturl(), tls=tls)
    query = world.query("token")
    page = f"{world.base}?{urllib.parse.urlencode(query)}" if query else world.base
    paths = Paths(world.base, bool(query), await asyncio.to_thread(ask, page, tls))
    if paths.http.error is not None or (paths.http.status or 400) >= 400:
        return paths
    try:
        started_s = time.monotonic()
        parameters = {"protocol": str(PROTOCOL_VERSION), "probe": "1", **query}
        async with asyncio.timeout(ANSWER_S):
            await world.connect(urllib.parse.urlencode(parameters))
        greeting = await world.next("probe", [])
        paths.socket_ms = ms_since(started_s)
        paths.servers = read_page_servers(greeting["ice_servers"])
        names: tuple[PathName, ...] = ("udp_ipv4", "udp_ipv6", "relay")
        for name in names:
            if name != "relay" or any(server.relays for server in paths.servers):
                paths.tried[name] = await _try(world, name, paths)
    except (OSError, websockets.WebSocketException) as error:
        paths.socket_error = error
    finally:
        await world.close()
    return paths


class _ProbeWorld(AsyncWorld):
    """A signaling socket that keeps the messages of a probe."""

    def __init__(self, url: str, tls: ssl.SSLContext) -> None:
        super().__init__(url, tls=tls)
        self._told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def on_signal(self, message: dict[str, Any]) -> None:
        self._told.put_nowait(message)

    async def next(self, kind: str, problems: list[str]) -> dict[str, Any]:
        """Return the next message of a type; add the errors before it to ``problems``.

        Raises:
            ConnectionError: the server closed the socket, or does not answer.
        """
        while True:
            try:
                message = await asyncio.wait_for(self._told.get(), ANSWER_S)
            except TimeoutError:
                raise ConnectionError(f"no answer within {ANSWER_S:g} s") from None
            if message["type"] == kind:
                return message
            if message["type"] == "closed":
                raise ConnectionError("the server closed the connection")
            if message["type"] == "error":
                problems.append(message["message"].removesuffix(", so the video comes over TCP"))


async def _try(world: _ProbeWorld, name: PathName, paths: Paths) -> Path:
    """Open a data channel with the candidates of one kind only."""
    policy = RTCIceTransportPolicy.RELAY if name == "relay" else RTCIceTransportPolicy.ALL
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[], iceTransportPolicy=policy))
    started_s, opened = time.monotonic(), asyncio.Event()
    pc.createDataChannel("lucid").on("open", opened.set)
    try:
        here: list[str] = []
        kinds = [server for server in paths.servers if server.relays == (name == "relay")]
        prepare(pc, IceSettings(tuple(kinds if name != "udp_ipv6" else ())), here.append)
        await pc.setLocalDescription(await pc.createOffer())
        paths.problems_here += here
        own = pc.localDescription.sdp
        found = re.search(r"a=candidate:\S+ 1 udp \d+ (\S+) \d+ typ srflx", own)
        paths.public_address = found[1] if found else paths.public_address
        await world.signal({"type": "offer", "sdp": _only(own, name)})
        there: list[str] = []
        answer = _only((await world.next("answer", there))["sdp"], name)
        paths.problems_there += [
            problem for problem in there if problem not in paths.problems_there
        ]
        announced = tuple(dict.fromkeys(f"{address} {port}" for address, port, _ in _parse(answer)))
        has_own = bool(_parse(_only(own, name)))
        if not announced or not has_own:
            return Path(None, announced, has_own)
        await pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(opened.wait(), CHANNEL_S)
        return Path(ms_since(started_s) if opened.is_set() else None, announced, has_own)
    finally:
        await pc.close()


_CANDIDATE = re.compile(r"a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ (\w+)[^\r\n]*\r\n", re.I)


def _parse(sdp: str) -> list[tuple[str, str, str]]:
    """Return address, port and type of each candidate."""
    return _CANDIDATE.findall(sdp)


def _only(sdp: str, name: PathName) -> str:
    """Keep the candidates of one kind; all of them for a relay, which reaches any address."""

    def kept(match: re.Match[str]) -> str:
        address, _, kind = match.groups()
        version = ipaddress.ip_address(address).version
        wanted = version == (4 if name == "udp_ipv4" else 6) and kind != "relay"
        return match[0] if name == "relay" or wanted else ""

    return _CANDIDATE.sub(kept, sdp).replace("a=end-of-candidates\r\n", "")
