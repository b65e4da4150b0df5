"""Who may talk to the server: exact Host, Origin equal to Host, and a token off loopback."""

from __future__ import annotations

import hashlib
import hmac
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlencode, urlsplit

import ifaddr
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "::1")
WILDCARD = ("0.0.0.0", "::")

_PUBLIC = ("/static/", "/client.js")
"""What anybody may load who can reach the server: Lucid's own code."""
_HEADERS = {
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
    address: str | None = None
    """Where others reach the server, where that is not where this page came from."""
    embedders: frozenset[str] = frozenset()
    """Other origins whose pages may show the player and play."""

    @classmethod
    def to(
        cls,
        bind: str,
        tcp_port: int,
        token: str | None,
        address: str | None = None,
        embedders: Iterable[str] = (),
    ) -> Access:
        """The access to a server bound to an address."""
        return cls(
            hosts=frozenset(_host_headers(names_of(bind), tcp_port)),
            token=token,
            cookie=f"lucid-token-{tcp_port}",
            address=address,
            embedders=frozenset(origin.rstrip("/").lower() for origin in embedders),
        )

    @property
    def watch_token(self) -> str | None:
        """Opens the page and lets it watch, no more; made of the token."""
        if self.token is None:
            return None
        return hmac.new(self.token.encode(), b"watch", hashlib.sha256).hexdigest()[:32]

    def url_of(self, scheme: str, host: str) -> Callable[..., str]:
        """Makes addresses of the page from a query, for a browser that sees us as ``host``."""
        secure = {"ws": "http", "wss": "https"}.get(scheme, scheme)
        base = self.address or f"{secure}://{host}/"

        def url(**query: str) -> str:
            token = self.watch_token if "watch" in query else self.token
            if token is not None:
                query["token"] = token
            return f"{base}?{urlencode(query)}"

        return url


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
        headers = Headers(scope=scope)
        send = _with_headers(send, self._headers(headers))
        answer = self._refusal(scope, headers)
        if answer is None:
            answer = self._preflight(scope) or self._login(scope)
        if answer is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "refused"})
        else:
            await answer(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        host = headers.get("host", "").lower()
        if host not in self.access.hosts:
            return PlainTextResponse("This server does not answer to that Host name.\n", 421)
        origin = headers.get("origin", "")
        ours = _netloc(origin) == host or origin.lower() in self.access.embedders
        changes_state = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD")
        if changes_state and not ours:
            return PlainTextResponse("The request's Origin is not this server.\n", 403)
        if not self._may_pass(scope, headers):
            return PlainTextResponse(
                "A token is needed: open the URL that `lucid serve` printed.\n", 401
            )
        return None

    def _may_pass(self, scope: Scope, headers: Headers) -> bool:
        """Whether the request shows the token it needs, if any."""
        token, watch_token = self.access.token, self.access.watch_token
        path = scope["path"]
        if token is None or watch_token is None or path.startswith(_PUBLIC):
            return True
        if scope["type"] == "http" and scope["method"] == "OPTIONS":
            return True  # a preflight carries no token; what it asks for does
        given = self._given(scope, headers)
        if _holds(given, token):
            return True
        watches = path == "/" or (scope["type"] == "websocket" and "watch" in _query(scope))
        return watches and _holds(given, watch_token)

    def _given(self, scope: Scope, headers: Headers) -> list[str]:
        try:
            cookies = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            cookies = SimpleCookie()
        names = (self.access.cookie, f"{self.access.cookie}-watch")
        return [cookies[name].value for name in names if name in cookies] + _query(scope).get(
            "token", []
        )

    def _preflight(self, scope: Scope) -> Response | None:
        """The browser's question before an embedded player uploads something."""
        if scope["type"] != "http" or scope["method"] != "OPTIONS":
            return None
        return Response(
            status_code=204,
            headers={
                "access-control-allow-methods": "GET, POST, DELETE",
                "access-control-allow-headers": "content-type",
            },
        )

    def _login(self, scope: Scope) -> Response | None:
        """Keep the token in a cookie, and out of the address bar."""
        query = _query(scope)
        if self.access.token is None or scope["type"] != "http" or scope["path"] != "/":
            return None
        if "token" not in query:
            return None
        plays = _holds(query["token"], self.access.token)
        name = self.access.cookie if plays else f"{self.access.cookie}-watch"
        token = self.access.token if plays else self.access.watch_token
        rest = urlencode({key: value for key, value in query.items() if key != "token"}, doseq=True)
        response = RedirectResponse(f"./?{rest}" if rest else "./", status_code=303)
        response.set_cookie(
            name,
            token or "",
            httponly=True,
            samesite="strict",
            secure=scope.get("scheme") == "https",
        )
        return response

    def _headers(self, headers: Headers) -> dict[str, str]:
        """What every answer says: only our own code runs, and nobody else's page reads us."""
        host = headers.get("host", "")
        embedders = " ".join(sorted(self.access.embedders))
        said = {
            **_HEADERS,
            "content-security-policy": (
                "default-src 'none'; script-src 'self'; style-src 'self'; "
                "img-src 'self' blob: data:; media-src 'self' blob:; "
                f"connect-src 'self' ws://{host} wss://{host}; manifest-src 'self'; "
                f"frame-ancestors 'self' {embedders}; base-uri 'none'; form-action 'none'"
            ),
        }
        origin = headers.get("origin", "")
        if origin.lower() in self.access.embedders:
            said["access-control-allow-origin"] = origin
            said["vary"] = "Origin"
        return said


def _holds(given: Iterable[str], token: str) -> bool:
    return any(hmac.compare_digest(one.encode(), token.encode()) for one in given)


def _query(scope: Scope) -> dict[str, list[str]]:
    return parse_qs(scope["query_string"].decode("latin-1"))


def _netloc(origin: str) -> str | None:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return None
    return parts.netloc.lower() if parts.scheme in ("http", "https") else None


def names_of(bind: str) -> Iterable[str]:
    """Every name and address by which a server bound to an address is reached."""
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


def _with_headers(send: Send, said: Mapping[str, str]) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in said.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers
