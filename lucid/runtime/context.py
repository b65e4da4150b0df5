"""RunningContext: the SessionContext of a running session."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np

from lucid.authoring.captures import Captured
from lucid.authoring.definition import ModelDefinition
from lucid.authoring.files import InputFile
from lucid.authoring.outputs import AudioOutput, BytesOutput, JsonOutput, VideoOutput
from lucid.authoring.session import SessionContext
from lucid.errors import InputError, LucidError, SessionFailedError, UnknownOutputError
from lucid.media.i420 import PixelWriter
from lucid.runtime import samples
from lucid.runtime.handlers import InputHandlers
from lucid.runtime.inbox import Inbox
from lucid.runtime.messages import (
    Align,
    AudioSamples,
    ControlMessage,
    ErrorInfo,
    Frame,
    Input,
    InputApplied,
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
from lucid.runtime.pacing import MONOTONIC, Clock, Pacer
from lucid.runtime.port_calls import PORT_ERRORS, PortCalls
from lucid.runtime.samples import Extremes, FrameValueCheck

MAX_CHUNKS_IN_FLIGHT = 2
"""Chunks that are published and not shown yet: the one on the screen and the next."""

MAX_SOUND_AHEAD_S = 1.0
"""How far ahead of time a port without video may publish sound."""

Allocate = Callable[[tuple[int, ...]], np.ndarray | None]
"""Returns memory for uint8 pixels of this shape, or None if none is free."""


class RunningContext(SessionContext):
    """Publishes samples as worker events, and applies pending inputs, on the model's thread."""

    def __init__(
        self,
        session_id: str,
        definition: ModelDefinition,
        emit: Callable[[WorkerEvent], None],
        allocate: Allocate,
        calls: PortCalls,
        clock: Clock = MONOTONIC,
        *,
        is_exact: bool = False,
    ) -> None:
        """``is_exact``: do not merge pending inputs, and take any number of them."""
        self.failure: LucidError | None = None
        """Why the session must end, unless it was asked to end or ``run()`` raised."""
        self._clock = clock
        self.calls = calls
        self.session_id = session_id
        self.logger = logging.getLogger(f"lucid.session.{session_id[:8]}")
        self.handlers = InputHandlers(definition, calls, self.fail, self.logger)
        manifest = definition.manifest
        self._outputs = {output.name: output for output in manifest.outputs}
        videos = manifest.videos
        self._paced = videos[0].name if videos else None  # the first video sets the pace
        has_sound = bool(manifest.audios)
        self._pacers = {output.name: Pacer(output.fps, steady=has_sound) for output in videos}
        self._sound_due_s: dict[str, float] = {}
        """When further sound of this step is due, by audio output."""
        self._writers = {output.name: PixelWriter(output) for output in videos}
        self._value_checks = {output.name: FrameValueCheck(output) for output in videos}
        self._gpu_copies = ThreadPoolExecutor(1, "lucid-gpu-copies")
        """Waits for copies from a GPU; its thread starts with the first of them."""
        self.emit = emit
        self._allocate = allocate
        self._inbox = Inbox(definition.manifest, is_exact=is_exact)
        self._applying = asyncio.Lock()
        self._changed = asyncio.Event()
        self._has_messages = asyncio.Event()
        self._running = True
        self._paused = False
        self._stepping = False
        self._frame_index = dict.fromkeys(self._pacers, 0)
        self._published = 0  # frames; written by the model's thread only
        self._shown = 0  # frames; written by the worker's caller only
        self._waits_for_room = 0
        """Publish calls that wait for room; written by the model's thread only."""
        self._is_urgent = False
        """Whether an input is pending whose effect the player waits for."""
        self._input_seq = 0
        self._shown_seq: int | None = None
        """``_input_seq`` at the first publish of this step: what its frames show."""
        self._steps = 0
        """Steps that are complete, but for the wait until the next one."""
        self._step_samples = 0
        """Samples that were published in the step that is not complete."""
        self._step_ms: float | None = None
        self._step_started_s = self._clock.now_s()

    # --- for the port -----------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether the session goes on; False once it must end."""
        return self._running

    async def publish(self, name: str, sample: Any, ts_ms: float | None = None) -> None:
        """See SessionContext."""
        output = self._outputs.get(name)
        ends_step = name == (self._paced or name) and not self.handlers.is_current_task
        input_seq = self._input_seq
        if not self.handlers.is_current_task:
            if self._shown_seq is None:
                self._shown_seq = input_seq
            input_seq = self._shown_seq  # inputs that arrive meanwhile do not show
        if ends_step:
            self._stepping = False  # the step that a paused player asked for is done
            self._steps, self._step_samples = self._steps + 1, 0
        elif not self.handlers.is_current_task:
            self._step_samples += 1
        ts_ms = None if ts_ms is None else float(ts_ms)
        match output:
            case VideoOutput():
                await self._publish_frames(output, sample, input_seq)
            case AudioOutput():
                self._publish_sound(output, sample)
            case JsonOutput():
                self.emit(Message(self.session_id, name, samples.to_json(output, sample), ts_ms))
            case BytesOutput():
                self.emit(Message(self.session_id, name, samples.to_bytes(output, sample), ts_ms))
            case _:
                raise UnknownOutputError(name, self._outputs)
        await asyncio.sleep(0)  # let messages from other threads in, and a cancellation
        await self.wait_if_paused()
        if ends_step:
            self._shown_seq = None
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
        if self.handlers.is_current_task:  # the input that resumes the session comes after it
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
        """See SessionContext."""
        self._step_ms = float(ms)

    # --- for the worker ---------------------------------------------------------------------

    def put(self, message: ControlMessage) -> bool:
        """Queue a message; from any thread. Return whether ``wake`` must be called.

        Raises:
            InputQueueFullError: too many inputs are pending.
        """
        must_wake = self._inbox.put(message)
        is_urgent = not (isinstance(message, Align) or self._inbox.is_merged(message))
        if is_urgent and not self._is_urgent:
            self._is_urgent = must_wake = True
        return must_wake

    def wake(self) -> None:
        """Wake whatever waits for messages or for room; on the model's thread."""
        self._changed.set()
        self._has_messages.set()

    def shown(self) -> bool:
        """Count a frame as shown; from one thread. Return whether ``wake`` must be called."""
        self._shown += 1
        return self._waits_for_room > 0

    def fail(self, error: LucidError) -> None:
        """End the session with an error; on the model's thread."""
        self.failure = self.failure or error
        self.end()

    def end(self) -> None:
        """Make ``running`` False and wake whatever waits; on the model's thread."""
        self._running = False
        self.wake()

    def close(self) -> None:
        """Forget the session that has ended, and end the thread that waits for a GPU."""
        self.handlers.session = None
        self._gpu_copies.shutdown(wait=False)

    async def pump(self) -> None:
        """Apply inputs while ``run()`` awaits something other than the context."""
        while True:
            await self._has_messages.wait()
            if not self._running:
                return
            self._has_messages.clear()
            await self.apply_inputs()

    async def release(self) -> None:
        """Apply the messages that came before the end, above all releases of held inputs.

        Raises:
            SessionTimeoutError: it took too long.
        """
        limit_s = self.calls.limits.releases_s
        await self.calls.finish("releasing held inputs", limit_s, self.apply_inputs())

    async def apply_inputs(self) -> None:
        """Apply the pending messages, in order."""
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
                        self._changed.set()
                    case ReleaseAll():
                        place = self._steps, self._step_samples
                        released = await self.handlers.release_all(ending=not self._running)
                        for name, args in released.items():
                            self.emit(InputApplied(self.session_id, *place, name, args))
                    case Align():
                        if self._paced:
                            self._pacers[self._paced].shift(message.shift_ms / 1000)

    # --- inside -----------------------------------------------------------------------------

    def _publish_sound(self, output: AudioOutput, sample: Any) -> None:
        """Publish sound, which is due with the next frames and after the step's earlier sound."""
        converted = samples.to_audio(output, sample)
        now_s = self._clock.now_s()
        next_due_s = self._pacers[self._paced].next_due_s if self._paced else None
        due_s = max(now_s, self._sound_due_s.get(output.name, next_due_s or now_s))
        if self._paced is None and due_s - now_s > MAX_SOUND_AHEAD_S:
            return  # nothing paces this port, and it does not wait by itself
        self._sound_due_s[output.name] = due_s + len(converted) / output.sample_rate_hz
        self.emit(AudioSamples(self.session_id, output.name, converted, due_s))

    async def _publish_frames(self, output: VideoOutput, sample: Any, input_seq: int) -> None:
        step_ms = self._step_ms or (self._clock.now_s() - self._step_started_s) * 1000
        chunk = samples.to_chunk(output, sample)
        await self._wait_for_room((MAX_CHUNKS_IN_FLIGHT - 1) * len(chunk))
        pacer, writer = self._pacers[output.name], self._writers[output.name]
        started_s = self._clock.now_s()
        due_s: list[float] = []
        for position, frame in enumerate(chunk):
            pixels = self._allocate(writer.shape_of(frame))
            wait_for_copy = None if pixels is None else writer.write(frame, pixels)
            if position == 0:  # the next step starts earlier by the time of the copy
                now_s = self._clock.now_s()
                due_s = pacer.schedule(len(chunk), now_s, step_ms / 1000 + now_s - started_s)
            index = self._frame_index[output.name]
            self._frame_index[output.name] += 1
            if pixels is None:
                continue  # the server is far behind: this frame is dropped
            self._published += 1
            event = Frame(
                self.session_id,
                output.name,
                index,
                due_s[position],
                input_seq,
                step_ms / len(chunk),
                pixels,
            )
            extremes = self._value_checks[output.name].measure(index, frame)
            if wait_for_copy is None:
                self._emit_frame(event, extremes)
            else:
                loop = asyncio.get_running_loop()
                self._gpu_copies.submit(self._emit_copied, wait_for_copy, event, extremes, loop)
        if output.name == self._paced:
            self._sound_due_s.clear()
        if output.name == self._paced and not self.handlers.is_current_task:
            self._step_ms = None
            await self._wait_for_step(pacer)

    def _emit_copied(
        self,
        wait_for_copy: Callable[[], None],
        event: Frame,
        extremes: Extremes | None,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        try:
            wait_for_copy()
        except PORT_ERRORS as raised:  # a GPU reports errors of earlier steps here, too
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
        event.pixels.flags.writeable = False
        self.emit(event)
        if extremes and (error := self._value_checks[event.output].judge(extremes)):
            self.logger.warning("%s", error)
            self.emit(SessionWarning(self.session_id, ErrorInfo.of(error)))

    async def _wait_for_room(self, most: int) -> None:
        """Wait until at most ``most`` published frames are not shown yet."""
        self._waits_for_room += 1  # before the count is read, so that no wake-up is lost
        try:
            while self._running and self._published - self._shown > most:
                self._changed.clear()
                await self._changed.wait()
        finally:
            self._waits_for_room -= 1

    async def _wait_for_step(self, pacer: Pacer) -> None:
        while self._running:
            now_s = self._clock.now_s()
            until_s = pacer.early_step_s(now_s) if self._is_urgent else pacer.next_step_s(now_s)
            if now_s >= until_s:
                break
            self._changed.clear()
            await self._clock.wait(self._changed, until_s)
        self._is_urgent = False
        pacer.start_step(self._clock.now_s())

    async def _apply(self, message: Input) -> None:
        place = self._steps, self._step_samples
        try:
            await self.handlers.apply(message, paused=self._paused, ending=not self._running)
        except InputError as error:
            self.emit(InputRefused(self.session_id, message.seq, ErrorInfo.of(error)))
        else:
            args = _without_data(message.args)
            self.emit(InputApplied(self.session_id, *place, message.name, args))
        self._input_seq = max(self._input_seq, message.seq)  # merged motion may come out of order

    def _set_paused(self, paused: bool) -> None:
        if paused != self._paused:
            self._paused = paused
            self._changed.set()
            self.emit(SessionPaused(self.session_id, paused))


def _without_data(args: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return arguments without the bytes of files; None if they hold a camera frame or sound."""
    if any(isinstance(value, Captured) for value in args.values()):
        return None
    return {
        name: replace(value, data=b"") if isinstance(value, InputFile) else value
        for name, value in args.items()
    }
