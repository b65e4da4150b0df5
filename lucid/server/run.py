"""Bind, say where, serve."""

from __future__ import annotations

import errno
import secrets
import socket
import tempfile
import webbrowser
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import ifaddr
import uvicorn
from starlette.types import ASGIApp

from lucid.errors import MachineError
from lucid.runtime.host import Host
from lucid.runtime.worker import Worker
from lucid.server.app import create_app
from lucid.server.certificate import write_certificate
from lucid.server.guard import WILDCARD, Access, names_of, needs_token
from lucid.server.protocol import MAX_SIGNALING_BYTES

SHUTDOWN_S = 3


@dataclass(frozen=True)
class Where:
    """Where a server listens, and for whom."""

    bind: str
    tcp_port: int
    https: bool = False
    """With a certificate made on the spot."""
    embedders: tuple[str, ...] = ()
    """Other origins whose pages may show the player."""


def serve(
    worker: Worker,
    where: Where,
    *,
    say_url: Callable[[str], None],
    open_browser: bool = False,
) -> None:
    """Serve a worker's model until interrupted; ``say_url`` is called before anything is loaded.

    Raises:
        MachineError: the address or TCP port cannot be bound, or an embedder is no origin.
    """
    _check_origins(where.embedders)
    listener = listen(where.bind, where.tcp_port)
    tcp_port = listener.getsockname()[1]
    token = secrets.token_urlsafe(24) if needs_token(where.bind) else None
    url = _url(where, tcp_port)
    full_url = url + (f"?token={token}" if token else "")
    say_url(full_url)
    if open_browser:
        webbrowser.open(full_url)
    address = url if where.bind in WILDCARD else None
    access = Access.to(where.bind, tcp_port, token, address, where.embedders)
    with tempfile.TemporaryDirectory(prefix="lucid-https-") as folder:
        config = server_config(create_app(Host(worker), access))
        if where.https:
            paths = write_certificate(Path(folder), names_of(where.bind))
            config.ssl_certfile, config.ssl_keyfile = map(str, paths)
        uvicorn.Server(config).run(sockets=[listener])


def server_config(app: ASGIApp) -> uvicorn.Config:
    """How uvicorn runs the application."""
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        ws="websockets-sansio",
        ws_max_size=MAX_SIGNALING_BYTES,
        timeout_graceful_shutdown=SHUTDOWN_S,
        server_header=False,
    )


def _check_origins(origins: Iterable[str]) -> None:
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
            raise MachineError(
                f"--embed {origin}: that is no origin",
                hint="write the scheme and host of the page, as in https://example.org",
            )


def listen(bind: str, tcp_port: int) -> socket.socket:
    """A socket that listens there, whose connections send each part of an answer at once.

    Raises:
        MachineError: the address or TCP port cannot be bound.
    """
    try:
        info = socket.getaddrinfo(bind, tcp_port, type=socket.SOCK_STREAM)[0]
        listener = socket.create_server(info[4][:2], family=info[0])
        # Connections inherit it. asyncio would set it itself, but not on sockets of create_server,
        # which do not name their protocol: then a body waits 40 ms for its headers' ACK.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except socket.gaierror as error:
        raise MachineError(
            f"{bind} is no address of this machine: {error.strerror}",
            hint="write --host 127.0.0.1, or --lan to be reached from elsewhere",
        ) from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise MachineError(
                f"TCP port {tcp_port} is taken on {bind}",
                hint="write --port 0 for a free one, or stop what uses it",
            ) from None
        raise MachineError(
            f"cannot listen on {bind} port {tcp_port}: {error.strerror}",
            hint="choose another --host or --port (1024 or above)",
        ) from None


def _url(where: Where, tcp_port: int) -> str:
    name = _own_address() if where.bind in WILDCARD else where.bind
    host = f"[{name}]" if ":" in name else name
    return f"{'https' if where.https else 'http'}://{host}:{tcp_port}/"


def _own_address() -> str:
    """An IPv4 address that others on the network can type; loopback where there is none."""
    addresses = (ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4)
    plain = [str(address) for address in addresses]
    return next((ip for ip in plain if not ip.startswith(("127.", "169.254."))), "127.0.0.1")
