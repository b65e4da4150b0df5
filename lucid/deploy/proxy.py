"""Forward the sockets and requests of one port to its replicas."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from dataclasses import asdict
from urllib.parse import quote

import aiohttp
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.websockets import WebSocket, WebSocketDisconnect
from yarl import URL

from lucid.deploy.pool import GONE_S, Pool, Replica, Waiting
from lucid.errors import LucidError, ModelProcessError, UnknownSessionError
from lucid.runtime.messages import ErrorInfo
from lucid.runtime.session import ErrorNotice, StateNotice
from lucid.runtime.states import SessionState
from lucid.server import wire
from lucid.server.metrics import EXPOSITION_TYPE
from lucid.server.protocol import notice_message
from lucid.server.signaling import LEFT, PING_S

SILENT_S = 5.0
"""A replica pings each page every 2 s. If it sends nothing for this time, it hangs."""
LOST = 4000
"""A close code that keeps the session."""
PROBE_S = 1.0
"""How long a replica may take to answer after it broke a connection."""
CHECK_S = 0.1
CONNECT_S = 3.0
"""How long a TCP connection to a replica may take."""
_FORWARDED = ("host", "origin", "cookie")
ABNORMAL = 1006
"""The close code of a connection that broke."""
NO_CODE = (1005, ABNORMAL)
_QUEUE = """\
# HELP lucid_gateway_queue Players who wait for a slot of any replica.
# TYPE lucid_gateway_queue gauge
lucid_gateway_queue{{port="{port}"}} {waiting}
"""
_HOP_BY_HOP = {b"connection", b"keep-alive", b"transfer-encoding", b"upgrade", b"server", b"date"}


class Page:
    """A page's socket. What the page sends is forwarded once a replica is connected."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self.replica: aiohttp.ClientWebSocketResponse | None = None
        self.code = LOST
        """With which code the page closed the socket."""

    async def read(self) -> None:
        """Forward messages until the page closes the socket."""
        while (event := await self.socket.receive())["type"] != "websocket.disconnect":
            if self.replica is None or self.replica.closed:
                continue  # the page waits, and answers pings
            with suppress(ConnectionError):  # the replica was just lost
                if (text := event.get("text")) is not None:
                    await self.replica.send_str(text)
                else:
                    await self.replica.send_bytes(event["bytes"])
        self.code = event["code"]

    async def refuse(self, error: LucidError) -> None:
        """Tell the page why it gets no session, and close the socket."""
        await self.socket.send_json(notice_message(ErrorNotice(ErrorInfo.of(error), None)))
        await self.socket.close(1002)


def http_client() -> aiohttp.ClientSession:
    """Return what connects to replicas."""
    limit = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S)
    return aiohttp.ClientSession(
        timeout=limit, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
    )


class Proxy:
    """Forwards what belongs to one port."""

    def __init__(self, pool: Pool, http: aiohttp.ClientSession) -> None:
        self._pool, self._http = pool, http

    async def request(self, request: Request) -> Response:
        """Forward a request to the replica that made the key in its URL, or to any."""
        query = request.scope["query_string"].decode("latin-1")
        path = quote(request.scope["path"]) + (f"?{query}" if query else "")
        replica = self._pool.named_in(path) or self._pool.any()
        if replica is None:
            error = ErrorInfo.of(ModelProcessError("no replica is ready", hint="try again in 10 s"))
            return JSONResponse({"error": asdict(error)}, 503, {"retry-after": "10"})
        headers = [(k, v) for k, v in request.headers.items() if k.encode() not in _HOP_BY_HOP]
        body = request.stream() if request.method == "POST" else None
        try:
            answer = await self._http.request(
                request.method,
                URL(replica.report.url + path, encoded=True),
                headers=headers,
                data=body,
                allow_redirects=False,
            )
        except aiohttp.ClientError:
            self._pool.lose(replica)
            gone = ErrorInfo.of(UnknownSessionError("this session is over", hint="play again"))
            return JSONResponse({"error": asdict(gone)}, 404)
        response = StreamingResponse(_body(answer), answer.status)
        response.raw_headers = [
            (k, v) for k, v in answer.raw_headers if k.lower() not in _HOP_BY_HOP
        ]
        return response

    async def metrics(self, request: Request) -> Response:
        """Return the metrics of all replicas, and how many players wait for one of them."""
        texts = await asyncio.gather(
            *(self._metrics_of(replica, request) for replica in self._pool.replicas)
        )
        queue = _QUEUE.format(port=self._pool.port, waiting=self._pool.waiting)
        return Response(_merged([*texts, queue]), media_type=EXPOSITION_TYPE)

    async def _metrics_of(self, replica: Replica, request: Request) -> str:
        headers = {k: v for k, v in request.headers.items() if k in _FORWARDED}
        url = URL(f"{replica.report.url}/metrics?{request.url.query}", encoded=True)
        try:
            async with asyncio.timeout(PROBE_S), self._http.get(url, headers=headers) as answer:
                text: str = await answer.text()
                return text
        except (aiohttp.ClientError, TimeoutError):  # it hangs, or was just lost
            return ""

    async def session(self, socket: WebSocket) -> None:
        """Serve a page's socket until its session is over or the page leaves."""
        await socket.accept()
        page = Page(socket)
        reading = asyncio.create_task(page.read())
        try:
            if socket.query_params.keys() & {"resume", "watch", "play"}:
                await self._join(page, reading)
            else:
                await self._play(page, reading)
        except LucidError as error:
            await page.refuse(error)
        except (WebSocketDisconnect, RuntimeError):  # starlette raises both after a close
            pass
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _join(self, page: Page, reading: asyncio.Task[None]) -> None:
        """Connect to the session of a key."""
        query = page.socket.url.query
        with suppress(TimeoutError):
            # A new gateway does not know all replicas yet.
            async with asyncio.timeout(GONE_S):
                while (replica := self._pool.named_in(query)) is None:  # noqa: ASYNC110
                    await asyncio.sleep(CHECK_S)
        if replica is None:
            raise UnknownSessionError("the session is over", hint="start a new session")
        plays = "resume" in page.socket.query_params
        replica.connected += plays
        try:
            if not await self._forward(page, reading, replica):
                raise UnknownSessionError("the session is over", hint="start a new session")
        finally:
            if plays:
                self._pool.release(replica, page.code in LEFT)

    async def _play(self, page: Page, reading: asyncio.Task[None]) -> None:
        """Wait for a slot, and connect to its replica."""
        forwarded = False
        while not forwarded and not reading.done():
            waiting = self._pool.join()
            try:
                await self._wait(page, reading, waiting)
                if waiting.granted is not None:
                    forwarded = await self._forward(page, reading, waiting.granted)
            finally:
                self._pool.leave(waiting)
                if waiting.granted is not None:
                    self._pool.release(waiting.granted, page.code in LEFT)

    async def _wait(self, page: Page, reading: asyncio.Task[None], waiting: Waiting) -> None:
        """Tell a page its position, until it gets a slot or leaves."""
        told = None
        while waiting.granted is None and not reading.done():
            place = self._pool.place(waiting)
            message = wire.Queue(position=place[0], wait_s=place[1], watch_key=place[2])
            await page.socket.send_json((wire.Ping() if place == told else message).dump())
            told = place
            waiting.changed.clear()
            changed = asyncio.create_task(waiting.changed.wait())
            await asyncio.wait(
                {reading, changed}, timeout=PING_S, return_when=asyncio.FIRST_COMPLETED
            )
            changed.cancel()

    async def _forward(self, page: Page, reading: asyncio.Task[None], replica: Replica) -> bool:
        """Connect a page to a replica, and forward messages until one of them closes.

        Return False if the replica cannot be reached.
        """
        headers = {k: v for k, v in page.socket.headers.items() if k in _FORWARDED}
        url = f"{replica.report.url}/api/session?{page.socket.url.query}"
        silence = aiohttp.ClientWSTimeout(ws_receive=SILENT_S, ws_close=1.0)
        try:
            async with asyncio.timeout(SILENT_S):
                there = await self._http.ws_connect(
                    url, headers=headers, timeout=silence, max_msg_size=0
                )
        except (aiohttp.ClientError, TimeoutError):
            self._pool.lose(replica)
            return False
        page.replica = there
        answering = asyncio.create_task(self._answer(there, page.socket, replica))
        try:
            await asyncio.wait({reading, answering}, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                await there.close(code=page.code if page.code in LEFT else LOST)
            elif (code := answering.result()) is not None:
                await page.socket.close(LOST if code in NO_CODE else code)
            else:
                self._pool.lose(replica)
                await _say_lost(page.socket)
        finally:
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)
            await there.close(code=LOST)
        return True

    async def _answer(
        self, there: aiohttp.ClientWebSocketResponse, socket: WebSocket, replica: Replica
    ) -> int | None:
        """Forward a replica's messages. Return its close code; None if it died or hangs."""
        try:
            while True:
                message = await there.receive()
                if message.type is aiohttp.WSMsgType.TEXT:
                    await socket.send_text(message.data)
                elif message.type is aiohttp.WSMsgType.BINARY:
                    await socket.send_bytes(message.data)
                elif there.close_code == ABNORMAL:  # a server also drops a page that may resume
                    async with asyncio.timeout(PROBE_S):
                        (await self._http.get(f"{replica.report.url}/healthz")).close()
                    return ABNORMAL
                else:
                    code: int | None = there.close_code
                    return code
        except (aiohttp.ClientError, TimeoutError):
            return None


def _merged(texts: Iterable[str]) -> str:
    """Merge metrics in the Prometheus text format: the samples of a metric must be together."""
    merged: dict[str, str] = {}
    for text in texts:
        for metric in text.split("# HELP ")[1:]:
            about, kind, samples = metric.split("\n", 2)
            heading = f"# HELP {about}\n{kind}\n"
            merged[heading] = merged.get(heading, "") + samples
    return "".join(heading + samples for heading, samples in merged.items())


async def _say_lost(socket: WebSocket) -> None:
    error = ModelProcessError(
        "the server that played this session was lost", hint="play again, on another server"
    )
    for notice in (ErrorNotice(ErrorInfo.of(error), None), StateNotice(SessionState.FAILED)):
        await socket.send_json(notice_message(notice))
    await socket.close(1011)


async def _body(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    async with answer:
        async for chunk in answer.content.iter_any():
            yield chunk
