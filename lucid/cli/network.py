"""The findings of ``lucid doctor --network``: which paths work, and what to change."""

import ipaddress
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lucid.doctor import Finding, Status
from lucid.errors import MachineError, needs_extra, reason

if TYPE_CHECKING:
    from lucid._http import HttpAnswer
    from lucid.client.probe import Path as Tried
    from lucid.client.probe import Paths

NOT_HERE = "check the URL: open the one that `lucid serve` printed"


class PathFinding(Finding):
    """A finding about a path to a server."""

    ms: float | None = None
    """How long it took."""


def find_paths(url: str, ca: Path | None) -> list[PathFinding]:
    """Measure the paths to a server; return a finding for each.

    Raises:
        MachineError: the URL or the file of certificates cannot be used, or a library is missing.
    """
    import asyncio

    with needs_extra("serve", "lucid doctor --network"):
        from lucid.client.probe import measure
    if not is_http(url):
        raise MachineError(f"{url} is not an http or https URL", hint=NOT_HERE)
    return list(judge(asyncio.run(measure(url, trusting(ca)))))


def is_http(url: str) -> bool:
    """Return whether this is an http or https URL."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port above 65535, or half of an IPv6 address
        return False


def trusting(ca: Path | None) -> ssl.SSLContext:
    """Return the settings of TLS that also trust the certificates in a PEM file.

    Raises:
        MachineError: the file cannot be read.
    """
    try:
        return ssl.create_default_context(cafile=ca)
    except OSError as error:
        raise MachineError(
            f"--ca {ca}: {error.strerror or error}", hint="name a PEM file of certificates"
        ) from None


def judge(paths: "Paths") -> Iterator[PathFinding]:
    """Yield a finding for each path that was tried."""
    yield (http := _http(paths))
    if http.status == "fail":
        return
    if paths.socket_ms is None:
        yield PathFinding.fail(
            "websocket",
            f"the page answers, but its WebSocket does not: {paths.socket_error}",
            "let the proxy pass WebSockets on: docs/remote.md shows how for nginx",
        )
        return
    yield PathFinding.ok(
        "websocket",
        f"the WebSocket opens in {paths.socket_ms:.0f} ms, so playing over TCP works",
        ms=paths.socket_ms,
    )
    yield _udp(paths, "udp_ipv4", "IPv4")
    yield _udp(paths, "udp_ipv6", "IPv6")
    yield from _servers(paths)
    webrtc = any(tried.ms is not None for tried in paths.tried.values())
    yield PathFinding(
        id="play",
        status="ok" if webrtc else "warn",
        message="a page here plays over WebRTC"
        if webrtc
        else "a page here plays over TCP, where a lost packet delays all frames after it",
        remedy=None if webrtc else "make one of the paths above work",
    )


def _http(paths: "Paths") -> PathFinding:
    answer = paths.http
    problem = problem_of(paths.url, paths.has_token, answer, "static/player.js")
    if problem is None:
        message = f"{paths.url} answers in {answer.ms:.0f} ms"
        return PathFinding.ok("http", message, ms=answer.ms)
    message, remedy = problem
    return PathFinding.fail("http", message, remedy)


def problem_of(
    url: str, has_token: bool, answer: "HttpAnswer", wanted: str
) -> tuple[str, str] | None:
    """Return what is wrong with a server's answer, and the next step; None if all is well.

    ``url`` is the player's, without its token. ``wanted`` is a part of what Lucid answers.
    """
    return _no_answer(url, answer) or _wrong_answer(url, has_token, answer, wanted)


def _no_answer(url: str, answer: "HttpAnswer") -> tuple[str, str] | None:
    """Return why there is no HTTP answer, and the next step; None if there is one."""
    error, parts = answer.error, urlsplit(url)
    if error is None:
        return None
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"the certificate of {parts.netloc} is not trusted: {error.verify_message}",
            "pass the file of its authority, or of the certificate of --lan, as --ca FILE",
        )
    if isinstance(error, ssl.SSLError):
        return f"{parts.netloc} does not speak TLS", "write http:// instead of https://"
    if isinstance(error, ConnectionRefusedError):
        return (
            f"nothing listens at {parts.netloc}",
            "start `lucid serve` there, or the tunnel to it, and check the port",
        )
    if isinstance(error, TimeoutError):
        return (
            f"{parts.netloc} does not answer",
            "open its TCP port in the firewall, or use a tunnel: ssh -L 8420:127.0.0.1:8420 HOST",
        )
    return f"{parts.netloc} cannot be reached: {reason(error)}", NOT_HERE


def _wrong_answer(
    url: str, has_token: bool, answer: "HttpAnswer", wanted: str
) -> tuple[str, str] | None:
    status = answer.status
    if status == 401:
        said = "refuses this token" if has_token else "needs a token"
        return f"the server {said}", "use the whole URL that `lucid serve` printed last"
    if status == 421:
        return (
            f"the server does not answer to {urlsplit(url).netloc}",
            f"start it with: lucid serve --public-url {url}",
        )
    if status == 404:
        return (
            f"there is no player at {url}",
            f"check the path; if a proxy adds it: lucid serve --public-url {url}",
        )
    if status is not None and status >= 500:
        return (
            f"a proxy at {urlsplit(url).netloc} answers {status}",
            "start `lucid serve` behind it, and check the TCP port that it forwards to",
        )
    if status is not None and 300 <= status < 400:
        if (answer.location or "").startswith("./"):
            return None  # the token moves into a cookie
        return (
            f"{url} leads to {answer.location}",
            "log in there, or use an address of the server without a login",
        )
    if wanted not in answer.body:
        return f"{url} is the page of another program", NOT_HERE
    return None


def _udp(paths: "Paths", name: str, version: str) -> PathFinding:
    tried = paths.tried[name]  # type: ignore[index]  # one of the two names
    if tried.ms is not None:
        addresses = ", ".join(tried.announced)
        message = f"WebRTC connects over {version} in {tried.ms:.0f} ms ({addresses})"
        return PathFinding.ok(name, message, ms=tried.ms)
    if not tried.announced or not tried.has_own:
        where = "the server" if tried.has_own else "this machine"
        status: Status = "ok" if version == "IPv6" else "warn"
        remedy = None if status == "ok" else "use one of the other paths, or --ice-server"
        message = f"not tried, because {where} has no {version} address"
        return PathFinding(id=name, status=status, message=message, remedy=remedy)
    return PathFinding.warn(
        name,
        f"no UDP packet gets through over {version} to {', '.join(tried.announced)}",
        _udp_remedy(paths.url, tried),
    )


def _udp_remedy(url: str, tried: "Tried") -> str:
    """Say how to open a path for UDP."""
    addresses = [ipaddress.ip_address(text.partition(" ")[0]) for text in tried.announced]
    host = urlsplit(url).hostname or ""
    if host in ("127.0.0.1", "localhost", "::1") and not all(a.is_loopback for a in addresses):
        return (
            "if this is an SSH tunnel, it carries no UDP; serve with --advertise IP and "
            "--udp-ports A-B if the machine has open UDP ports, or with --ice-server turn:HOST"
        )
    if all(address.is_private for address in addresses):
        return (
            "these are private addresses: serve with --advertise PUBLIC_IP --udp-ports A-B, and "
            "let the NAT or container forward these ports"
        )
    return (
        "open these UDP ports in the server's firewall (serve with --udp-ports A-B to fix them), "
        "or serve with --ice-server turn:HOST"
    )


def _servers(paths: "Paths") -> Iterator[PathFinding]:
    """Yield what the STUN and TURN servers do for each side."""
    for server in paths.servers:
        kind = "turn" if server.relays else "stun"
        here = [text for text in paths.problems_here if text.startswith(server.url)]
        there = [text for text in paths.problems_there if text.startswith(server.url)]
        if here or there:
            where = "from here" if here else "from the server"
            yield PathFinding.warn(
                kind,
                f"{(here or there)[0]} ({where})",
                "check the server's address, and LUCID_TURN_USERNAME and "
                "LUCID_TURN_PASSWORD of `lucid serve`",
            )
        elif not server.relays:
            seen = f"; your address is {paths.public_address}" if paths.public_address else ""
            yield PathFinding.ok(kind, f"{server.url} answers{seen}")
    relay = paths.tried.get("relay")
    if relay is not None and relay.ms is not None:
        message = f"WebRTC connects through the relay in {relay.ms:.0f} ms"
        yield PathFinding.ok("relay", message, ms=relay.ms)
    elif relay is not None and relay.has_own:
        yield PathFinding.warn(
            "relay",
            "the relay gives an address, but no packet passes through it to the server",
            "allow the TURN server to send UDP to the server's addresses, and back",
        )
    for problem in paths.problems_there:
        if "UDP port" in problem:
            remedy = "serve with more --udp-ports"
            yield PathFinding.warn("udp_ports", problem, remedy)
