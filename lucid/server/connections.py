"""HTTP connections with time limits, and with limits on their number."""

import asyncio
import logging
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_S = 10.0
"""How long a connection may take to send the header of a request."""
BODY_S = 30.0
"""How long it may take to send the body, plus a second for each ``SLOW_BPS`` bits."""
SLOW_BPS = 256_000
LATE_S = 2.0
"""How much longer a connection stays open for the application to refuse the request itself."""
MAX_PER_ADDRESS = 128
"""Maximum number of HTTP connections of one address; a browser opens six. A proxy in front of the
server is one address. For a new connection, the server closes the oldest one without a request."""
MAX_CONNECTIONS = 512
"""The same for all addresses together. Neither counts WebSockets, which the sessions limit."""
_BODY = (b"content-length", b"transfer-encoding")
_ACCEPT = "socket.accept() out of system resource"
"""How asyncio begins this error, which it reports for each attempt."""

logger = logging.getLogger(__name__)
_logged: set[str] = set()


class Connection(H11Protocol):
    """An HTTP connection that is closed when its request does not arrive in time."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._timer: asyncio.TimerHandle | None = None
        self._reading: object = None
        """The part of the request that arrives now, and the number of requests before it."""
        self._since_s = 0.0
        self._body_bytes = 0

    @property
    def waits(self) -> bool:
        """Whether the server waits for the header of a request, or for the rest of its body."""
        return self.conn.their_state in (h11.IDLE, h11.SEND_BODY)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Make room for the connection, or refuse it."""
        super().connection_made(transport)
        others = [one for one in self.connections if isinstance(one, Connection)]
        address = self.client[0] if self.client else None
        same = [one for one in others if one.client and one.client[0] == address]
        if len(same) > MAX_PER_ADDRESS:
            self._make_room(same, f"{len(same) - 1} connections of {address}")
        elif len(others) > MAX_CONNECTIONS:
            self._make_room(others, f"{len(others) - 1} connections")
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Read a part of a request."""
        self._body_bytes += len(data)
        super().data_received(data)

    def handle_events(self) -> None:
        """Handle what arrived, and limit how long the rest may take."""
        super().handle_events()
        self._watch()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the limits."""
        super().connection_lost(exc)
        self._stop()

    def _make_room(self, others: list["Connection"], what: str) -> None:
        waiting = [one for one in others if one.waits and one is not self]
        if "full" not in _logged:
            _logged.add("full")
            logger.warning("there are %s: those that send no request are closed", what)
        oldest = min(waiting, key=lambda one: one._since_s, default=self)
        oldest._refuse(503, "too many connections")
        self.connections.discard(oldest)  # it closes later

    def _watch(self) -> None:
        reading = (self.conn.their_state, self.cycle)
        if reading == self._reading:
            return
        self._stop()
        self._reading, self._since_s, self._body_bytes = reading, self.loop.time(), 0
        upgraded = self.transport.get_protocol() is not self
        if self.waits and not upgraded and not self.transport.is_closing():
            self._timer = self.loop.call_later(HEADER_S, self._check)

    def _check(self) -> None:
        limit_s = HEADER_S
        if self.conn.their_state is h11.SEND_BODY:
            limit_s = body_limit_s(self._body_bytes) + LATE_S
        left_s = self._since_s + limit_s - self.loop.time()
        if left_s > 0.01:
            self._timer = self.loop.call_later(left_s, self._check)
        else:
            self._refuse(408, "the request did not arrive in time")

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP, also in the body of a request that is being answered."""
        self._refuse(400, msg)

    def _should_upgrade(self) -> bool:
        """Let the application refuse a request that is not a valid WebSocket handshake."""
        has_body = any(name in _BODY for name, _ in self.headers)
        return self.scope["method"] == "GET" and not has_body and super()._should_upgrade()

    def _refuse(self, status: int, why: str) -> None:
        """Answer, if nothing was answered yet, and close."""
        self._stop()
        begun = False
        if self.cycle is not None and not self.cycle.response_complete:
            begun, self.cycle.disconnected = self.cycle.response_started, True
            self.cycle.message_event.set()
        if not self.transport.is_closing():
            if not begun:
                head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
                head += "content-type: text/plain\r\nconnection: close\r\n"
                text = f"{head}content-length: {len(why) + 1}\r\n\r\n{why}\n"
                self.transport.write(text.encode())
            self.transport.close()


def body_limit_s(received_bytes: int) -> float:
    """Return how long a body may take, if this much of it has arrived."""
    return BODY_S + received_bytes * 8 / SLOW_BPS


def log_once(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log an error of the event loop in one line. Log an error of ``accept`` only once.

    The traceback is logged at the level DEBUG.
    """
    what, error = str(context.get("message")), context.get("exception")
    if what.startswith(_ACCEPT):
        if _ACCEPT in _logged:
            return
        _logged.add(_ACCEPT)
        what = "no connection can be accepted"
    logger.error("%s: %s: %s", what, type(error).__name__, error)
    logger.debug("%s", what, exc_info=error)
