"""Link: one session of an engine, over the engine's own protocol."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import ClassVar, TypeVar

import numpy as np
import websockets
from numpy.typing import NDArray

from lucid.errors import RemoteError
from lucid.remote.engine import EngineBusy, RemoteEngine
from lucid.remote.pictures import Batch

CONNECT_S, SEND_S, CLOSE_S = 10.0, 3.0, 2.0
MAX_MESSAGE_BYTES = 64 * 1024 * 1024
"""Sixteen raw pictures of 1280x704 are 43 MB."""
MAX_MESSAGES = 4
"""How many received messages wait for the link."""
BUSY = {1008, 1013}
"""The codes with which engines close the socket of one player too many."""

T = TypeVar("T")


class Link(ABC):
    """A connection to an engine that plays one session."""

    is_asked: ClassVar[bool] = False
    """Whether the engine makes a chunk only when ``receive`` asks for it."""

    def __init__(self, engine: RemoteEngine) -> None:
        self.engine = engine

    @abstractmethod
    async def open(self, prompt: str, picture: NDArray[np.uint8] | None) -> None:
        """Connect, and start the session.

        Raises:
            RemoteError: the server cannot be reached, or refuses.
        """

    @abstractmethod
    async def send(self, event_id: int, held: Sequence[str], prompt: str | None) -> None:
        """Send a new prompt or, if it is None, the keys that are held now."""

    @abstractmethod
    async def receive(self) -> Sequence[Batch] | None:
        """Return the pictures of a message; None if the session has ended as planned.

        Raises:
            RemoteError: the engine reported an error, stalls, or closed the connection.
            LookupError, TypeError, ValueError: a message does not follow the protocol.
        """

    @abstractmethod
    async def close(self) -> None:
        """End the session."""

    async def in_time(self, receive: Callable[[], Awaitable[T]]) -> T:
        """Return what ``receive`` returns.

        Raises:
            RemoteError: the engine has stalled.
        """
        for _ in range(2):  # during one of them, this loop may have stood still
            with suppress(TimeoutError):
                async with asyncio.timeout(self.engine.stall_s / 2):
                    return await receive()
        raise self.engine.error(
            f"has sent nothing for {self.engine.stall_s:g} s",
            "see the engine's log; play again starts a new session",
        )

    def unreachable(self, reason: object) -> RemoteError:
        """Return the error for a server that is not there."""
        return self.engine.error(
            f"cannot be reached: {str(reason)[:200]}",
            "start the engine's server, or correct URL in the port's engine.py",
        )

    def closed(self, how: str) -> RemoteError:
        """Return the error for a connection that the engine has closed."""
        return self.engine.error(
            f"closed the connection {how}".strip(), "play again starts a new session"
        )

    def refused(self, reason: object) -> RemoteError:
        """Return the error for what the engine itself reported."""
        return self.engine.error(
            f"reported an error: {str(reason)[:300]!r}",
            "START in the port's engine.py sets what a session starts with; see the engine's log",
        )

    def is_busy(self, reason: object) -> EngineBusy:
        """Return the error for an engine that refuses one player too many."""
        error = self.engine.error(f"takes no further session: {str(reason)[:300]!r}", "")
        return EngineBusy(error.message, hint="play again when another session ends")


class SocketLink(Link):
    """A link over a WebSocket."""

    _socket: websockets.ClientConnection | None = None

    async def connect(self) -> None:
        """Open the socket, without compression, so that a small message cannot become a large one.

        Raises:
            RemoteError: the server cannot be reached.
        """
        try:
            self._socket = await websockets.connect(
                self.engine.url,
                compression=None,
                open_timeout=CONNECT_S,
                close_timeout=CLOSE_S,
                max_size=MAX_MESSAGE_BYTES,
                max_queue=MAX_MESSAGES,
                ping_interval=None,  # a stall is told by the frames that do not come
            )
        except (OSError, TimeoutError, websockets.WebSocketException) as error:
            raise self.unreachable(error) from error

    async def write(self, message: str | bytes) -> None:
        """Send a message. If the engine takes none any more, ``read`` says so."""
        assert self._socket is not None
        with suppress(websockets.ConnectionClosed, TimeoutError):
            async with asyncio.timeout(SEND_S):
                await self._socket.send(message)

    async def read(self) -> str | bytes | None:
        """Return the next message; None if the engine has closed the socket with code 1000."""
        assert self._socket is not None
        try:
            return await self.in_time(self._socket.recv)
        except websockets.ConnectionClosed as error:
            closed = error.rcvd or error.sent
            if closed is None:
                raise self.closed("without a code") from error
            if closed.code == 1000:
                return None
            if closed.code in BUSY:
                raise self.is_busy(f"{closed.code} {closed.reason}") from error
            raise self.closed(f"with code {closed.code} {closed.reason[:100]}") from error

    async def close(self) -> None:
        """See Link."""
        if self._socket is not None:
            await self._socket.close()
