"""A loaded port that makes a step on request, and the players on it."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from pydantic import BaseModel

from lucid.conformance.audit import source_line
from lucid.conformance.probe import Probe, SessionTrace, TracedContext
from lucid.conformance.promise import Hung
from lucid.conformance.samples import FrameFact, fact_of
from lucid.conformance.script import Send
from lucid.conformance.target import Target
from lucid.runtime.host import Host
from lucid.runtime.memory import MemoryTransport
from lucid.runtime.messages import AudioSamples, Frame, Message, Pause, ReleaseAll, Restore, Resume
from lucid.runtime.session import ErrorNotice
from lucid.runtime.states import SessionState
from lucid.runtime.thread_worker import ThreadWorker

POLL_S = 0.02
"""How often to check a condition that nothing announces."""


class StoppedClock:
    """A clock on which no time passes, so that a host shows every frame at once."""

    def now_s(self) -> float:
        """Return a time that is earlier than any real one."""
        return -1e9

    async def wait(self, event: asyncio.Event, until_s: float) -> None:
        """Return when the event is set."""
        await event.wait()


class Player:
    """One session on a stage. It keeps a FrameFact of each frame, not the frame."""

    def __init__(self, stage: Stage) -> None:
        self.frames: list[FrameFact] = []
        self.messages: list[Message] = []
        self._stage = stage
        self._paced = stage.paced
        self._transport = MemoryTransport(stage.host)
        self._transport.session.viewers.append(self)

    # --- Viewer -----------------------------------------------------------------------------

    def frame(self, frame: Frame) -> None:
        """Note a frame."""
        self._transport.frames.clear()
        if frame.output == self._paced:
            self.frames.append(fact_of(frame))

    def audio(self, samples: AudioSamples) -> None:
        """Discard audio: the probe counts it."""
        self._transport.audio_samples.clear()

    def message(self, message: Message) -> None:
        """Keep a json or bytes sample."""
        self._transport.messages.clear()
        self.messages.append(message)

    # --- for checks -------------------------------------------------------------------------

    @property
    def state(self) -> SessionState:
        """The session's state."""
        return self._transport.state

    @property
    def errors(self) -> list[ErrorNotice]:
        """The errors that the player received."""
        return self._transport.errors

    @property
    def trace(self) -> SessionTrace:
        """The probe's trace of this session."""
        session_id = self._transport.session.id
        return next(t for t in self._stage.probe.sessions if t.context.session_id == session_id)

    def send(self, *sends: Send) -> None:
        """Send inputs."""
        for send in sends:
            self._transport.send(send.name, **send.args)

    def control(self, message: Pause | Resume | ReleaseAll | Restore) -> None:
        """Send another control message."""
        self._transport.control(message)

    def begin(self) -> None:
        """Start the session."""
        self._transport.session.start()

    def start_and_leave(self) -> None:
        """Start the session and leave it before the model's thread handles the start."""
        loop = self._stage.probe.loop
        assert loop is not None
        gate = threading.Event()
        loop.call_soon_threadsafe(gate.wait, self._stage.target.limits.step_s)
        self.begin()
        self._stage.host.end(self._transport.session)
        gate.set()

    async def step(self, count: int = 1) -> None:
        """Let the port make steps.

        Raises:
            Hung: a step does not return.
        """
        for _ in range(count):
            if not self.state.over:
                await self._stage.advance()

    async def leave(self) -> None:
        """Disconnect, unless the session is over.

        Raises:
            Hung: the session does not end.
        """
        if self.state.over:
            return
        self._stage.host.end(self._transport.session)
        limit_s = self._stage.target.limits.step_s
        await self._stage.until(lambda: self.state.over, limit_s)


class Stage:
    """A host that plays a probed model, each step on request."""

    def __init__(self, probe: Probe, target: Target, config: BaseModel | None) -> None:
        self.probe, self.target = probe, target
        self.host = Host(ThreadWorker(probe.model_cls, config, make_context=self._make_context))
        videos = probe.definition.manifest.videos
        self.paced = next((video.name for video in videos), None)
        self.players: list[Player] = []
        self._driver = asyncio.get_running_loop()
        self._parked: set[TracedContext] = set()
        """The sessions that wait for their next step."""
        self._changed = asyncio.Event()

    async def load(self) -> None:
        """Load the model. If it fails, the probe's trace holds the error.

        Raises:
            Hung: load() does not return.
        """
        limit_s = self.target.limits.load_s
        trace = self.probe.load
        self.host.start()
        await self.until(
            lambda: (
                self.probe.load is not trace
                and (self.probe.load.done or self.probe.load.error is not None)
            ),
            limit_s,
        )

    @asynccontextmanager
    async def playing(self) -> AsyncIterator[Player]:
        """Play a new session, which has made its first step: it is parked, or over."""
        player = Player(self)
        self.players.append(player)
        hung = False
        try:
            await self.until(lambda: player.state is not SessionState.LOADING, 5.0)
            if player.state is SessionState.READY:
                player.begin()
                limits = self.target.limits
                first = len(self.probe.sessions) < 2
                await self.settle(limits.load_s if first else limits.step_s)
            yield player
        except Hung:
            hung = True  # the session cannot end any more
            raise
        finally:
            if not hung:
                await player.leave()
            self.players.remove(player)

    async def advance(self) -> None:
        """Let every running session make one step.

        Raises:
            Hung: a step does not return.
        """
        self.start_steps()
        if self.paced is None:  # nothing paces it: give it some time
            await asyncio.sleep(POLL_S)
        await self.settle(self.target.limits.step_s)

    def start_steps(self) -> None:
        """Let every parked session make its next step."""
        loop = self.probe.loop
        if loop is not None and not loop.is_closed():
            for context in self._parked:
                loop.call_soon_threadsafe(context.advance)
        self._parked.clear()

    async def settle(self, limit_s: float) -> None:
        """Wait until every session is parked, paused or over."""
        await self.until(self._settled, limit_s)

    def _make_context(self, *session: Any) -> TracedContext:
        context = partial(TracedContext, clock=StoppedClock())(*session)
        context.on_parked = partial(self._on_parked, context)
        return context

    def _on_parked(self, context: TracedContext, parked: bool) -> None:
        """Note that a session parks or goes on; on the model's thread."""
        if not self._driver.is_closed():
            self._driver.call_soon_threadsafe(self._note, context, parked)

    def _note(self, context: TracedContext, parked: bool) -> None:
        (self._parked.add if parked else self._parked.discard)(context)
        self._changed.set()

    def _settled(self) -> bool:
        live = [p for p in self.players if not p.state.over and p.state is not SessionState.READY]
        playing = [p for p in live if p.state is not SessionState.PAUSED]
        started = all(p.state is not SessionState.READY for p in self.players)
        return started and (self.paced is None or len(self._parked) >= len(playing))

    async def until(self, condition: Callable[[], bool], limit_s: float) -> None:
        """Wait until the condition holds.

        Raises:
            Hung: it did not hold in time.
        """
        loop = asyncio.get_running_loop()
        limit_s *= self.target.limits.slack
        end_s = loop.time() + limit_s
        while not condition():
            if loop.time() > end_s:
                raise Hung(self.probe.phase, limit_s, self._port_line())
            self._changed.clear()
            try:
                async with asyncio.timeout(POLL_S):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def _port_line(self) -> str:
        """Return the line of the port that the model's thread is at."""
        frame = sys._current_frames().get(self.probe.thread_id or 0)
        return source_line(frame, self.target.root)

    async def close(self) -> None:
        """Unload the model and end its thread."""
        await self.host.stop()
