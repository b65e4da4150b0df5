"""Check each request: a known Host, an Origin equal to it, and a token outside of loopback."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lucid.runtime.messages import ErrorInfo
from lucid.runtime.session import ErrorNotice
from lucid.server.addresses import (
    PublicUrl,
    canonical,
    hosts_of,
    is_loopback,
    name_of,
    names_of,
    read_host,
    read_origin,
    with_port,
)
from lucid.server.protocol import notice_message

MAX_LOGGED = 16
"""Maximum number of refused names and origins in the log; each is logged once."""

_PUBLIC = ("/static/", "/client.js", "/healthz", "/readyz")
"""Paths that need no token: Lucid's own code, and whether the server can be used."""
_OF_GUESTS = ("/api/sessions/", "/api/recordings/", "/api/gallery/")
"""Paths that guests may use too: the first two contain a secret."""
_NO_TOKEN = ErrorInfo(
    "session.token",
    "this server does not accept the token",
    "open the URL that `lucid serve` printed; it changes when the server starts again",
)
_HEADERS = {
    "cache-control": "no-cache",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Access:
    """The rules for requests: allowed hosts and origins, and the token."""

    hosts: frozenset[str]
    """Allowed ``Host`` headers, such as ``127.0.0.1:8000``."""
    token: str | None
    """The token that every request must carry; None allows requests without a token."""
    cookie: str
    """Name of the token's cookie. It contains the TCP port, because browsers share cookies between
    ports."""
    address: str | None = None
    """The base of the links that a page shares if it was opened at a loopback address."""
    embedders: frozenset[str] = frozenset()
    """Other origins whose pages may embed the player."""
    public: tuple[PublicUrl, ...] = ()
    """The URLs of proxies, tunnels or NATs in front of this server, the best first."""
    trusts_proxy: bool = False
    """Whether ``X-Forwarded-Host`` and ``X-Forwarded-Proto`` replace the request's own."""

    @classmethod
    def to(
        cls,
        bind: str,
        tcp_port: int,
        token: str | None,
        address: str | None = None,
        embedders: Iterable[str] = (),
        public: Sequence[PublicUrl] = (),
        trusts_proxy: bool = False,
    ) -> Access:
        """Return the rules for a server on an address; embedders are in ``read_origin``'s form."""
        public_hosts = {host for url in public for host in hosts_of(url.origin)}
        return cls(
            hosts=frozenset(_host_headers(names_of(canonical(bind)), tcp_port)) | public_hosts,
            token=token,
            cookie=f"lucid-token-{tcp_port}",
            address=address,
            embedders=frozenset(embedders),
            public=tuple(public),
            trusts_proxy=trusts_proxy,
        )

    def answers(self, host: str) -> bool:
        """Return whether a ``Host`` header is allowed.

        A loopback name may have any port, because a tunnel (``ssh -L``) may use another one. It
        cannot come from a DNS rebinding attack.
        """
        return host in self.hosts or is_loopback(name_of(f"http://{host}"))

    def public_at(self, host: str) -> PublicUrl | None:
        """Return the public URL with this ``Host`` header, if any."""
        return next((url for url in self.public if host in hosts_of(url.origin)), None)

    def path_at(self, host: str) -> str | None:
        """Return the page's path under this ``Host`` header; None if it is unknown.

        It is unknown without a public URL, and if several differ only in their paths: a proxy may
        remove the path before the request reaches us.
        """
        paths = {f"{url.prefix}/" for url in self.public if host in hosts_of(url.origin)}
        return paths.pop() if len(paths) == 1 else None

    @property
    def watch_token(self) -> str | None:
        """A token, derived from the full one, that only allows opening the page and watching."""
        return self._derived("watch")

    @property
    def guest_token(self) -> str | None:
        """A token, derived from the full one, that only allows joining a session as a guest."""
        return self._derived("play")

    def _derived(self, purpose: str) -> str | None:
        if self.token is None:
            return None
        return hmac.new(self.token.encode(), purpose.encode(), hashlib.sha256).hexdigest()[:32]

    def tokens(self, scope: Scope) -> list[str]:
        """Return the tokens that a request carries."""
        cookies = HTTPConnection(scope).cookies
        names = (self.cookie, f"{self.cookie}-watch", f"{self.cookie}-play")
        return [cookies[name] for name in names if name in cookies] + _query(scope).get("token", [])

    def may_play(self, scope: Scope) -> bool:
        """Return whether a request may do more than watch."""
        return self.token is None or _contains(self.tokens(scope), self.token)

    def url_of(self, scheme: str, host: str) -> Callable[..., str]:
        """Return a function from a query to a link, for a page that was loaded from ``host``."""
        here = f"{_http(scheme)}://{host}"
        if self.public:
            base = (self.public_at(host) or self.public[0]).base
        elif self.address is not None and is_loopback(name_of(here)):
            base = self.address
        else:
            base = f"{here}/"

        def url(**query: str) -> str:
            token = self.watch_token if "watch" in query else self.guest_token
            if token is not None:
                query["token"] = token
            return f"{base}?{urlencode(query)}"

        return url


def needs_token(bind: str, public: Iterable[PublicUrl] = ()) -> bool:
    """Return whether other machines can reach the server."""
    names = [canonical(bind), *(name_of(url.origin) for url in public)]
    return not all(map(is_loopback, names))


class Guard:
    """ASGI middleware that refuses requests from other sites or without the token."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app = app
        self.access = access
        self._logged: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        scope = self._as_seen_by_the_browser(scope)
        headers = Headers(scope=scope)
        send = _with_headers(send, self._headers(headers))
        answer = self._refusal(scope, headers) or self._slash(scope)
        if answer is None:
            answer = self._preflight(scope) or self._login(scope, headers)
        if answer is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            if answer.status_code == 401:  # a browser hides why a socket was refused
                notice = notice_message(ErrorNotice(_NO_TOKEN, None))
                await send({"type": "websocket.accept"})
                await send({"type": "websocket.send", "text": json.dumps(notice)})
            await send({"type": "websocket.close", "code": 1008, "reason": "refused"})
        else:
            await answer(scope, receive, send)

    def _as_seen_by_the_browser(self, scope: Scope) -> Scope:
        """Apply the headers of a trusted proxy, and remove the prefix of a public URL."""
        scope = dict(scope)
        headers = Headers(scope=scope)
        if self.access.trusts_proxy:
            forwarded = headers.get("x-forwarded-host", "").partition(",")[0].strip()
            if forwarded:
                others = [pair for pair in scope["headers"] if pair[0] != b"host"]
                scope["headers"] = [*others, (b"host", forwarded.encode("latin-1"))]
            proto = headers.get("x-forwarded-proto", "").partition(",")[0].strip()
            if proto in ("http", "https"):
                secure = proto == "https"
                names = ("wss", "ws") if scope["type"] == "websocket" else ("https", "http")
                scope["scheme"] = names[0] if secure else names[1]
        prefixes = {url.prefix for url in self.access.public if url.prefix}
        for prefix in sorted(prefixes, key=len, reverse=True):
            if scope["path"].startswith(f"{prefix}/"):
                scope["path"] = scope["path"].removeprefix(prefix)
                scope["raw_path"] = scope["path"].encode()
                break
        return scope

    def _slash(self, scope: Scope) -> Response | None:
        """Add the slash that the page's relative links need."""
        if scope["path"] in {url.prefix for url in self.access.public}:
            query = scope["query_string"].decode("latin-1")
            return RedirectResponse(f"{scope['path']}/" + (f"?{query}" if query else ""), 307)
        return None

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        host = read_host(headers.get("host", ""))
        if host is None or not self.access.answers(host):
            return self._unknown_host(scope, headers, host)
        origin = read_origin(headers.get("origin", ""))
        changes_state = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD")
        if changes_state and not self._is_ours(origin, f"{_http(scope['scheme'])}://{host}"):
            return self._unknown_origin(origin)
        if not self._may_pass(scope):
            return PlainTextResponse(
                "This server needs a token. Open the URL that `lucid serve` printed.\n", 401
            )
        return None

    def _is_ours(self, origin: str | None, here: str) -> bool:
        """Return whether pages of this origin may send requests: our own pages and embedders."""
        if origin is None:
            return False
        public = {url.origin for url in self.access.public}
        same = read_origin(here) == origin
        return same or origin in public or origin in self.access.embedders

    def _unknown_host(self, scope: Scope, headers: Headers, host: str | None) -> Response:
        """Refuse an unknown Host name, which may come from a DNS rebinding attack."""
        proxied = headers.get("x-forwarded-proto", "").lower()
        scheme = "https" if proxied.startswith("https") else _http(scope["scheme"])
        option = f"--public-url {scheme}://{host}" if host else "--public-url URL"
        self._log(option, "refused a request for an unknown Host name")
        return PlainTextResponse(
            "This server does not answer to that Host name. If it is the address of this server, "
            f"start the server with this option:\n\n    lucid serve {option}\n",
            421,
        )

    def _unknown_origin(self, origin: str | None) -> Response:
        """Refuse a request from a page of another site (cross-site request forgery)."""
        shown = origin or "URL"
        self._log(f"--public-url {shown}", "refused a request from an unknown Origin")
        return PlainTextResponse(
            "The request's Origin is not this server. If it is the address of this server, start "
            f"the server with this option:\n\n    lucid serve --public-url {shown}\n\n"
            f"If that is another site that embeds the player:\n\n    lucid serve --embed {shown}\n",
            403,
        )

    def _log(self, option: str, message: str) -> None:
        if option not in self._logged and len(self._logged) < MAX_LOGGED:
            self._logged.add(option)
            logger.warning("%s. To allow it: lucid serve %s", message, option)

    def _may_pass(self, scope: Scope) -> bool:
        """Return whether the request carries the token that it needs, if any."""
        access, path = self.access, scope["path"]
        token, watch_token, guest_token = access.token, access.watch_token, access.guest_token
        if token is None or watch_token is None or guest_token is None or path.startswith(_PUBLIC):
            return True
        if scope["type"] == "http" and scope["method"] == "OPTIONS":
            return True  # a preflight carries no token, but the request after it does
        tokens = self.access.tokens(scope)
        if _contains(tokens, token):
            return True
        keys = _query(scope).keys() if scope["type"] == "websocket" else ()
        if _contains(tokens, guest_token):
            return path == "/" or path.startswith(_OF_GUESTS) or "play" in keys or "watch" in keys
        return (path == "/" or "watch" in keys) and _contains(tokens, watch_token)

    def _preflight(self, scope: Scope) -> Response | None:
        """Answer the CORS preflight that a browser sends before an embedded player's upload."""
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
        """Move the token from the URL into a cookie.

        The browser sends the cookie when the user follows a link from another site (``Lax``), and
        inside pages that embed the player. No stricter cookie is needed, because ``_refusal``
        checks the Origin of every write and every WebSocket.
        """
        query = _query(scope)
        if self.access.token is None or scope["type"] != "http" or scope["path"] != "/":
            return None
        if "token" not in query:
            return None
        name, token = self.access.cookie, self.access.token
        if not _contains(query["token"], token):
            plays = _contains(query["token"], self.access.guest_token or "")
            name += "-play" if plays else "-watch"
            token = (self.access.guest_token if plays else self.access.watch_token) or ""
        rest = urlencode({key: value for key, value in query.items() if key != "token"}, doseq=True)
        host = read_host(headers.get("host", "")) or ""
        public, path = self.access.public_at(host), self.access.path_at(host)
        response = RedirectResponse((path or "./") + (f"?{rest}" if rest else ""), status_code=303)
        secure = self._is_https(scope, public)
        embedded = secure and bool(self.access.embedders)
        response.set_cookie(
            name,
            token,
            httponly=True,
            samesite="none" if embedded else "lax",
            secure=secure,
            path=path or "/",
        )
        if embedded:  # browsers block other cookies in embedded pages; starlette has no option yet
            response.headers["set-cookie"] += "; Partitioned"
        return response

    def _is_https(self, scope: Scope, public: PublicUrl | None) -> bool:
        """Return whether the browser uses HTTPS, to us or to a proxy that forwards the Host."""
        proxied = public is not None and public.origin.startswith("https:")
        return scope.get("scheme") == "https" or proxied

    def _headers(self, headers: Headers) -> dict[str, str]:
        """Return headers for every response: run only our own code, embed only in known pages."""
        host = read_host(headers.get("host", ""))
        hosts = {host} if host is not None and self.access.answers(host) else set()
        # a proxy may change the Host header
        hosts |= {urlsplit(url.origin).netloc for url in self.access.public}
        sockets = " ".join(f"ws://{host} wss://{host}" for host in sorted(hosts))
        embedders = " ".join(sorted(self.access.embedders))
        response = {
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
            response["access-control-allow-origin"] = origin
            response["vary"] = "Origin"
        return response


def _contains(tokens: Iterable[str], token: str) -> bool:
    return any(hmac.compare_digest(other.encode(), token.encode()) for other in tokens)


def _http(scheme: str) -> str:
    return {"ws": "http", "wss": "https"}.get(scheme, scheme)


def _query(scope: Scope) -> dict[str, list[str]]:
    return parse_qs(scope["query_string"].decode("latin-1"))


def _host_headers(names: Iterable[str], tcp_port: int) -> Iterable[str]:
    for name in names:
        plain = name.partition("%")[0]  # browsers and curl omit the zone of an IPv6 address
        yield with_port(plain, tcp_port)
        if tcp_port in (80, 443):
            yield with_port(plain, None)


def _with_headers(send: Send, values: Mapping[str, str]) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in values.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers
