"""Gather ICE candidates from this machine's addresses and from STUN and TURN servers."""

import asyncio
import ipaddress
import logging
import re
import socket
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aioice import Candidate, Connection
from aioice.candidate import candidate_foundation, candidate_priority
from aioice.ice import StunProtocol, TransportPolicy, relayed_candidate, server_reflexive_candidate
from aioice.stun import TransactionError, TransactionFailed
from aioice.turn import UDP_SOCKET_BUFFER_SIZE
from aiortc import RTCPeerConnection

GATHER_S = 1.5
"""How long to wait for STUN and TURN servers. After this time, a page also starts over TCP."""
REFUSED = (401, 403)
"""Error codes of a server that does not accept the name and password."""
WILDCARDS = {4: "0.0.0.0", 6: "::"}

_URL = re.compile(
    r"(stun|turns?):(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+))(?::([0-9]{1,5}))?"
    r"(?:\?transport=(udp|tcp))?",
    re.I,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class IceServer:
    """A STUN or TURN server."""

    url: str
    host: str
    udp_or_tcp_port: int
    relays: bool = False
    """Whether it is a TURN server."""
    tcp: bool = False
    tls: bool = False
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    def for_page(self) -> dict[str, str]:
        """Return the ``RTCIceServer`` of a browser; it contains the password."""
        if self.username is None or self.password is None:
            return {"urls": self.url}
        return {"urls": self.url, "username": self.username, "credential": self.password}


@dataclass(frozen=True)
class IceSettings:
    """The candidates that a peer connection announces to the other side."""

    servers: tuple[IceServer, ...] = ()
    udp_ports: range | None = None
    """The ports for the host candidates; None means any."""
    advertise: str | None = None
    """The IP address to announce instead of this machine's own of the same version."""


ANY_PORT = IceSettings()


def read_ice_server(
    url: str, username: str | None = None, password: str | None = None
) -> IceServer | None:
    """Read a URL such as ``turn:example.org:3478?transport=tcp``; None for any other URL.

    Name and password are for TURN; a STUN server needs none.
    """
    match = _URL.fullmatch(url)
    if match is None:
        return None
    scheme, ipv6, name, port, transport = match.groups()
    scheme = scheme.lower()
    if (scheme == "stun" and transport) or (scheme == "turns" and transport == "udp"):
        return None
    number = int(port or (5349 if scheme == "turns" else 3478))
    if not 0 < number < 2**16:
        return None
    relays = scheme != "stun"
    return IceServer(
        url,
        ipv6 or name,
        number,
        relays=relays,
        tcp=transport == "tcp" or scheme == "turns",
        tls=scheme == "turns",
        username=username if relays else None,
        password=password if relays else None,
    )


def read_page_servers(servers: Iterable[dict[str, str]]) -> tuple[IceServer, ...]:
    """Return the servers of a ``hello``; leave out those that this client cannot use."""
    read = (read_ice_server(s["urls"], s.get("username"), s.get("credential")) for s in servers)
    return tuple(server for server in read if server is not None)


def prepare(
    pc: RTCPeerConnection, settings: IceSettings, on_problem: Callable[[str], None]
) -> None:
    """Make a peer connection gather its candidates according to ``settings``.

    Call it after the media lines are known, before ``setLocalDescription``. ``on_problem`` gets a
    sentence for each server or port that cannot be used; the other candidates are gathered.
    """
    lines = [line.sender.transport for line in pc.getTransceivers()]
    if pc.sctp is not None:
        lines.append(pc.sctp.transport)
    for connection in {line.transport.iceGatherer._connection for line in lines}:
        gather = partial(gather_candidates, connection, settings, on_problem)
        connection.get_component_candidates = gather  # type: ignore[method-assign]  # aioice has no hook


async def gather_candidates(
    connection: Connection,
    settings: IceSettings,
    on_problem: Callable[[str], None],
    component: int,
    addresses: list[str],
) -> list[Candidate]:
    """Open the sockets of a connection, and return its candidates.

    This replaces ``Connection.get_component_candidates``, which uses any port, one STUN server and
    one TURN server, waits 5 s for them, and does not report why a server failed.
    """
    hosts: list[StunProtocol] = []
    for bind, announced in _announced(addresses, settings.advertise):
        protocol = await _open(connection, bind, settings.udp_ports)
        if protocol is None:
            if settings.udp_ports is not None:
                ports = f"{settings.udp_ports[0]}-{settings.udp_ports[-1]}"
                on_problem(f"no UDP port of {ports} is free for another player")
            continue
        port = protocol.transport.get_extra_info("sockname")[1]
        protocol.local_candidate = _host_candidate(component, announced, port)
        hosts.append(protocol)
    connection._protocols += hosts
    jobs = [
        _limited(server, request, on_problem)
        for server in settings.servers
        for request in _requests(connection, component, server, hosts)
    ]
    found = [protocol.local_candidate for protocol in hosts]
    for answer in await asyncio.gather(*jobs):
        if answer is not None:
            candidate, relay = answer
            found.append(candidate)
            if relay is not None:
                connection._protocols.append(relay)
    return found


_Answer = tuple[Candidate, StunProtocol | None]


def _requests(
    connection: Connection, component: int, server: IceServer, hosts: list[StunProtocol]
) -> Iterable[Coroutine[Any, Any, _Answer]]:
    """Yield the requests to a server: for a relay, or for each IPv4 socket's public address."""
    address = (server.host, server.udp_or_tcp_port)
    if server.relays:
        yield relayed_candidate(
            component=component,
            hide_related_address=connection._transport_policy is TransportPolicy.RELAY,
            protocol_factory=lambda: StunProtocol(connection),
            turn_server=address,
            turn_username=server.username,
            turn_password=server.password,
            turn_ssl=server.tls,
            turn_transport="tcp" if server.tcp else "udp",
        )
        return
    for protocol in hosts:
        if _version(protocol.local_candidate.host) == 4:
            yield server_reflexive_candidate(protocol, address)


async def _limited(
    server: IceServer, request: Coroutine[Any, Any, _Answer], on_problem: Callable[[str], None]
) -> _Answer | None:
    """Send a request to a server. Return None, and report why, if it fails."""
    try:
        async with asyncio.timeout(GATHER_S):
            return await request
    except TransactionFailed as error:
        code, reason = error.response.attributes.get("ERROR-CODE", (0, "no reason given"))
        said = f"{code} {reason}".strip()
        if code in REFUSED:
            said += ": it does not accept the name and password"
        on_problem(f"{server.url} refused: {said}")
    except (TimeoutError, TransactionError):
        on_problem(f"{server.url} did not answer within {GATHER_S:g} s")
    except OSError as error:  # the name is unknown, the connection was refused, or TLS failed
        on_problem(f"{server.url} cannot be reached: {error.strerror or error}")
    return None


def _announced(addresses: list[str], advertise: str | None) -> list[tuple[str, str]]:
    """Return the address to bind and the address to announce, for each host candidate."""
    own = [(address, address) for address in addresses]
    if advertise is None:
        return own
    version = _version(advertise)
    kept = [pair for pair in own if _version(pair[0]) != version]
    return [(WILDCARDS[version], advertise), *kept]


def _version(address: str) -> int:
    return ipaddress.ip_address(address.partition("%")[0]).version


async def _open(connection: Connection, bind: str, ports: range | None) -> StunProtocol | None:
    """Open a UDP socket on the first free port; None if no port is free."""
    loop = asyncio.get_running_loop()
    for port in ports if ports is not None else (0,):
        try:
            transport, protocol = await loop.create_datagram_endpoint(
                lambda: StunProtocol(connection), local_addr=(bind, port)
            )
        except OSError as error:  # in use, or the address does not accept sockets
            logger.debug("cannot bind UDP port %d of %s: %s", port, bind, error)
            continue
        own = transport.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UDP_SOCKET_BUFFER_SIZE)
        return protocol
    return None


def _host_candidate(component: int, address: str, port: int) -> Candidate:
    return Candidate(
        foundation=candidate_foundation("host", "udp", address),
        component=component,
        transport="udp",
        priority=candidate_priority(component, "host"),
        host=address,
        port=port,
        type="host",
    )
