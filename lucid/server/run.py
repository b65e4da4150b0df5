"""Bind, say where, serve."""

from __future__ import annotations

import errno
import secrets
import socket
import webbrowser
from collections.abc import Callable

import ifaddr
import uvicorn
from starlette.types import ASGIApp

from lucid.errors import MachineError
from lucid.runtime.host import Host
from lucid.runtime.worker import Worker
from lucid.server.app import create_app
from lucid.server.guard import WILDCARD, Access, needs_token
from lucid.server.protocol import MAX_SIGNALING_BYTES

SHUTDOWN_S = 3


def serve(
    worker: Worker,
    bind: str,
    tcp_port: int,
    *,
    say_url: Callable[[str], None],
    open_browser: bool = False,
) -> None:
    """Serve a worker's model until interrupted; ``say_url`` is called before anything is loaded.

    Raises:
        MachineError: the address or TCP port cannot be bound.
    """
    listener = _bind(bind, tcp_port)
    tcp_port = listener.getsockname()[1]
    token = secrets.token_urlsafe(24) if needs_token(bind) else None
    url = _url(bind, tcp_port, token)
    say_url(url)
    if open_browser:
        webbrowser.open(url)
    app = create_app(Host(worker), Access.to(bind, tcp_port, token))
    uvicorn.Server(server_config(app)).run(sockets=[listener])


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


def _bind(bind: str, tcp_port: int) -> socket.socket:
    try:
        info = socket.getaddrinfo(bind, tcp_port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(info[4][:2], family=info[0])
    except socket.gaierror as error:
        raise MachineError(
            f"{bind} is no address of this machine: {error.strerror}",
            hint="write --host 127.0.0.1, or --host 0.0.0.0 to be reached from elsewhere",
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


def _url(bind: str, tcp_port: int, token: str | None) -> str:
    name = _own_address() if bind in WILDCARD else bind
    host = f"[{name}]" if ":" in name else name
    return f"http://{host}:{tcp_port}/" + (f"?token={token}" if token else "")


def _own_address() -> str:
    """An IPv4 address that others on the network can type; loopback where there is none."""
    addresses = (ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4)
    plain = [str(address) for address in addresses]
    return next((ip for ip in plain if not ip.startswith(("127.", "169.254."))), "127.0.0.1")
