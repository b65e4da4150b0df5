"""The messages that wait for one page."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from lucid.errors import InputError
from lucid.runtime.messages import ErrorInfo
from lucid.runtime.session import ErrorNotice
from lucid.runtime.states import SessionState
from lucid.server.protocol import notice_message

MAX_WAITING = 256
"""Maximum number of messages waiting for a page; a page that reads more slowly is disconnected."""
MAX_REFUSALS_WAITING = 64
"""Further refusals are dropped, so that a page with many invalid messages stays connected."""


class Outbox:
    """Sends messages to a page's socket, in order. ``on_full`` is called if the page is slow."""

    def __init__(self, socket: WebSocket, on_full: Callable[[], None]) -> None:
        self._socket = socket
        self._on_full = on_full
        self._waiting: deque[dict[str, Any]] = deque()
        self._added = asyncio.Event()

    def put(self, message: dict[str, Any]) -> None:
        """Add a message."""
        if len(self._waiting) >= MAX_WAITING:
            self._on_full()
        else:
            self._waiting.append(message)
            self._added.set()

    def replace(self, message: dict[str, Any]) -> None:
        """Add a message. It replaces the waiting messages of the same type."""
        kept = [one for one in self._waiting if one["type"] != message["type"]]
        self._waiting = deque(kept)
        self.put(message)

    def put_refusal(self, message: dict[str, Any]) -> None:
        """Add the refusal of an input, unless many messages wait."""
        if len(self._waiting) < MAX_REFUSALS_WAITING:
            self.put(message)

    def refuse(self, error: InputError) -> None:
        """Add the refusal of a message, unless many messages wait."""
        self.put_refusal(notice_message(ErrorNotice(ErrorInfo.of(error), error.seq)))

    async def send(self) -> None:
        """Send messages until the session is over or the page is gone."""
        while True:
            while not self._waiting:
                self._added.clear()
                await self._added.wait()
            message = self._waiting.popleft()
            try:
                await self._socket.send_json(message)
            except (WebSocketDisconnect, RuntimeError):  # starlette raises both after a close
                return
            if message.get("state") in (SessionState.ENDED, SessionState.FAILED):
                await self._socket.close()
                return
