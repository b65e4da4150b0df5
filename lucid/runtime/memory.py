"""MemoryTransport: plays a port in this process, for tests and conformance checks."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from pydantic import BaseModel

from lucid.authoring.model import LucidModel
from lucid.errors import InputError, SessionError
from lucid.runtime.host import Host
from lucid.runtime.messages import (
    AudioSamples,
    ControlMessage,
    ErrorInfo,
    Frame,
    Input,
    Message,
)
from lucid.runtime.session import ErrorNotice, HostSession, Notice, StateNotice
from lucid.runtime.states import SessionState
from lucid.runtime.thread_worker import ThreadWorker

KEPT_FRAMES = 1_000
WAIT_S = 60.0
"""The default limit of a wait. It is generous, because a machine may be busy."""


class MemoryTransport:
    """One player, who joins a host, sends inputs, and keeps outputs and the last 1,000 frames."""

    def __init__(self, host: Host) -> None:
        self.notices: list[Notice] = []
        self.frames: list[Frame] = []
        self.audio_samples: list[AudioSamples] = []
        self.messages: list[Message] = []
        self._seq = 0
        self._total = 0
        self._changed = asyncio.Event()
        self._host = host
        self.session: HostSession = host.join(self._on_notice)
        self.session.viewers.append(self)

    @property
    def state(self) -> SessionState:
        """The session's state."""
        return self.session.state

    @property
    def errors(self) -> list[ErrorNotice]:
        """The error notices that the player got."""
        return [notice for notice in self.notices if isinstance(notice, ErrorNotice)]

    @property
    def states(self) -> list[SessionState]:
        """The states that the player was notified of, in order."""
        return [notice.state for notice in self.notices if isinstance(notice, StateNotice)]

    async def start(self, timeout_s: float = WAIT_S) -> None:
        """Wait until the session is ready, start it, and wait until it runs.

        Raises:
            SessionError: The session failed.
            TimeoutError: The session neither started nor failed in time.
        """
        await self.until(lambda: self.state is not SessionState.LOADING, timeout_s)
        if self.state is SessionState.READY:
            self.session.start()
            await self.until(lambda: self.state is not SessionState.READY, timeout_s)
        if SessionState.RUNNING not in self.states:
            raise SessionError("; ".join(notice.error.message for notice in self.errors))

    def send(self, name: str, **args: Any) -> int:
        """Send an input; return its sequence number. A refusal is added to ``errors``."""
        self._seq += 1
        try:
            self.session.send(Input(self._seq, name, args))
        except InputError as error:
            self._on_notice(ErrorNotice(ErrorInfo.of(error), self._seq))
        return self._seq

    def control(self, message: ControlMessage) -> None:
        """Send another control message."""
        self.session.send(message)

    async def next_frames(self, count: int = 1, timeout_s: float = WAIT_S) -> list[Frame]:
        """Wait for the next ``count`` frames and return them."""
        wanted = self._total + count
        await self.until(lambda: self._total >= wanted, timeout_s)
        end = len(self.frames) - (self._total - wanted)
        return self.frames[end - count : end]

    async def frame_after(self, seq: int, timeout_s: float = WAIT_S) -> Frame:
        """Wait for the first frame that was made after the input ``seq``, and return it."""
        await self.until(lambda: any(f.input_seq >= seq for f in self.frames), timeout_s)
        return next(frame for frame in self.frames if frame.input_seq >= seq)

    async def until(self, condition: Callable[[], bool], timeout_s: float = WAIT_S) -> None:
        """Wait until the condition holds; check it after each notice and each output.

        Raises:
            TimeoutError: The condition did not hold in time.
        """
        async with asyncio.timeout(timeout_s):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def leave(self, timeout_s: float = WAIT_S) -> None:
        """Disconnect, and wait until the session is over."""
        self._host.end(self.session)
        await self.until(lambda: self.state.over, timeout_s)

    # --- Viewer -----------------------------------------------------------------------------

    def frame(self, frame: Frame) -> None:
        """Keep a frame."""
        self._total += 1
        self.frames.append(frame)
        del self.frames[:-KEPT_FRAMES]
        self._changed.set()

    def audio(self, samples: AudioSamples) -> None:
        """Keep samples."""
        self.audio_samples.append(samples)
        self._changed.set()

    def message(self, message: Message) -> None:
        """Keep a json or bytes sample."""
        self.messages.append(message)
        self._changed.set()

    def _on_notice(self, notice: Notice) -> None:
        self.notices.append(notice)
        self._changed.set()


@asynccontextmanager
async def hosting(
    model_cls: type[LucidModel[Any]], config: BaseModel | None = None
) -> AsyncIterator[Host]:
    """Start a host of the model on a ThreadWorker; stop it at the end."""
    host = Host(ThreadWorker(model_cls, config))
    host.start()
    try:
        yield host
    finally:
        await host.stop()


@asynccontextmanager
async def playing(
    model_cls: type[LucidModel[Any]], config: BaseModel | None = None
) -> AsyncIterator[MemoryTransport]:
    """Start a host, and join it as one player whose session runs."""
    async with hosting(model_cls, config) as host:
        transport = MemoryTransport(host)
        await transport.start()
        yield transport
