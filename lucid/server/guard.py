"""Who may talk to the server: exact Host, Origin equal to Host, and a token off loopback."""

from __future__ import annotations

import hmac
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlencode, urlsplit

import ifaddr
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "::1")
WILDCARD = ("0.0.0.0", "::")

_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
        "connect-src 'self' ws: wss:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
    ),
    "cache-control": "no-cache",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


@dataclass(frozen=True)
class Access:
    """What a request must show."""

    hosts: frozenset[str]
    """``Host`` headers that are ours, such as ``127.0.0.1:8000``."""
    token: str | None
    """Asked of every request where it is set."""
    cookie: str
    """Name of the cookie that carries the token; one per port, as browsers share them."""

    @classmethod
    def to(cls, bind: str, tcp_port: int, token: str | None) -> Access:
        """The access to a server bound to an address."""
        return cls(
            hosts=frozenset(_host_headers(_names(bind), tcp_port)),
            token=token,
            cookie=f"lucid-token-{tcp_port}",
        )


def needs_token(bind: str) -> bool:
    """Whether others than this machine can reach the address."""
    return bind not in LOOPBACK


class Guard:
    """ASGI middleware that lets only requests of our own pages pass."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app = app
        self.access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None and self._is_login(scope):
            refusal = self._login(scope)
        if refusal is None:
            await self.app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "refused"})
        else:
            await refusal(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if host not in self.access.hosts:
            return PlainTextResponse("This server does not answer to that Host name.\n", 421)
        changes_state = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD")
        if changes_state and _netloc(headers.get("origin", "")) != host:
            return PlainTextResponse("The request's Origin is not this server.\n", 403)
        if self.access.token is not None and not self._has_token(scope, headers):
            return PlainTextResponse(
                "A token is needed: open the URL that `lucid serve` printed.\n", 401
            )
        return None

    def _has_token(self, scope: Scope, headers: Headers) -> bool:
        assert self.access.token is not None
        try:
            cookies = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            cookies = SimpleCookie()
        given = [cookies[self.access.cookie].value] if self.access.cookie in cookies else []
        given += _query(scope).get("token", [])
        return any(
            hmac.compare_digest(token.encode(), self.access.token.encode()) for token in given
        )

    def _is_login(self, scope: Scope) -> bool:
        return (
            self.access.token is not None
            and scope["type"] == "http"
            and scope["path"] == "/"
            and "token" in _query(scope)
        )

    def _login(self, scope: Scope) -> Response:
        """Keep the token in a cookie, and out of the address bar."""
        rest = {key: values for key, values in _query(scope).items() if key != "token"}
        query = urlencode(rest, doseq=True)
        response = RedirectResponse(f"./?{query}" if query else "./", status_code=303)
        response.set_cookie(
            self.access.cookie, self.access.token or "", httponly=True, samesite="strict"
        )
        return response


def _query(scope: Scope) -> dict[str, list[str]]:
    return parse_qs(scope["query_string"].decode("latin-1"))


def _netloc(origin: str) -> str | None:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return None
    return parts.netloc.lower() if parts.scheme in ("http", "https") else None


def _names(bind: str) -> Iterable[str]:
    if bind in LOOPBACK:
        return LOOPBACK
    if bind not in WILDCARD:
        return (bind,)
    addresses = [ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips]
    plain = [ip if isinstance(ip, str) else ip[0] for ip in addresses]
    name = socket.gethostname()
    return (*LOOPBACK, *plain, name, f"{name}.local")


def _host_headers(names: Iterable[str], tcp_port: int) -> Iterable[str]:
    for name in names:
        host = f"[{name}]" if ":" in name else name.lower()
        yield f"{host}:{tcp_port}"
        if tcp_port == 80:
            yield host


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers
