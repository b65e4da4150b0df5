"""A real nginx, SSH tunnel and TURN server (coturn) beside a server, on loopback."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import pytest

NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $http_connection;
    location /strips/ {{ proxy_pass http://127.0.0.1:{server}/; }}
    location = /bare {{ proxy_pass http://127.0.0.1:{server}/; }}
    location /keeps/ {{ proxy_pass http://127.0.0.1:{server}; }}
    location /hides/ {{
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $http_connection;
      proxy_pass http://127.0.0.1:{server}/;
    }}
  }}
}}
"""
SSHD = """
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
StrictModes no
UsePAM no
PidFile none
"""


def program(name: str) -> str:
    """Return the path of a program; skip the test where it is missing, unless CI insists."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None and os.environ.get("LUCID_TEST_BROWSER"):
        pytest.fail(f"LUCID_TEST_BROWSER is set, but there is no {name}")
    if found is None:
        pytest.skip(f"needs {name}")
    return found


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def nginx(folder: Path, port: int, server: int, certificate: Path, key: Path) -> Iterator[None]:
    """Run nginx with TLS in front of a server, under four paths (see the locations above).

    ``/hides/`` hides the browser's Host from the server, and ``/bare`` ends without a slash.
    """
    config = folder / "nginx.conf"
    config.write_text(
        NGINX.format(folder=folder, port=port, server=server, certificate=certificate, key=key)
    )
    process = subprocess.Popen([program("nginx"), "-c", config, "-p", folder])
    try:
        _until_open(port, process)
        yield
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def ssh_tunnel(folder: Path, server: int, inside: list[str]) -> Iterator[int]:
    """Run ``ssh -L`` to a server; ``inside`` runs sshd there. Yield the local TCP port."""
    for name in ("host", "user"):
        keygen = [program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(keygen, check=True)
    config = folder / "sshd.conf"
    config.write_text(SSHD.format(folder=folder))
    Path("/run/sshd").mkdir(exist_ok=True)  # sshd needs it as root
    port = free_port()
    command = " ".join([*inside, program("sshd"), "-i", "-f", str(config)])
    process = subprocess.Popen(
        [
            *(program("ssh"), "-F", "none", "-N", "-L", f"127.0.0.1:{port}:127.0.0.1:{server}"),
            *("-i", folder / "user", "-o", f"ProxyCommand={command}"),
            *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"),
            *("-o", "LogLevel=ERROR", "gpu"),
        ]
    )
    try:
        _until_open(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def turn_server(folder: Path) -> Iterator[int]:
    """Run coturn for the user ``lucid`` with the password ``fig tart``; yield its port."""
    port = free_port()
    process = subprocess.Popen(
        [
            *(program("turnserver"), "-n", "--no-cli", "--no-tls", "--no-dtls", "--no-rfc5780"),
            *("--listening-ip=127.0.0.1", f"--listening-port={port}", "--relay-ip=127.0.0.1"),
            *("--allow-loopback-peers", "--lt-cred-mech", "--realm=lucid", "--user=lucid:fig tart"),
            *(f"--userdb={folder}/users", f"--pidfile={folder}/pid", f"--log-file={folder}/log"),
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _until_open(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(60)


def _until_open(port: int, process: subprocess.Popen[bytes]) -> None:
    while True:
        assert process.poll() is None
        try:
            socket.create_connection(("127.0.0.1", port), 60).close()
            return
        except ConnectionRefusedError:
            continue


class Relay:
    """A proxy in userland: it cuts connections that are idle, or passes bytes on late."""

    def __init__(self, server: int, idle_s: float | None, late_s: float) -> None:
        self.cuts = 0
        self.connections: set[asyncio.Task[None] | None] = set()
        self._server, self._idle_s, self._late_s = server, idle_s, late_s

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Relay one connection in both directions."""
        self.connections.add(asyncio.current_task())
        there, back = await asyncio.open_connection("127.0.0.1", self._server)
        moved = asyncio.Event()
        jobs = [
            asyncio.ensure_future(job)
            for job in (
                self._pump(reader, back, moved),
                self._pump(there, writer, moved),
                self._watch(moved),
            )
        ]
        await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
        for each in (writer, back):
            each.close()
            with suppress(OSError):
                await each.wait_closed()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, moved: asyncio.Event
    ) -> None:
        while data := await reader.read(1 << 20):
            moved.set()
            await asyncio.sleep(self._late_s)  # meanwhile, more arrives
            writer.write(data)
            await writer.drain()

    async def _watch(self, moved: asyncio.Event) -> None:
        with suppress(TimeoutError):
            while True:
                moved.clear()
                await asyncio.wait_for(moved.wait(), self._idle_s)
        self.cuts += 1


@asynccontextmanager
async def relaying(
    server: int, *, idle_s: float | None = None, late_s: float = 0.0
) -> AsyncIterator[tuple[int, Relay]]:
    """Run a proxy that cuts what is idle for ``idle_s``, and holds bytes back for ``late_s``."""
    relay = Relay(server, idle_s, late_s)
    async with await asyncio.start_server(relay.serve, "127.0.0.1", 0) as listener:
        yield next(iter(listener.sockets)).getsockname()[1], relay
    await asyncio.wait_for(asyncio.gather(*filter(None, relay.connections)), 60)
