"""The SessionContext that a port's session talks to."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable
from typing import Any

from lucid.authoring.bindings import AxisBinding, HoldBinding
from lucid.authoring.definition import InputDefinition, ModelDefinition
from lucid.authoring.outputs import AudioOutput, BytesOutput, JsonOutput, VideoOutput
from lucid.authoring.session import LucidSession, SessionContext
from lucid.errors import (
    InputError,
    InputHandlerError,
    InputPausedError,
    UnknownInputError,
    UnknownOutputError,
)
from lucid.runtime import samples
from lucid.runtime.clock import MONOTONIC, Clock
from lucid.runtime.inbox import Inbox
from lucid.runtime.messages import (
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
    WorkerEvent,
)
from lucid.runtime.pacing import Pacer

MAX_CHUNKS_IN_FLIGHT = 2
"""Chunks that may be made and not yet shown: the one that plays and the one after it."""


class RunningContext(SessionContext):
    """Publishes to the worker's events and applies the inputs that wait, on the model's thread."""

    def __init__(
        self,
        session_id: str,
        definition: ModelDefinition,
        emit: Callable[[WorkerEvent], None],
        clock: Clock = MONOTONIC,
    ) -> None:
        self._clock = clock
        self.session_id = session_id
        self.logger = logging.getLogger(f"lucid.session.{session_id[:8]}")
        self.session: LucidSession[Any] | None = None
        self._inputs = definition.inputs
        self._outputs = {output.name: output for output in definition.manifest.outputs}
        videos = [o for o in self._outputs.values() if isinstance(o, VideoOutput)]
        self._paced = videos[0].name if videos else None  # the first video output sets the pace
        self._pacers = {output.name: Pacer(output.fps) for output in videos}
        self._emit = emit
        self._inbox = Inbox(definition.manifest)
        self._applying = asyncio.Lock()
        self._changed = asyncio.Event()
        self._running = True
        self._paused = False
        self._held: dict[str, dict[str, Any]] = {}
        self._frame_index = dict.fromkeys(self._pacers, 0)
        self._in_flight = 0
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
        await self.apply_inputs()
        waited = False
        while self._paused and self._running:
            waited = True
            self._changed.clear()
            await self._changed.wait()
            await self.apply_inputs()
        now_s = self._clock.now_s()
        for pacer in self._pacers.values():
            if waited:
                pacer.restart()
            pacer.start_step(now_s)
        self._step_started_s = now_s

    def record_inference_ms(self, ms: float) -> None:
        """Report what the last step took."""
        self._step_ms = ms

    # --- for the worker ---------------------------------------------------------------------

    def put(self, message: ControlMessage) -> None:
        """Queue a message; from any thread.

        Raises:
            InputQueueFullError: too many wait.
        """
        self._inbox.put(message)

    def wake(self) -> None:
        """Something changed that the session may wait for; on the model's thread."""
        self._changed.set()

    def shown(self) -> None:
        """One more frame was shown."""
        self._in_flight -= 1
        self._changed.set()

    def end(self) -> None:
        """Make ``running`` False and wake whatever waits."""
        self._running = False
        self._changed.set()

    async def pump(self) -> None:
        """Apply inputs whenever run() awaits something else than the context."""
        while self._running:
            self._changed.clear()
            await self.apply_inputs()
            await self._changed.wait()

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
                    case ReleaseAll():
                        await self._release_all()

    # --- inside -----------------------------------------------------------------------------

    async def _publish_frames(self, output: VideoOutput, sample: Any) -> None:
        images = samples.to_frames(output, sample)
        while self._running and self._in_flight > (MAX_CHUNKS_IN_FLIGHT - 1) * len(images):
            self._changed.clear()
            await self._changed.wait()
        now_s = self._clock.now_s()
        step_s = None if self._step_ms is None else self._step_ms / 1000
        step_ms = self._step_ms or (now_s - self._step_started_s) * 1000
        pacer = self._pacers[output.name]
        for image, due_s in zip(images, pacer.schedule(len(images), now_s, step_s), strict=True):
            index = self._frame_index[output.name]
            self._frame_index[output.name] += 1
            self._in_flight += 1
            self._emit(
                Frame(
                    self.session_id,
                    output.name,
                    index,
                    image,
                    due_s,
                    self._input_seq,
                    step_ms / len(images),
                )
            )
        if output.name == self._paced:
            self._step_ms = None
            await self._sleep_until(pacer.next_step_s(self._clock.now_s()))

    async def _sleep_until(self, when_s: float) -> None:
        while self._running and self._clock.now_s() < when_s:
            self._changed.clear()
            await self._clock.wait(self._changed, when_s)

    async def _apply(self, message: Input) -> None:
        try:
            definition = self._inputs.get(message.name)
            if definition is None:
                raise UnknownInputError(message.name, self._inputs)
            values = definition.validate(message.args)
            if self._paused and not definition.spec.paused and not _releases(definition, values):
                raise InputPausedError(message.name)
            await self._call(definition, values)
        except InputError as error:
            self._emit(InputRefused(self.session_id, message.seq, ErrorInfo.of(error)))
        self._input_seq = message.seq

    async def _call(self, definition: InputDefinition, values: dict[str, Any]) -> None:
        name = definition.spec.name
        try:
            result = getattr(self.session, name)(**values)
            if inspect.isawaitable(result):
                await result
        except InputError:
            raise  # the handler's own refusal, as it is
        except Exception as error:
            self.logger.exception("input %s raised", name)
            raise InputHandlerError(
                f"input {name!r} failed: {type(error).__name__}: {error}",
                hint="the port's handler raised; its traceback is in the server's log",
            ) from error
        if isinstance(definition.spec.binding, HoldBinding | AxisBinding):
            if _releases(definition, values):
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


def _releases(definition: InputDefinition, values: dict[str, Any]) -> bool:
    binding = definition.spec.binding
    return (isinstance(binding, HoldBinding) and not values["pressed"]) or (
        isinstance(binding, AxisBinding) and values["value"] == 0
    )
