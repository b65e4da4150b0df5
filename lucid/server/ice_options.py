"""Read the options of ``lucid serve`` about WebRTC's addresses."""

import ipaddress
import re
from collections.abc import Iterable, Mapping

from lucid.errors import MachineError
from lucid.media.ice import IceServer, IceSettings, read_ice_server

USERNAME, PASSWORD = "LUCID_TURN_USERNAME", "LUCID_TURN_PASSWORD"
"""Environment variables: other users can read a command line, but not these."""
MIN_PORT, MAX_PORT = 1024, 65535


def read_ice_options(
    servers: Iterable[str],
    udp_ports: str | None,
    advertise: str | None,
    environ: Mapping[str, str],
) -> IceSettings:
    """Return the settings for ``--ice-server``, ``--udp-ports`` and ``--advertise``.

    Raises:
        MachineError: an option is invalid, or the name and password for TURN are not set.
    """
    return IceSettings(
        tuple(_server(url, environ) for url in servers),
        None if udp_ports is None else _ports(udp_ports),
        None if advertise is None else _address(advertise),
    )


def _server(url: str, environ: Mapping[str, str]) -> IceServer:
    server = read_ice_server(url, environ.get(USERNAME), environ.get(PASSWORD))
    if server is None:
        shown = re.sub(r":[^@]*@", ":...@", url)  # it may contain a password
        raise MachineError(
            f"--ice-server {shown}: this is not the URL of a STUN or TURN server",
            hint=f"write stun:HOST, turn:HOST:PORT, turn:HOST?transport=tcp or turns:HOST, and set "
            f"{USERNAME} and {PASSWORD} for TURN",
        )
    if server.relays and not (server.username and server.password):
        raise MachineError(
            f"--ice-server {url}: a TURN server needs a name and a password",
            hint=f"set the environment variables {USERNAME} and {PASSWORD}",
        )
    return server


def _ports(text: str) -> range:
    match = re.fullmatch(r"([0-9]{1,5})-([0-9]{1,5})", text)
    first, last = (int(match[1]), int(match[2])) if match else (0, 0)
    if not MIN_PORT <= first <= last <= MAX_PORT:
        raise MachineError(
            f"--udp-ports {text}: this is not a range of ports",
            hint=f"write the first and the last port, {MIN_PORT} to {MAX_PORT}: 50000-50099",
        )
    return range(first, last + 1)


def _address(text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        address = None
    if address is None or address.is_unspecified or address.is_multicast:
        raise MachineError(
            f"--advertise {text}: this is not an IP address that a player can reach",
            hint="write the public address of this machine, for example 203.0.113.7",
        )
    return str(address)
