"""Bind the address, print it, and serve."""

import asyncio
import asyncio.constants
import datetime
import errno
import ipaddress
import os
import secrets
import signal
import socket
import time
import webbrowser
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from starlette.types import ASGIApp

from lucid.errors import MachineError, reason
from lucid.machine import SERVER_NAME
from lucid.media.ice import ANY_PORT, IceSettings
from lucid.runtime.host import Host
from lucid.runtime.load_times import LoadTimes
from lucid.runtime.worker import Worker
from lucid.server.addresses import (
    PublicUrl,
    canonical,
    is_loopback,
    name_of,
    names_of,
    printed_names,
    read_origin,
    read_public_url,
    with_port,
)
from lucid.server.app import create_app
from lucid.server.capsules import SAVE_NOTHING, Saving
from lucid.server.connections import HEADER_S, Connection
from lucid.server.folders import own_folder, remove_own_folders
from lucid.server.guard import Access, needs_token
from lucid.server.protocol import MAX_SIGNALING_BYTES

SHUTDOWN_S = 3
DRAIN_S = 5.0
"""How long players may go on after SIGTERM."""
BACKLOG = 256
"""How many connections may wait to be accepted."""


@dataclass(frozen=True)
class Where:
    """The address that a server listens on, and the pages that may use it."""

    bind: str
    tcp_port: int
    https: bool = False
    """Whether to serve HTTPS with a new self-signed certificate."""
    embedders: tuple[str, ...] = ()
    """Other origins whose pages may embed the player."""
    public_urls: tuple[str, ...] = ()
    """The URLs of proxies, tunnels or NATs in front of this server, the best first."""
    trusts_proxy: bool = False
    """Whether the proxy's ``X-Forwarded-*`` headers count."""
    ice: IceSettings = ANY_PORT
    """What WebRTC announces: STUN and TURN servers, UDP ports and an address."""


def serve(
    worker: Worker,
    where: Where,
    *,
    say_urls: Callable[[list[str]], None],
    open_browser: bool = False,
    turn_s: float | None = None,
    saving: Saving = SAVE_NOTHING,
    kill: Callable[[], None] = lambda: None,
) -> None:
    """Serve a worker's model until interrupted. A second signal calls ``kill``.

    ``say_urls`` is called with the URLs of the server, the best first, before the model loads.
    ``turn_s`` limits how long a player plays while others wait. ``saving`` says where each session
    is saved.

    Raises:
        MachineError: the address or TCP port cannot be bound, or an option has an invalid URL.
    """
    embedders = [_origin("--embed", url) for url in where.embedders]
    public = read_public_urls(where.public_urls)
    bind = canonical(where.bind)
    listener = listen(bind, where.tcp_port)
    tcp_port = listener.getsockname()[1]
    token = secrets.token_urlsafe(24) if needs_token(bind, public) else None
    scheme = "https" if where.https else "http"
    own = [f"{scheme}://{with_port(name, tcp_port)}/" for name in printed_names(bind)]
    urls = [*(url.base for url in public), *own]
    full_urls = [url + (f"?token={token}" if token else "") for url in urls]
    say_urls(full_urls)
    if open_browser:
        webbrowser.open(full_urls[0])
    address = None if is_loopback(bind) else urls[0]
    access = Access.to(bind, tcp_port, token, address, embedders, public, where.trusts_proxy)
    with own_folder() as folder:
        host = Host(worker, LoadTimes.of(worker.manifest.model.name), turn_s)
        config = server_config(create_app(host, access, ice=where.ice, saving=saving))
        if where.https:
            names = [*names_of(bind), *(name_of(url.origin) for url in public)]
            paths = write_certificate(folder, names)
            config.ssl_certfile, config.ssl_keyfile = map(str, paths)
            asyncio.constants.SSL_HANDSHAKE_TIMEOUT = HEADER_S  # uvicorn has no option for it
        Server(config, host, kill).run(sockets=[listener])


class Server(uvicorn.Server):
    """On SIGTERM, it tells the players, and stops after ``DRAIN_S`` or when all have left.

    A second signal stops it at once.
    """

    def __init__(self, config: uvicorn.Config, host: Host, kill: Callable[[], None]) -> None:
        super().__init__(config)
        self._host = host
        self._kill = kill
        self._signals = 0
        self._stop_s: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Handle a signal."""
        self._signals += 1
        if self._signals > 1:
            self._kill()
            remove_own_folders()
            os._exit(0 if sig == signal.SIGTERM else 130)
        elif sig != signal.SIGTERM:
            super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Return whether to stop."""
        if self._signals and not self.should_exit:
            if self._stop_s is None:
                self._stop_s = time.monotonic() + DRAIN_S
                self._host.announce_stop(DRAIN_S)
            self.should_exit = self._host.idle or time.monotonic() >= self._stop_s
        return await super().on_tick(counter)


def server_config(app: ASGIApp) -> uvicorn.Config:
    """Return uvicorn's configuration for the application."""
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        http=Connection,
        backlog=BACKLOG,
        ws="websockets-sansio",
        ws_max_size=MAX_SIGNALING_BYTES,
        ws_per_message_deflate=False,  # the socket may carry video, which is already compressed
        timeout_graceful_shutdown=SHUTDOWN_S,
        proxy_headers=False,  # the guard reads them, if the user trusts the proxy
        server_header=False,
        headers=[("Server", SERVER_NAME)],
    )


def _origin(option: str, url: str) -> str:
    origin = read_origin(url)
    if origin is None:
        raise MachineError(
            f"{option} {url}: this is not the origin of a page",
            hint="write the scheme and the host, for example https://example.org",
        )
    return origin


def read_public_urls(urls: Iterable[str]) -> tuple[PublicUrl, ...]:
    """Read the values of ``--public-url``.

    Raises:
        MachineError: one of them is not the URL of a page.
    """
    return tuple(map(_public_url, urls))


def _public_url(url: str) -> PublicUrl:
    public = read_public_url(url)
    if public is None:
        raise MachineError(
            f"--public-url {url}: this is not the URL of a page",
            hint="write the scheme, the host and the path: https://example.org/lab/",
        )
    return public


def listen(bind: str, tcp_port: int) -> socket.socket:
    """Listen on an address without delaying small packets; ``::`` also listens on IPv4.

    Raises:
        MachineError: the address or TCP port cannot be bound.
    """
    try:
        info = socket.getaddrinfo(bind, tcp_port, type=socket.SOCK_STREAM)[0]
        both = bind == "::" and socket.has_dualstack_ipv6()
        listener = socket.create_server(info[4], family=info[0], dualstack_ipv6=both)
        # Connections inherit this option. asyncio sets it too, but not on sockets of create_server,
        # which do not name their protocol. Without it, a body waits 40 ms for the headers' ACK.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except socket.gaierror as error:
        raise MachineError(
            f"{bind} is not an address of this machine: {error.strerror}",
            hint="pass --host 127.0.0.1, or --lan to allow other machines",
        ) from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise MachineError(
                f"TCP port {tcp_port} on {bind} is already in use",
                hint="pass --port 0 to use a free port, or stop the program that uses this one",
            ) from None
        raise MachineError(
            f"cannot listen on {bind} port {tcp_port}: {reason(error)}",
            hint="choose another --host or --port (1024 or above)",
        ) from None


DAYS = 30


def write_certificate(folder: Path, names: Iterable[str]) -> tuple[Path, Path]:
    """Write a self-signed certificate for names and addresses; return its path and its key's path.

    Users do not install the certificate. The browser asks once whether to accept it.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Lucid")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .sign(key, hashes.SHA256())
    )
    certificate_path, key_path = folder / "lucid.crt", folder / "lucid.key"
    certificate_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_path.touch(mode=0o600)
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate_path, key_path


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name.partition("%")[0]))
    except ValueError:
        return x509.DNSName(name.encode("idna").decode())
