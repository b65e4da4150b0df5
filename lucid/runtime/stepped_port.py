"""SteppedPort: a port in a process of its own that makes each step on request."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType, TracebackType
from typing import Any, Self

import numpy as np

from lucid._target import PortLocation
from lucid.authoring.manifest import Manifest
from lucid.environment.find import find_interpreter
from lucid.errors import LucidError, ModelProcessError, SessionError, TargetError
from lucid.media.i420 import as_rgb
from lucid.runtime import stepping
from lucid.runtime.channel import CHANNEL_ERRORS
from lucid.runtime.child import ChildProcess, how_it_ended, print_output
from lucid.runtime.input_validator import InputValidator
from lucid.runtime.messages import ErrorInfo, Input
from lucid.runtime.process_worker import STEP_LIMIT_S
from lucid.runtime.ring import SharedMemory
from lucid.runtime.stepping import Answer, Published, Request

FRAMES_PER_STEP = 16
"""Frames of one session that fit into the shared memory. Further frames are pickled."""
CLOSE_S = 5.0
"""How long ``close`` waits for the port's ``close()`` and ``unload()``."""
WATCH_S = 0.25
MAX_OUTPUT = 4_000

Send = tuple[str, Mapping[str, Any]]
"""The name of an input and its arguments. A file is an ``InputFile``."""
Later = Mapping[int, Sequence[Send]]
NOTHING: Later = MappingProxyType({})
NO_SETTINGS: Mapping[str, str] = {}

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Stepped:
    """The samples that a session published in one step."""

    frames: dict[str, list[np.ndarray]]
    """(H, W, 3) uint8 RGB frames by video output, in their own memory."""
    values: dict[str, Any] = field(default_factory=dict)
    """The newest value of each json and bytes output that published one."""
    over: bool = False
    """Whether the port's ``run()`` has returned."""


class SteppedPort:
    """Plays the sessions of a port step by step, in a process with the port's own interpreter.

    The model is loaded once. It has ``manifest.model.max_sessions`` sessions, which share it.
    Inputs, handlers and the session's loop behave as in ``lucid serve``; only the time between two
    steps is up to the caller. What the port prints goes to stderr. Use it as a context manager, or
    call ``close``.
    """

    def __init__(
        self,
        location: PortLocation,
        *,
        stub: bool = False,
        settings: Mapping[str, str] = NO_SETTINGS,
        step_limit_s: float = STEP_LIMIT_S,
    ) -> None:
        """Import the port and load its model, with the stub engine if ``stub``.

        ``settings`` are values of the fields of its ``config_cls``, as text.

        Raises:
            TargetError: The port cannot be imported, has no stub engine, or has no video output.
            MachineError: The environment does not fit the port. `lucid sync` builds it again.
            ModelLoadError: The model does not load.
            ModelProcessError: The process ended.
        """
        self.location = location
        self._step_limit_s = step_limit_s
        self._error: LucidError | None = None
        """The error of all further requests; None while the process runs."""
        self._output = ""
        self._deadline_s: float | None = None
        self._closing = threading.Event()
        self._answers: dict[int | None, Answer] = {}
        memory = SharedMemory()
        shared = [] if memory.fd is None else [memory.fd]
        self._child = ChildProcess(
            stepping.__name__, self._show, inherit=shared, python=find_interpreter(location.root)
        )
        self._watcher = threading.Thread(target=self._watch, name="lucid-limit", daemon=True)
        self._watcher.start()
        try:
            self._load(memory, stub, settings)
        except BaseException:
            self.kill()
            self.close()
            raise
        finally:
            memory.close()

    def _load(self, memory: SharedMemory, stub: bool, settings: Mapping[str, str]) -> None:
        answer = self._call(stepping.Import(self.location, stub, settings))
        self.manifest = Manifest.model_validate_json(str(answer.value))
        videos = self.manifest.videos
        if not videos:
            raise TargetError(
                f"{self.location.entry} has no video output, which ends a step",
                hint="declare a publish.video(...), or play it with `lucid serve`",
            )
        self.video = videos[0]
        """The first video output, which ends a step."""
        self.validator = InputValidator(self.manifest)
        parts = self.manifest.model.max_sessions
        part_bytes = FRAMES_PER_STEP * max(out.width * out.height * 3 for out in videos)
        self._memory = memory.map(parts * part_bytes)
        self._child.channel.from_slot = self._copy
        self._call(stepping.Load(memory.handle, parts, part_bytes))

    def _copy(self, offset: int, *shape: int) -> np.ndarray:
        return np.ndarray(shape, np.uint8, buffer=self._memory, offset=offset).copy()

    def session(self, number: int = 0) -> SteppedSession:
        """Return the session of a number below ``manifest.model.max_sessions``."""
        return SteppedSession(self, number)

    def close(self) -> None:
        """End the sessions, unload the model and end the process."""
        if self._error is None:
            self._step_limit_s = CLOSE_S
            try:
                self._call(stepping.Close())
            except LucidError as error:
                logger.warning("%s", error.message)
        self.kill()
        self._watcher.join()
        self._child.reap()

    def kill(self) -> None:
        """End the process at once, from any thread. A running call raises SessionError."""
        self._error = self._error or SessionError("the port is closed", hint="open it again")
        self._closing.set()
        self._child.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: object, trace: TracebackType | None) -> None:
        self.close()

    # --- requests, from one thread ----------------------------------------------------------

    def send(self, request: Request) -> None:
        """Send a request without waiting for its answer."""
        if self._error is not None:
            raise self._error
        try:
            self._child.channel.send(request)
        except (OSError, ValueError):
            raise self._died() from None

    def receive(self, number: int | None, limit_s: float | None) -> Answer:
        """Wait for the answer for a session, or for the port. Keep the answers for other sessions.

        Raises:
            LucidError: The request failed. The error's notes contain the log with the traceback.
            ModelProcessError: The process died, or took too long and was killed.
        """
        while number not in self._answers:
            self._deadline_s = None if limit_s is None else time.monotonic() + limit_s
            try:
                answer: Answer = self._child.channel.receive()
            except CHANNEL_ERRORS:
                raise self._died() from None
            finally:
                self._deadline_s = None
            self._answers[answer.number] = answer
        answer = self._answers.pop(number)
        if answer.error is not None:
            raise _as_error(answer.error, answer.log)
        return answer

    def _call(self, request: Request) -> Answer:
        self.send(request)
        loads = isinstance(request, stepping.Import | stepping.Load)
        return self.receive(None, None if loads else self._step_limit_s)

    @property
    def step_limit_s(self) -> float:
        """How long a step may take."""
        return self._step_limit_s

    # --- the process ------------------------------------------------------------------------

    def _died(self) -> LucidError:
        how = how_it_ended(self._child.reap())
        if self._error is None:
            self._error = ModelProcessError(
                f"the port's process {how}",
                hint="its last output may say why; open the port again to continue",
            )
        if isinstance(self._error, ModelProcessError) and self._output:
            self._error.add_note(self._output)
            self._output = ""
        return self._error

    def _watch(self) -> None:
        """Kill the process when a call takes too long."""
        while not self._closing.wait(WATCH_S):
            deadline_s = self._deadline_s
            if deadline_s is not None and time.monotonic() > deadline_s:
                self._error = ModelProcessError(
                    f"a step of the port took more than {self._step_limit_s:g} s",
                    hint="its process was killed: open the port again, and see where it hangs",
                )
                self._child.kill(dump=True)
                return

    def _show(self, text: str) -> None:
        self._output = (self._output + text)[-MAX_OUTPUT:]
        print_output(text)


class SteppedSession:
    """One session of a SteppedPort. ``begin`` starts it, or starts it again."""

    def __init__(self, port: SteppedPort, number: int) -> None:
        self._port, self._number = port, number
        self._seq = 0
        self._is_unread = False
        """Whether the result of the last request has not been received."""

    def begin(
        self, sends: Sequence[Send] = (), rng_seed: int | None = None, later: Later = NOTHING
    ) -> Stepped:
        """Start a new session with these inputs, and make its first step.

        ``rng_seed`` seeds the global random generators of the process. ``later`` is as in ``step``.

        Raises:
            InputError: An input does not fit its declaration, or the port refused it.
            SessionError: The port raised an error. The error's notes contain the traceback.
            ModelProcessError: The process died or hung.
        """
        self.send_begin(sends, rng_seed, later)
        return self.receive()

    def step(self, sends: Sequence[Send] = (), later: Later = NOTHING) -> Stepped:
        """Make a step with these inputs; an input that was sent earlier keeps its value.

        ``later`` are inputs to apply within the step. Their key is the number of samples that the
        port has published in the step by then, because in live play an input may come between two
        outputs of a step.

        Raises what ``begin`` raises.
        """
        self.send_step(sends, later)
        return self.receive()

    def send_begin(
        self, sends: Sequence[Send] = (), rng_seed: int | None = None, later: Later = NOTHING
    ) -> None:
        """Ask for ``begin``; ``receive`` returns its result."""
        inputs = self._checked({**later, 0: sends})
        self._request(stepping.Begin(self._number, inputs, rng_seed))

    def send_step(self, sends: Sequence[Send] = (), later: Later = NOTHING) -> None:
        """Ask for ``step``; ``receive`` returns its result."""
        self._request(stepping.Advance(self._number, self._checked({**later, 0: sends})))

    def receive(self) -> Stepped:
        """Wait for the result of the last request of this session."""
        answer = self._port.receive(self._number, self._port.step_limit_s)
        self._is_unread = False
        published = answer.value
        assert isinstance(published, Published)
        over = published.over
        error = over.error if over is not None and over.error is not None else None
        if error is None and published.refused:
            error = published.refused[0]
        if error is not None:
            raise _as_error(error, answer.log)
        frames = {name: [as_rgb(one) for one in some] for name, some in published.frames.items()}
        values = {
            name: json.loads(value) if isinstance(value, str) else value
            for name, value in published.values.items()
        }
        return Stepped(frames, values, over is not None)

    def _request(self, request: Request) -> None:
        if self._is_unread:  # the caller did not wait for it, such as after Ctrl-C
            self._port.receive(self._number, self._port.step_limit_s)
        self._port.send(request)
        self._is_unread = True

    def _checked(self, sends: Mapping[int, Sequence[Send]]) -> stepping.Inputs:
        """Validate inputs before anything is sent."""
        return {after: [self._valid(*send) for send in some] for after, some in sends.items()}

    def _valid(self, name: str, args: Mapping[str, Any]) -> Input:
        self._seq += 1
        return self._port.validator.validate(Input(self._seq, name, args), {})


def _as_error(info: ErrorInfo, log: str) -> LucidError:
    error = info.as_error()
    if log:
        error.add_note(log)
    return error
