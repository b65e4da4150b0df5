"""Who may talk to the server: exact Host, Origin equal to Host, and a token off loopback."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lucid.server.addresses import (
    canonical,
    hosts_of,
    is_loopback,
    name_of,
    names_of,
    read_host,
    read_origin,
    with_port,
)

MAX_LOGGED = 16
"""Names and origins that are logged when they are refused; each is logged once."""

_PUBLIC = ("/static/", "/client.js")
"""What anybody may load who can reach the server: Lucid's own code."""
_HEADERS = {
    "cache-control": "no-cache",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}

logger = logging.getLogger(__name__)


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
    """Base of the links that a page from this machine's loopback address gives to others."""
    embedders: frozenset[str] = frozenset()
    """Other origins whose pages may show the player and play."""
    public_origin: str | None = None
    """Where a proxy, tunnel or NAT shows this server, as in ``https://example.org``."""

    @classmethod
    def to(
        cls,
        bind: str,
        tcp_port: int,
        token: str | None,
        address: str | None = None,
        embedders: Iterable[str] = (),
        public_origin: str | None = None,
    ) -> Access:
        """Make the access to a server bound to an address; origins as of ``read_origin``."""
        public_hosts = hosts_of(public_origin) if public_origin else set()
        return cls(
            hosts=frozenset(_host_headers(names_of(canonical(bind)), tcp_port)) | public_hosts,
            token=token,
            cookie=f"lucid-token-{tcp_port}",
            address=address,
            embedders=frozenset(embedders),
            public_origin=public_origin,
        )

    @property
    def watch_token(self) -> str | None:
        """Opens the page and lets it watch, no more; made of the token."""
        if self.token is None:
            return None
        return hmac.new(self.token.encode(), b"watch", hashlib.sha256).hexdigest()[:32]

    def url_of(self, scheme: str, host: str) -> Callable[..., str]:
        """Return what makes a link from a query, for a page that was loaded from ``host``."""
        here = f"{_http(scheme)}://{host}"
        if self.public_origin is not None:
            base = f"{self.public_origin}/"
        elif self.address is not None and is_loopback(name_of(here)):
            base = self.address
        else:
            base = f"{here}/"

        def url(**query: str) -> str:
            token = self.watch_token if "watch" in query else self.token
            if token is not None:
                query["token"] = token
            return f"{base}?{urlencode(query)}"

        return url


def needs_token(bind: str, public_origin: str | None = None) -> bool:
    """Whether anybody but this machine can reach the server."""
    public = public_origin is not None and not is_loopback(name_of(public_origin))
    return public or not is_loopback(canonical(bind))


class Guard:
    """ASGI middleware that lets only requests of our own pages pass."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app = app
        self.access = access
        self._logged: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        send = _with_headers(send, self._headers(headers))
        answer = self._refusal(scope, headers)
        if answer is None:
            answer = self._preflight(scope) or self._login(scope, headers)
        if answer is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "refused"})
        else:
            await answer(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        host = read_host(headers.get("host", ""))
        if host is None or host not in self.access.hosts:
            return self._unknown_host(scope, headers, host)
        origin = read_origin(headers.get("origin", ""))
        changes_state = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD")
        if changes_state and not self._is_ours(origin, host):
            return self._unknown_origin(origin)
        if not self._may_pass(scope):
            return PlainTextResponse(
                "A token is needed: open the URL that `lucid serve` printed.\n", 401
            )
        return None

    def _is_ours(self, origin: str | None, host: str) -> bool:
        """Whether a page of this origin may write: it came from here, or it may embed us."""
        if origin is None:
            return False
        public = self.access.public_origin
        return host in hosts_of(origin) or origin == public or origin in self.access.embedders

    def _unknown_host(self, scope: Scope, headers: Headers, host: str | None) -> Response:
        """Refuse another Host name: it may be a page that rebinds its own name to this machine."""
        proxied = headers.get("x-forwarded-proto", "").lower()
        scheme = "https" if proxied.startswith("https") else _http(scope["scheme"])
        option = f"--public-url {scheme}://{host}" if host else "--public-url URL"
        self._log(option, "a request for another Host name was refused")
        return PlainTextResponse(
            "This server does not answer to that Host name. If it is the address of this server, "
            f"start the server with this option:\n\n    lucid serve {option}\n",
            421,
        )

    def _unknown_origin(self, origin: str | None) -> Response:
        """Refuse a page of another site, which may act for its visitor but not read answers."""
        shown = origin or "URL"
        self._log(f"--public-url {shown}", "a request from another Origin was refused")
        return PlainTextResponse(
            "The request's Origin is not this server. If it is the address of this server, start "
            f"the server with this option:\n\n    lucid serve --public-url {shown}\n\n"
            f"If another site shows the player there:\n\n    lucid serve --embed {shown}\n",
            403,
        )

    def _log(self, option: str, what: str) -> None:
        if option not in self._logged and len(self._logged) < MAX_LOGGED:
            self._logged.add(option)
            logger.warning("%s; to allow it: lucid serve %s", what, option)

    def _may_pass(self, scope: Scope) -> bool:
        """Whether the request shows the token it needs, if any."""
        token, watch_token = self.access.token, self.access.watch_token
        path = scope["path"]
        if token is None or watch_token is None or path.startswith(_PUBLIC):
            return True
        if scope["type"] == "http" and scope["method"] == "OPTIONS":
            return True  # a preflight carries no token; what it asks for does
        given = self._given(scope)
        if _holds(given, token):
            return True
        watches = path == "/" or (scope["type"] == "websocket" and "watch" in _query(scope))
        return watches and _holds(given, watch_token)

    def _given(self, scope: Scope) -> list[str]:
        cookies = HTTPConnection(scope).cookies
        names = (self.access.cookie, f"{self.access.cookie}-watch")
        given = [cookies[name] for name in names if name in cookies]
        return given + _query(scope).get("token", [])

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

    def _login(self, scope: Scope, headers: Headers) -> Response | None:
        """Keep the token in a cookie, and out of the address bar.

        The cookie comes along when a link on another site is clicked (``Lax``), and inside the
        pages that may embed the player. It needs no more: every write and every WebSocket shows
        its Origin.
        """
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
        secure = self._is_https(scope, headers)
        embedded = secure and bool(self.access.embedders)
        response.set_cookie(
            name,
            token or "",
            httponly=True,
            samesite="none" if embedded else "lax",
            secure=secure,
        )
        if embedded:  # one cookie per embedding site: browsers block others; starlette cannot yet
            response.headers["set-cookie"] += "; Partitioned"
        return response

    def _is_https(self, scope: Scope, headers: Headers) -> bool:
        """Whether the browser came by HTTPS: to us, or to a proxy that passes the Host on."""
        public = self.access.public_origin
        proxied = public is not None and public.startswith("https:")
        return scope.get("scheme") == "https" or (
            proxied and read_host(headers.get("host", "")) in hosts_of(public or "")
        )

    def _headers(self, headers: Headers) -> dict[str, str]:
        """What every answer says: only our own code runs, and nobody else's page reads us."""
        hosts = self.access.hosts & {read_host(headers.get("host", "")) or ""}
        if self.access.public_origin is not None:  # a proxy may tell us another Host
            hosts |= {urlsplit(self.access.public_origin).netloc}
        sockets = " ".join(f"ws://{host} wss://{host}" for host in sorted(hosts))
        embedders = " ".join(sorted(self.access.embedders))
        said = {
            **_HEADERS,
            "content-security-policy": (
                "default-src 'none'; script-src 'self'; style-src 'self'; "
                "img-src 'self' blob: data:; media-src 'self' blob:; "
                f"connect-src 'self' {sockets}; manifest-src 'self'; "
                f"frame-ancestors 'self' {embedders}; base-uri 'none'; form-action 'none'"
            ),
        }
        origin = headers.get("origin", "")
        if read_origin(origin) in self.access.embedders:
            said["access-control-allow-origin"] = origin
            said["vary"] = "Origin"
        return said


def _holds(given: Iterable[str], token: str) -> bool:
    return any(hmac.compare_digest(one.encode(), token.encode()) for one in given)


def _http(scheme: str) -> str:
    return {"ws": "http", "wss": "https"}.get(scheme, scheme)


def _query(scope: Scope) -> dict[str, list[str]]:
    return parse_qs(scope["query_string"].decode("latin-1"))


def _host_headers(names: Iterable[str], tcp_port: int) -> Iterable[str]:
    for name in names:
        plain = name.partition("%")[0]  # browsers and curl leave out the zone of an IPv6 address
        yield with_port(plain, tcp_port)
        if tcp_port in (80, 443):
            yield with_port(plain, None)


def _with_headers(send: Send, said: Mapping[str, str]) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in said.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers
