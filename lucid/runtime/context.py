"""RunningContext: the SessionContext of a running session."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

from lucid.authoring.definition import ModelDefinition
from lucid.authoring.outputs import AudioOutput, BytesOutput, JsonOutput, VideoOutput
from lucid.authoring.parameters import releases
from lucid.authoring.session import SessionContext
from lucid.errors import InputError, LucidError, UnknownOutputError
from lucid.runtime import samples
from lucid.runtime.frame_emitter import Allocate, FrameEmitter
from lucid.runtime.global_rngs import global_rngs
from lucid.runtime.handlers import InputHandlers
from lucid.runtime.inbox import Inbox
from lucid.runtime.messages import (
    Align,
    AudioSamples,
    ControlMessage,
    Frame,
    Input,
    InputApplied,
    InputRefused,
    Message,
    Pause,
    ReleaseAll,
    Restore,
    Resume,
    SessionPaused,
    SessionRestored,
    Snapshot,
    SnapshotTaken,
    Step,
    WorkerEvent,
)
from lucid.runtime.pacing import MONOTONIC, Clock, Pacer, SoundSchedule
from lucid.runtime.port_calls import PortCalls
from lucid.runtime.script import NO_SCRIPT, Prompter, Script
from lucid.runtime.shown_inputs import ShownInputs
from lucid.runtime.snapshots import Snapshots

MAX_CHUNKS_IN_FLIGHT = 2
"""Chunks that are published and not shown yet: the one on the screen and the next."""


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
        """With ``is_exact``, pending inputs are not merged, and there may be any number of them."""
        self.failure: LucidError | None = None
        """The error that ends the session. None if its end is requested, or if ``run()`` raises."""
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
        self._sound = SoundSchedule(self._pacers.get(self._paced or ""))
        self.emit = emit
        self._emitter = FrameEmitter(videos, emit, allocate, self.fail, self.logger)
        self._inbox = Inbox(definition.manifest, is_exact=is_exact)
        self._taken: deque[ControlMessage] = deque()
        """Messages from the inbox that wait for the end of a step."""
        self._snapshots = Snapshots(calls, clock, self.logger)
        self._prompter = Prompter(NO_SCRIPT, {})
        self._releases = releases(manifest)
        self._applying = asyncio.Lock()
        self._changed = asyncio.Event()
        self._has_messages = asyncio.Event()
        self._running = True
        self._paused = self._stepping = False
        self._is_between_steps = False
        self._frame_index = dict.fromkeys(self._pacers, 0)
        self._published = 0  # frames; written by the model's thread only
        self._shown = 0  # frames; written by the worker's caller only
        self._waits_for_room = 0
        """Publish calls that wait for room; written by the model's thread only."""
        self._is_urgent = False
        """Whether an input is pending whose effect the player waits for."""
        self._inputs = ShownInputs()
        self._steps = 0
        """The number of complete steps. The wait until the next step does not count."""
        self._step_samples = 0
        """Samples that were published in the current step."""
        self._step_ms: float | None = None
        self._step_started_s = self._clock.now_s()

    # --- for the port -----------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether the session continues. It is False once the session must end."""
        return self._running

    async def publish(self, name: str, sample: Any, ts_ms: float | None = None) -> None:
        """See SessionContext."""
        output = self._outputs.get(name)
        by_run = not self.handlers.is_current_task
        ends_step = name == (self._paced or name) and by_run
        input_seq = self._inputs.of_publish(by_run=by_run, ends_step=ends_step)
        if ends_step:
            self._stepping = False  # the step that a paused player asked for is done
            self._steps, self._step_samples = self._steps + 1, 0
        elif by_run:
            self._step_samples += 1
        ts_ms = None if ts_ms is None else float(ts_ms)
        if output is None:
            raise UnknownOutputError(name, self._outputs)
        if isinstance(output, VideoOutput):
            await self._publish_frames(output, sample, input_seq)
        elif not self._prompter.hides(1):
            self._publish_other(output, sample, ts_ms)
        self._is_between_steps = ends_step
        await asyncio.sleep(0)  # let messages from other threads in, and a cancellation
        await self.wait_if_paused()
        self._is_between_steps = False
        if ends_step:
            self._step_started_s = self._clock.now_s()

    def pause(self) -> None:
        """Pause the session."""
        if not self._prompter.hides(1):
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

    @property
    def input_seq(self) -> int:
        """See SessionContext."""
        return self._inputs.handled

    def record_shown_input(self, input_seq: int) -> None:
        """See SessionContext."""
        self._inputs.of_step = input_seq

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

    def follow(self, script: Script) -> None:
        """Play a script, until the player takes over; call it before the session runs."""
        self._prompter = Prompter(script, self._releases)

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
        """Forget the session after its end, and end the thread that waits for a GPU."""
        self.handlers.session = None
        self._emitter.close()

    async def pump(self) -> None:
        """Apply inputs while ``run()`` awaits something other than the context."""
        while True:
            await self._has_messages.wait()
            if not self._running:
                return
            self._has_messages.clear()
            await self.apply_inputs()

    async def release(self) -> None:
        """Apply the messages that came before the end, mainly the releases of held inputs.

        Raises:
            SessionTimeoutError: it took too long.
        """
        limit_s = self.calls.limits.releases_s
        await self.calls.finish("releasing held inputs", limit_s, self.apply_inputs())

    async def apply_inputs(self) -> None:
        """Apply the pending messages, in order."""
        async with self._applying:
            if self._prompter.is_at_end:
                await self._release_all()
            await self._apply_scripted()
            self._taken += self._inbox.take()
            while self._taken and self._is_next(self._taken[0]):
                await self._obey(self._taken.popleft())

    async def snapshot(self) -> Snapshot | None:
        """Return a snapshot of the session between two steps; None if the port takes none."""
        if self._applying.locked() or (data := await self._snapshots.take(self.handlers)) is None:
            return None
        frames = dict(self._frame_index)
        return Snapshot(data, self._steps, frames, dict(self.handlers.held), global_rngs())

    # --- inside -----------------------------------------------------------------------------

    def _is_next(self, message: ControlMessage) -> bool:
        """Return whether a message need not wait for the end of the step."""
        return self._is_between_steps or not (isinstance(message, Restore) and self._running)

    async def _apply_scripted(self) -> None:
        for scripted in self._prompter.due(self._steps, self._step_samples):
            await self._apply(scripted, False)

    async def _restore(self, message: Restore) -> None:
        done = await self._snapshots.restore(self.handlers, message.snapshot)
        if done:
            self._steps, self._step_samples = message.snapshot.steps, 0
            self._frame_index = dict(message.snapshot.frames)
            script = Script(None, message.inputs, message.frames, message.hidden)
            self._prompter = Prompter(script, self._releases, message.snapshot.frame)
            for pacer in self._pacers.values():
                pacer.restart()
        self.emit(SessionRestored(self.session_id, done))
        await self._apply_scripted()

    async def _obey(self, message: ControlMessage) -> None:
        match message:
            case Input():
                if self._prompter.gives_way_to(message):
                    await self._release_all()
                await self._apply(message, self._paused)
            case Pause() | Resume():
                self._set_paused(isinstance(message, Pause))
            case Step():
                self._stepping = self._paused
                self._changed.set()
            case ReleaseAll():
                if self._prompter.is_over:  # else the script holds them
                    await self._release_all()
            case Restore():
                await self._restore(message)
            case Align():
                if self._paced:
                    self._pacers[self._paced].shift(message.shift_ms / 1000)

    async def _release_all(self) -> None:
        """Release all held inputs, and end a script, which may hold some of them."""
        self._prompter.end()
        place = self._steps, self._step_samples
        released = await self.handlers.release_all(ending=not self._running)
        for name, args in released.items():
            self.emit(InputApplied.of(self.session_id, place, name, args))

    def _publish_other(
        self, output: AudioOutput | JsonOutput | BytesOutput, sample: Any, ts_ms: float | None
    ) -> None:
        session_id, name = self.session_id, output.name
        match output:
            case JsonOutput():
                self.emit(Message(session_id, name, samples.to_json(output, sample), ts_ms))
            case BytesOutput():
                self.emit(Message(session_id, name, samples.to_bytes(output, sample), ts_ms))
            case AudioOutput():
                sound = samples.to_audio(output, sample)
                due_s = self._sound.due_s(output, len(sound), self._clock.now_s())
                if due_s is not None:
                    self.emit(AudioSamples(session_id, name, sound, due_s))

    async def _publish_frames(self, output: VideoOutput, sample: Any, input_seq: int) -> None:
        step_ms = self._step_ms or (self._clock.now_s() - self._step_started_s) * 1000
        chunk, name = samples.to_chunk(output, sample), output.name
        hidden = self._prompter.hides(len(chunk))
        if name == self._paced:
            self._prompter.frames += len(chunk)
        if hidden:
            self._frame_index[name] += len(chunk)
            return
        await self._wait_for_room((MAX_CHUNKS_IN_FLIGHT - 1) * len(chunk))
        frame_ms, pacer = step_ms / len(chunk), self._pacers[name]
        started_s = self._clock.now_s()
        due_s: list[float] = []
        for position, frame in enumerate(chunk):
            copy = self._emitter.copy(output.name, frame)
            if position == 0:  # the next step starts earlier by the time of the copy
                now_s = self._clock.now_s()
                due_s = pacer.schedule(len(chunk), now_s, step_ms / 1000 + now_s - started_s)
            index = self._frame_index[name]
            self._frame_index[name] += 1
            if copy is None:
                continue  # the server is far behind: this frame is dropped
            self._published += 1
            event = Frame(
                self.session_id, name, index, due_s[position], input_seq, frame_ms, copy[0]
            )
            self._emitter.emit(event, frame, copy[1])
        if name == self._paced:
            self._sound.start_step()
        if name == self._paced and not self.handlers.is_current_task:
            self._step_ms = None
            await self._wait_for_step(pacer)

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
        if self._snapshots.is_due(self._published):
            started_s = self._clock.now_s()
            if snapshot := await self.snapshot():
                self.emit(SnapshotTaken(self.session_id, snapshot))
            self._snapshots.took(started_s, self._published)
        while self._running:
            now_s = self._clock.now_s()
            until_s = pacer.early_step_s(now_s) if self._is_urgent else pacer.next_step_s(now_s)
            if now_s >= until_s:
                break
            self._changed.clear()
            await self._clock.wait(self._changed, until_s)
        self._is_urgent = False
        pacer.start_step(self._clock.now_s())

    async def _apply(self, message: Input, paused: bool) -> None:
        place = self._steps, self._step_samples
        seq = 0 if message.guest else message.seq  # a frame names the player's inputs
        self._inputs.handle(seq)
        try:
            await self.handlers.apply(message, paused=paused, ending=not self._running)
        except InputError as error:
            self.emit(InputRefused.of(self.session_id, message, error))
        else:
            self.emit(InputApplied.of(self.session_id, place, message.name, message.args))
        self._inputs.apply(seq)

    def _set_paused(self, paused: bool) -> None:
        if paused != self._paused:
            self._paused = paused
            self._changed.set()
            self.emit(SessionPaused(self.session_id, paused))
