"""``lucid serve``: play a port in the browser."""

import json
import logging
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from lucid.cli.printing import STUB_ONLY, JsonFormatter, PlainFormatter, echo
from lucid.cli.style import PlayablePort, json_option
from lucid.errors import needs_extra

Lan = Annotated[
    bool,
    typer.Option(
        "--lan",
        help="Let others on the network play: serve HTTPS with a self-signed certificate, and "
        "print an address with a token and its QR code.",
    ),
]
Bind = Annotated[
    str | None,
    typer.Option(
        "--host",
        help="Address to listen on. Players need a token unless it is a loopback address. The "
        "default is 127.0.0.1; with --lan, all addresses.",
    ),
]
TcpPort = Annotated[
    int, typer.Option("--port", help="TCP port; 0 picks a free port.", min=0, max=65535)
]
Embed = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ORIGIN",
        help="Origin of another page that may show the player, such as https://example.org. May "
        "be given more than once.",
    ),
]
PublicUrls = Annotated[
    list[str] | None,
    typer.Option(
        "--public-url",
        metavar="URL",
        help="Address that others open if a proxy, tunnel, container or NAT leads here, such as "
        "https://example.org/lab/. Links and QR codes contain it. Players need a token unless it "
        "is a loopback address. May be given more than once.",
    ),
]
IceServers = Annotated[
    list[str] | None,
    typer.Option(
        "--ice-server",
        metavar="URL",
        help="STUN or TURN server for WebRTC: stun:HOST, turn:HOST:PORT?transport=tcp or "
        "turns:HOST. The environment variables LUCID_TURN_USERNAME and LUCID_TURN_PASSWORD hold "
        "the name and password for TURN. May be given more than once.",
    ),
]
UdpPorts = Annotated[
    str | None,
    typer.Option(
        "--udp-ports",
        metavar="A-B",
        help="UDP ports for WebRTC, if a firewall or container opens only some. Each page uses "
        "one port per address of this machine. The default is any port.",
    ),
]
Advertise = Annotated[
    str | None,
    typer.Option(
        metavar="IP",
        help="Address that WebRTC announces for this machine, if a NAT forwards --udp-ports "
        "from that address.",
    ),
]
Turn = Annotated[
    float | None,
    typer.Option(
        "--turn",
        metavar="SECONDS",
        min=1,
        help="How long a player may play while others wait. The default is no limit.",
    ),
]
Record = Annotated[
    Path | None,
    typer.Option(
        "--record",
        metavar="DIR",
        help="Save every session as a .lucid file in this folder; `lucid replay` plays it again.",
    ),
]
Stub = Annotated[
    bool, typer.Option("--stub", help="Try the controls on a drawn scene, without weights.")
]
Json = Annotated[bool, json_option("the URL")]
Reload = Annotated[
    bool,
    typer.Option(
        "--reload", help="Load the port again when its files change. Players stay connected."
    ),
]
LogFormat = Annotated[
    Literal["text", "json"],
    typer.Option("--log-format", metavar="text|json", help="How to write the log on stderr."),
]
TrustProxy = Annotated[
    bool,
    typer.Option(
        "--trust-proxy", help="Trust the headers X-Forwarded-Host and X-Forwarded-Proto of a proxy."
    ),
]


def serve(
    target: PlayablePort = None,
    bind: Bind = None,
    tcp_port: TcpPort = 8420,
    lan: Lan = False,
    embed: Embed = None,
    public_url: PublicUrls = None,
    trust_proxy: TrustProxy = False,
    ice_server: IceServers = None,
    udp_ports: UdpPorts = None,
    advertise: Advertise = None,
    turn: Turn = None,
    record: Record = None,
    stub: Stub = False,
    reload: Reload = False,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the browser.")] = False,
    json_output: Json = False,
    log_format: LogFormat = "text",
) -> None:
    """Play a port in the browser. Prints the URL, then loads the model."""
    from lucid._target import find_port

    with needs_extra("serve", "lucid serve"):
        from lucid.capsule.port import PortFolder
        from lucid.runtime.process_worker import ProcessWorker
        from lucid.server.capsules import Saving
        from lucid.server.ice_options import read_ice_options
        from lucid.server.run import Where
        from lucid.server.run import serve as serve_worker
    location = find_port(target, Path.cwd())
    saving = Saving(PortFolder(location.root, stub), None if record is None else _folder(record))
    _log_to_stderr(log_format)
    where = Where(
        bind or ("0.0.0.0" if lan else "127.0.0.1"),
        tcp_port,
        https=lan,
        embedders=tuple(embed or ()),
        public_urls=tuple(public_url or ()),
        trusts_proxy=trust_proxy,
        ice=read_ice_options(ice_server or [], udp_ports, advertise, os.environ),
    )
    model = ProcessWorker(location, stub=stub, reload=reload)
    with exits_on_sigterm(), ExitStack() as at_end, model as worker:

        def say_urls(urls: list[str]) -> None:
            if stub:
                at_end.callback(echo, STUB_ONLY, err=True)
            _print_urls(urls, location.entry, stub=stub, qr_code=lan, json_output=json_output)

        serve_worker(
            worker,
            where,
            say_urls=say_urls,
            open_browser=open_browser,
            turn_s=turn,
            saving=saving,
            kill=worker.kill,
        )


def _folder(path: Path) -> Path:
    """Make a folder for --record, and return its absolute path."""
    from lucid.errors import MachineError

    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path.resolve()
    except OSError as error:
        raise MachineError(
            f"--record {path}: nothing can be saved there: {error.strerror}",
            hint="name a folder that you may write to",
        ) from None


@contextmanager
def exits_on_sigterm() -> Iterator[None]:
    """Exit with 0 on SIGTERM, until the server handles the signal itself."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _log_to_stderr(log_format: str) -> None:
    handler = logging.StreamHandler()
    plain = PlainFormatter("%(levelname)s: %(message)s")
    handler.setFormatter(JsonFormatter() if log_format == "json" else plain)
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("aioice").setLevel(logging.WARNING)


def _print_urls(
    urls: list[str], entry: str, *, stub: bool, qr_code: bool, json_output: bool
) -> None:
    """Print the first address as data, the others as messages."""
    url, *others = urls
    if json_output:
        echo(json.dumps({"url": url, "other_urls": others, "port": entry, "stub": stub}))
    else:
        echo(url)
    if qr_code and sys.stderr.isatty():
        _show_qr_code(url)
    for other in others:
        echo(f"Also at {other}", err=True)
    echo(f"Playing {entry}; Ctrl-C ends.", err=True)


def _show_qr_code(url: str) -> None:
    """Draw the address for a phone's camera."""
    import segno

    echo("Scan to play; the browser warns once about the self-signed certificate.", err=True)
    segno.make(url, error="m").terminal(out=sys.stderr, compact=True)
