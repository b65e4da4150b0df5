"""The gateway: one address for all ports. It admits players, and forwards them to replicas."""

import asyncio
import html
import time
from collections.abc import Sequence
from dataclasses import asdict

import uvicorn
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse
from starlette.routing import Route, Router, WebSocketRoute
from starlette.types import Receive, Scope, Send

from lucid.deploy.failures import Problem, marked, problem_here
from lucid.deploy.pool import Pool, Report
from lucid.deploy.proxy import Proxy, http_client
from lucid.errors import MachineError
from lucid.server.addresses import PublicUrl, canonical, printed_names, with_port
from lucid.server.guard import Access, Guard
from lucid.server.player_page import page_routes
from lucid.server.run import listen, server_config

GATEWAY = "lucid"
"""The name of its Serve application."""


class Gateway:
    """The Serve deployment of the gateway. It runs one HTTP server on its node."""

    def __init__(
        self, bind: str, tcp_port: int, token: str, public_urls: Sequence[PublicUrl] = ()
    ) -> None:
        bind = canonical(bind)
        try:
            listener = listen(bind, tcp_port)
        except MachineError as error:
            raise marked(problem_here(error)) from None
        self._app = GatewayApp(bind, listener.getsockname()[1], token, public_urls)
        self._server = uvicorn.Server(server_config(self._app))
        serving = self._server.serve(sockets=[listener])
        self._serving = asyncio.get_running_loop().create_task(serving)

    async def report(self, report: Report) -> int:
        """Take a replica's report. Return how many players wait for its slots."""
        self._app.add(report.port)  # this gateway may have started after the replica
        return self._app.pools[report.port].report(report, time.monotonic())

    async def fail(self, port: str, problem: Problem) -> None:
        """Remember why a replica of a port cannot start."""
        self._app.add(port)
        self._app.pools[port].fail(problem)

    async def add(self, port: str) -> Access:
        """Add a port. Return the rules for its requests, which its replicas check too."""
        return self._app.add(port)

    async def remove(self, port: str) -> None:
        """Remove a port."""
        self._app.remove(port)

    async def urls(self, ports: Sequence[str]) -> list[str]:
        """Return the URLs of these ports, the best address first."""
        return [
            f"{url.base}{port}/?token={self._app.token}"
            for url in self._app.bases
            for port in ports
        ]

    async def __del__(self) -> None:
        """Stop the server."""
        self._server.should_exit = True
        await self._serving
        await self._app.close()


class GatewayApp:
    """The ASGI application: a list of ports, and each port below its name."""

    def __init__(
        self, bind: str, tcp_port: int, token: str, public_urls: Sequence[PublicUrl]
    ) -> None:
        self._bind, self._tcp_port, self.token = bind, tcp_port, token
        names = (with_port(name, tcp_port) for name in printed_names(bind))
        self.bases = [*public_urls, *(PublicUrl(f"http://{name}") for name in names)]
        self.pools: dict[str, Pool] = {}
        self._ports: dict[str, Guard] = {}
        self._http = http_client()
        routes = [Route("/", self._list), Route("/api/replicas", self._replicas)]
        self._index = Guard(Router(routes), self._access(""))

    def add(self, port: str) -> Access:
        """See Gateway."""
        access = self._access(f"/{port}")
        if port not in self._ports:
            pool = self.pools[port] = Pool(port)
            proxy = Proxy(pool, self._http)
            routes = [
                *page_routes(),
                WebSocketRoute("/api/session", proxy.session),
                Route("/metrics", proxy.metrics),
                Route("/{path:path}", proxy.request, methods=["GET", "POST", "DELETE"]),
            ]
            self._ports[port] = Guard(Router(routes), access)
        return access

    def remove(self, port: str) -> None:
        """See Gateway."""
        self._ports.pop(port, None)
        self.pools.pop(port, None)

    async def close(self) -> None:
        """Close the connections to replicas."""
        await self._http.close()

    def _access(self, path: str) -> Access:
        public = [PublicUrl(url.origin, url.prefix + path) for url in self.bases]
        return Access.to(self._bind, self._tcp_port, self.token, public=public)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find the port, and remove its name from the path."""
        if scope["type"] == "lifespan":
            return
        path = scope["path"]
        for prefix in {url.prefix for url in self.bases if url.prefix}:
            path = path.removeprefix(prefix)
        name, slash, rest = path.removeprefix("/").partition("/")
        if (port := self._ports.get(name)) is not None and slash:
            inner = {**scope, "path": f"/{rest}", "raw_path": f"/{rest}".encode()}
            await port(inner, receive, send)
        elif port is not None:
            query = scope["query_string"].decode("latin-1")
            to = RedirectResponse(f"{name}/" + (f"?{query}" if query else ""), 307)
            await to(scope, receive, send)
        elif path == "/healthz":
            await PlainTextResponse("alive\n")(scope, receive, send)
        else:
            await self._index({**scope, "path": path or "/"}, receive, send)

    async def _list(self, _: Request) -> HTMLResponse:
        rows = ""
        for name, pool in sorted(self.pools.items()):
            rows += (
                f'<li><a href="{name}/">{html.escape(name)}</a> {html.escape(pool.failure)}</li>'
            )
        return HTMLResponse(f"<!doctype html><title>Lucid</title><h1>Worlds</h1><ul>{rows}</ul>")

    async def _replicas(self, _: Request) -> JSONResponse:
        return JSONResponse(
            {
                name: {
                    "waiting": pool.waiting,
                    "replicas": [asdict(one.report) for one in pool.replicas],
                }
                for name, pool in self.pools.items()
            }
        )
