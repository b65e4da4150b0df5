"""The SessionContext that a port's session talks to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from functools import partial
from typing import Any

import numpy as np

from lucid.authoring.bindings import AxisBinding, HoldBinding
from lucid.authoring.definition import InputDefinition, ModelDefinition
from lucid.authoring.outputs import AudioOutput, BytesOutput, JsonOutput, VideoOutput
from lucid.authoring.session import LucidSession, SessionContext
from lucid.errors import (
    InputError,
    InputHandlerError,
    InputPausedError,
    LucidError,
    SessionFailedError,
    SessionTimeoutError,
    UnknownInputError,
    UnknownOutputError,
)
from lucid.media.i420 import FrameConverter, i420_shape
from lucid.runtime import samples
from lucid.runtime.clock import MONOTONIC, Clock
from lucid.runtime.inbox import Inbox
from lucid.runtime.limits import PORT_ERRORS, PortCalls
from lucid.runtime.messages import (
    Align,
    AudioSamples,
    ControlMessage,
    ErrorInfo,
    Frame,
    Input,
    InputRefused,
    Message,
    Pause,
    ReleaseAll,
    Resume,
    SessionPaused,
    SessionWarning,
    Step,
    WorkerEvent,
)
from lucid.runtime.pacing import Pacer
from lucid.runtime.watch import Extremes, FrameWatch

MAX_CHUNKS_IN_FLIGHT = 2
"""Chunks that may be made and not yet shown: the one that plays and the one after it."""

Allocate = Callable[[tuple[int, int]], np.ndarray | None]
"""Memory for a picture of (rows, columns) uint8; None where there is none for now."""

_handler: ContextVar[object | None] = ContextVar("_handler", default=None)
"""The call of a handler that the present task belongs to."""


class RunningContext(SessionContext):
    """Publishes to the worker's events and applies the inputs that wait, on the model's thread."""

    def __init__(
        self,
        session_id: str,
        definition: ModelDefinition,
        emit: Callable[[WorkerEvent], None],
        allocate: Allocate,
        calls: PortCalls,
        clock: Clock = MONOTONIC,
    ) -> None:
        self.failure: LucidError | None = None
        """Why the session must end, if it was not asked to and ``run()`` did not raise."""
        self._clock = clock
        self._calls = calls
        self._call_now: object | None = None
        self.session_id = session_id
        self.logger = logging.getLogger(f"lucid.session.{session_id[:8]}")
        self.session: LucidSession[Any] | None = None
        self._inputs = definition.inputs
        self._outputs = {output.name: output for output in definition.manifest.outputs}
        videos = [o for o in self._outputs.values() if isinstance(o, VideoOutput)]
        self._paced = videos[0].name if videos else None  # the first video output sets the pace
        self._pacers = {output.name: Pacer(output.fps) for output in videos}
        self._converters = {output.name: FrameConverter(output) for output in videos}
        self._watches = {output.name: FrameWatch(output) for output in videos}
        self._arrivals = ThreadPoolExecutor(1, "lucid-arrivals")  # a thread once a GPU needs one
        self._emit = emit
        self._allocate = allocate
        self._inbox = Inbox(definition.manifest)
        self._applying = asyncio.Lock()
        self._changed = asyncio.Event()
        self._running = True
        self._paused = False
        self._stepping = False
        self._held: dict[str, dict[str, Any]] = {}
        self._frame_index = dict.fromkeys(self._pacers, 0)
        self._published = 0  # frames; written by the model's thread only
        self._shown = 0  # frames; written by the worker's caller only
        self._waits_for_room = 0
        """How many publishes wait for room; written by the model's thread only."""
        self._hurry = False
        """A key waits to be answered."""
        self._input_seq = 0
        self._step_ms: float | None = None
        self._step_started_s = self._clock.now_s()

    # --- for the port -----------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """False once the session is to end."""
        return self._running

    async def publish(self, name: str, sample: Any, ts_ms: float | None = None) -> None:
        """See SessionContext."""
        output = self._outputs.get(name)
        ends_step = name == (self._paced or name) and not self._in_handler
        if ends_step:
            self._stepping = False  # what a paused player asked for is made
        ts_ms = None if ts_ms is None else float(ts_ms)
        match output:
            case VideoOutput():
                await self._publish_frames(output, sample)
            case AudioOutput():
                self._emit(AudioSamples(self.session_id, name, samples.to_audio(output, sample)))
            case JsonOutput():
                self._emit(Message(self.session_id, name, samples.to_json(output, sample), ts_ms))
            case BytesOutput():
                self._emit(Message(self.session_id, name, samples.to_bytes(output, sample), ts_ms))
            case _:
                raise UnknownOutputError(name, self._outputs)
        await asyncio.sleep(0)  # lets messages from other threads in, and a cancellation
        await self.wait_if_paused()
        if ends_step:
            self._step_started_s = self._clock.now_s()

    def pause(self) -> None:
        """Pause the session."""
        self._set_paused(True)

    def resume(self) -> None:
        """Resume the session."""
        self._set_paused(False)

    def is_paused(self) -> bool:
        """Whether the session is paused."""
        return self._paused

    async def wait_if_paused(self) -> None:
        """See SessionContext."""
        if self._in_handler:  # the inputs after it wait for it, also the one that resumes
            return
        await self.apply_inputs()
        waited = False
        while self._paused and self._running and not self._stepping:
            waited = True
            self._changed.clear()
            await self._changed.wait()
            await self.apply_inputs()
        if waited:
            for pacer in self._pacers.values():
                pacer.restart()
            self._step_started_s = self._clock.now_s()

    def record_inference_ms(self, ms: float) -> None:
        """Report what the last step took."""
        self._step_ms = float(ms)

    # --- for the worker ---------------------------------------------------------------------

    def put(self, message: ControlMessage) -> None:
        """Queue a message; from any thread.

        Raises:
            InputQueueFullError: too many wait.
        """
        self._inbox.put(message)
        if not (isinstance(message, Align) or self._inbox.is_motion(message)):
            self._hurry = True

    def wake(self) -> None:
        """Something changed that the session may wait for; on the model's thread."""
        self._changed.set()

    def shown(self) -> bool:
        """One more frame was shown; from any one thread. Whether the session waits for that."""
        self._shown += 1
        return self._waits_for_room > 0

    def fail(self, error: LucidError) -> None:
        """End the session with an error; on the model's thread."""
        self.failure = self.failure or error
        self.end()

    def end(self) -> None:
        """Make ``running`` False and wake whatever waits."""
        self._running = False
        self._changed.set()

    def close(self) -> None:
        """The session is over: end the thread that waits for frames of a GPU."""
        self.session = None
        self._arrivals.shutdown(wait=False)

    async def pump(self) -> None:
        """Apply inputs whenever run() awaits something else than the context."""
        while self._running:
            self._changed.clear()
            await self.apply_inputs()
            await self._changed.wait()

    async def release(self) -> None:
        """Apply what came before the end, above all the releases of held inputs.

        Raises:
            SessionTimeoutError: it took too long.
        """

        async def apply() -> None:
            await self.apply_inputs()

        await self._calls.finish("releasing held inputs", self._calls.limits.releases_s, apply())

    async def apply_inputs(self) -> None:
        """Apply what waits, in order."""
        async with self._applying:
            for message in self._inbox.take():
                match message:
                    case Input():
                        await self._apply(message)
                    case Pause():
                        self._set_paused(True)
                    case Resume():
                        self._set_paused(False)
                    case Step():
                        self._stepping = self._paused
                    case ReleaseAll():
                        await self._release_all()
                    case Align():
                        if self._paced:
                            self._pacers[self._paced].shift(message.shift_ms / 1000)

    # --- inside -----------------------------------------------------------------------------

    async def _publish_frames(self, output: VideoOutput, sample: Any) -> None:
        step_ms = self._step_ms or (self._clock.now_s() - self._step_started_s) * 1000
        chunk = samples.to_chunk(output, sample)
        await self._wait_for_room((MAX_CHUNKS_IN_FLIGHT - 1) * len(chunk))
        pacer, convert = self._pacers[output.name], self._converters[output.name].write
        started_s = self._clock.now_s()
        due_s: list[float] = []
        for position, frame in enumerate(chunk):
            i420 = self._allocate(i420_shape(output.width, output.height))
            arrived = None if i420 is None else convert(frame, i420)
            if position == 0:  # a step starts earlier by what the conversion takes
                now_s = self._clock.now_s()
                due_s = pacer.schedule(len(chunk), now_s, step_ms / 1000 + now_s - started_s)
            index = self._frame_index[output.name]
            self._frame_index[output.name] += 1
            if i420 is None:
                continue  # whoever shows the frames is far behind: it misses this one
            self._published += 1
            event = Frame(
                self.session_id,
                output.name,
                index,
                due_s[position],
                self._input_seq,
                step_ms / len(chunk),
                i420,
            )
            extremes = self._watches[output.name].look(index, frame)
            if arrived is None:
                self._emit_frame(event, extremes)
            else:
                loop = asyncio.get_running_loop()
                self._arrivals.submit(self._emit_after, arrived, event, extremes, loop)
        if output.name == self._paced and not self._in_handler:
            self._step_ms = None
            await self._wait_for_step(pacer)

    def _emit_after(
        self,
        arrived: Callable[[], None],
        event: Frame,
        extremes: Extremes | None,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        try:
            arrived()
        except PORT_ERRORS as raised:  # an error of a step before it may show up here
            self.logger.error("a frame could not be copied from the GPU", exc_info=raised)
            error = SessionFailedError(
                f"a frame could not be copied from the GPU: {type(raised).__name__}: {raised}",
                hint="its traceback is in the server's log; play again starts a new session",
            )
            if not loop.is_closed():
                loop.call_soon_threadsafe(self.fail, error)
        else:
            self._emit_frame(event, extremes)

    def _emit_frame(self, event: Frame, extremes: Extremes | None) -> None:
        event.i420.flags.writeable = False
        self._emit(event)
        if extremes and (error := self._watches[event.output].judge(extremes)):
            self.logger.warning("%s", error)
            self._emit(SessionWarning(self.session_id, ErrorInfo.of(error)))

    async def _wait_for_room(self, most: int) -> None:
        """Until at most so many frames are still to be shown."""
        self._waits_for_room += 1  # before the look at the count: else nobody might wake us
        try:
            while self._running and self._published - self._shown > most:
                self._changed.clear()
                await self._changed.wait()
        finally:
            self._waits_for_room -= 1

    async def _wait_for_step(self, pacer: Pacer) -> None:
        while self._running:
            now_s = self._clock.now_s()
            until_s = pacer.early_step_s(now_s) if self._hurry else pacer.next_step_s(now_s)
            if now_s >= until_s:
                break
            self._changed.clear()
            await self._clock.wait(self._changed, until_s)
        self._hurry = False
        pacer.hurry(self._clock.now_s())

    @property
    def _in_handler(self) -> bool:
        """Whether the present task runs a handler, or was started by the handler that runs."""
        return self._call_now is not None and _handler.get() is self._call_now

    async def _apply(self, message: Input) -> None:
        try:
            definition = self._inputs.get(message.name)
            if definition is None:
                raise UnknownInputError(message.name, self._inputs)
            values = definition.validate(message.args)
            if self._paused and not definition.spec.paused and not definition.is_release(values):
                raise InputPausedError(message.name)
            await self._call(definition, values)
        except InputError as error:
            self._emit(InputRefused(self.session_id, message.seq, ErrorInfo.of(error)))
        self._input_seq = message.seq

    async def _call(self, definition: InputDefinition, values: dict[str, Any]) -> None:
        name, limits = definition.spec.name, self._calls.limits
        is_last_release = not self._running and definition.is_release(values)
        self._call_now = object()
        before = _handler.set(self._call_now)
        try:
            handler = partial(getattr(self.session, name), **values)
            limit_s = limits.releases_s if is_last_release else limits.handler_s
            await self._calls.call(f"input {name!r}", limit_s, handler)
        except InputError:
            raise  # the handler's own refusal, as it is
        except SessionTimeoutError as error:
            self.logger.error("%s: the session ends", error.message)
            self.fail(error)
        except PORT_ERRORS as error:
            self.logger.exception("input %s raised", name)
            raise InputHandlerError(
                f"input {name!r} failed: {type(error).__name__}: {error}",
                hint="the port's handler raised; its traceback is in the server's log",
            ) from error
        finally:
            self._call_now = None
            _handler.reset(before)
        if isinstance(definition.spec.binding, HoldBinding | AxisBinding):
            if definition.is_release(values):
                self._held.pop(name, None)
            else:
                self._held[name] = values

    async def _release_all(self) -> None:
        for name in list(self._held):
            definition = self._inputs[name]
            neutral = (
                {"pressed": False}
                if isinstance(definition.spec.binding, HoldBinding)
                else {"value": 0.0}
            )
            try:
                await self._call(definition, neutral)
            except InputError:
                self._held.pop(name, None)  # the others are released all the same

    def _set_paused(self, paused: bool) -> None:
        if paused != self._paused:
            self._paused = paused
            self._changed.set()
            self._emit(SessionPaused(self.session_id, paused))
