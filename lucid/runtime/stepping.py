"""The process of a SteppedPort, which plays the sessions of a port and makes each step on request.

Nothing of the port runs between two requests, because the event loop waits for the next request.
"""

import asyncio
import logging
import math
import mmap
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np

from lucid._target import PortLocation
from lucid.authoring.definition import ModelDefinition, build_model_definition
from lucid.authoring.model import LucidModel
from lucid.errors import LucidError, RankError
from lucid.runtime.channel import CHANNEL_ERRORS, Channel
from lucid.runtime.loading import config_of, load_error, load_model_class
from lucid.runtime.messages import (
    ErrorInfo,
    Frame,
    Input,
    InputRefused,
    Message,
    SessionOver,
    WorkerEvent,
)
from lucid.runtime.port_calls import LIMITS, PORT_ERRORS, PortCalls
from lucid.runtime.ranks import Ranks
from lucid.runtime.ring import attach
from lucid.runtime.session_runner import SessionRunner
from lucid.runtime.stepped_context import SteppedContext

MAX_LOG = 8_000
"""Maximum length of the log in an answer. It has the last characters."""

logger = logging.getLogger(__name__)

# --- requests -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Import:
    """Import the port, and answer with its manifest as JSON. This is the first request."""

    location: PortLocation
    stub: bool
    settings: Mapping[str, str]


@dataclass(frozen=True)
class Load:
    """Load the model. Each session writes its frames into its own part of the shared memory."""

    memory: int | str
    parts: int
    part_bytes: int


Inputs = Mapping[int, Sequence[Input]]
"""The inputs of a step, by the number of samples that the port publishes in it before them."""


@dataclass(frozen=True)
class Begin:
    """Start the session with this number again, and answer with its first step."""

    number: int
    inputs: Inputs
    rng_seed: int | None
    """Seeds the global random generators."""


@dataclass(frozen=True)
class Advance:
    """Make a step with these inputs, and answer with it."""

    number: int
    inputs: Inputs


@dataclass(frozen=True)
class Close:
    """End every session and unload the model. This is the last request."""


Request = Import | Load | Begin | Advance | Close


@dataclass
class Published:
    """The samples that a session published in a step."""

    frames: dict[str, list[np.ndarray]] = field(default_factory=dict)
    """Pixels by video output, as the worker's frames have them."""
    values: dict[str, str | bytes] = field(default_factory=dict)
    """The newest value of each json output (as JSON text) and bytes output."""
    refused: list[ErrorInfo] = field(default_factory=list)
    """Why inputs of this step were refused."""
    over: SessionOver | None = None


@dataclass(frozen=True)
class Answer:
    """The answer to a request."""

    number: int | None
    """The number of the session; None if the answer is for the port."""
    value: str | Published | None
    error: ErrorInfo | None
    log: str
    """The warnings and errors that the port and Lucid logged meanwhile, with tracebacks."""


# --- the process ----------------------------------------------------------------------------


def main(channel: Channel) -> None:
    """Answer requests until the other end closes the channel."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process
    asyncio.run(_Server(channel).serve())


class _Server:
    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._log = _Log()
        logging.getLogger().addHandler(self._log)
        logging.getLogger().addHandler(logging.StreamHandler())
        self._sessions: dict[int, _Session] = {}
        self._parts: list[_Part] = []

    async def serve(self) -> None:
        while True:
            try:
                request = self._channel.receive()  # the port must not run meanwhile
            except CHANNEL_ERRORS:
                return
            value, error = None, None
            try:
                value = await self._handle(request)
            except LucidError as raised:
                error = ErrorInfo.of(raised)
            number = getattr(request, "number", None)
            self._channel.send(Answer(number, value, error, self._log.take()))

    async def _handle(self, request: Request) -> str | Published | None:
        match request:
            case Import():
                model_cls = load_model_class(request.location)
                self._config = config_of(model_cls, stub=request.stub, settings=request.settings)
                self._definition = build_model_definition(model_cls)
                return self._definition.manifest.model_dump_json()
            case Load():
                await self._load(request)
            case Begin():
                await self._end(request.number)
                session = _Session(
                    self._model, self._definition, self._parts[request.number], request
                )
                self._sessions[request.number] = session
                return await session.begin(request.inputs)
            case Advance():
                return await self._sessions[request.number].advance(request.inputs)
            case Close():
                for number in list(self._sessions):
                    await self._end(number)
                await self._ranks.unload(self._model)
        return None

    async def _load(self, request: Load) -> None:
        size = request.part_bytes
        memory = attach(request.memory, request.parts * size)
        self._parts = [_Part(memory, number * size, size) for number in range(request.parts)]
        start = np.frombuffer(memory, np.uint8).ctypes.data

        def as_slot(array: np.ndarray) -> tuple[int, ...] | None:
            offset = array.ctypes.data - start
            return (offset, *array.shape) if 0 <= offset < len(memory) else None

        self._channel.as_slot = as_slot
        model_cls = self._definition.model_cls
        try:
            self._model = model_cls(self._config)
            self._ranks = Ranks(model_cls, self._config, _end)
            await self._ranks.load(self._model, lambda *progress: None)
        except PORT_ERRORS as raised:
            raise load_error(model_cls, raised) from None

    async def _end(self, number: int) -> None:
        if session := self._sessions.pop(number, None):
            await session.end()


def _end(error: RankError) -> NoReturn:
    """End this process, because the model can make no further step."""
    print(error, file=sys.stderr, flush=True)
    os._exit(1)


class _Part:
    """One session's part of the shared memory, which holds the frames of one step."""

    def __init__(self, memory: mmap.mmap, offset: int, size_bytes: int) -> None:
        self._memory, self._offset, self._size_bytes = memory, offset, size_bytes
        self._used = 0

    def clear(self) -> None:
        self._used = 0

    def take(self, shape: tuple[int, ...]) -> np.ndarray:
        """Return memory for pixels. If the part is full, the memory is not shared but pickled."""
        size, offset = math.prod(shape), self._offset + self._used
        if self._used + size > self._size_bytes:
            return np.empty(shape, np.uint8)
        self._used += size
        return np.ndarray(shape, np.uint8, buffer=self._memory, offset=offset)


class _Context(SteppedContext):
    """Takes the inputs of a step exactly as they are sent, each at its place."""

    def put_step(self, inputs: Inputs) -> None:
        """Queue the inputs of the next step."""
        self._later = dict(inputs)
        self._put_due(0)

    def _put_due(self, samples: int) -> None:
        for message in self._later.pop(samples, ()):
            self.put(message)

    def pause(self) -> None:
        """Do nothing: every step waits for ``advance`` anyway."""

    async def publish(self, name: str, sample: Any, ts_ms: float | None = None) -> None:
        """See SessionContext. A picture on a GPU is copied as RGB, with all of its colours."""
        device = getattr(sample, "device", None)
        if getattr(device, "type", "cpu") not in ("cpu", "meta"):
            sample = sample.cpu()
        if name != self._paced and not self.handlers.is_current_task:
            self._put_due(self._step_samples + 1)
        await super().publish(name, sample, ts_ms)


class _Session:
    """One session, and the samples that it published since the last request."""

    def __init__(
        self, model: LucidModel[Any], definition: ModelDefinition, part: _Part, request: Begin
    ) -> None:
        self._part = part
        self._published = Published()
        calls = PortCalls(LIMITS, lambda error: logger.error("%s", error.message))
        self._parked = asyncio.Event()
        number = str(request.number)
        self._context = _Context(
            number, definition, self._on_event, part.take, calls, is_exact=True
        )
        self._context.on_parked = lambda parked: self._parked.set() if parked else None
        self._runner = SessionRunner(model, self._context, request.rng_seed)
        self._over: SessionOver | None = None

    async def begin(self, inputs: Inputs) -> Published:
        """Start the session, and make its first step."""
        self._put(inputs)
        self._task = asyncio.create_task(self._runner.run())
        return await self._step()

    async def advance(self, inputs: Inputs) -> Published:
        """Make a step. A session that is over publishes nothing."""
        self._put(inputs)
        self._parked.clear()
        self._context.advance()
        return await self._step()

    async def end(self) -> None:
        """End the session."""
        self._runner.end()
        await self._task

    def _put(self, inputs: Inputs) -> None:
        self._part.clear()
        self._published = Published(over=self._over)
        self._context.put_step(inputs)

    async def _step(self) -> Published:
        if self._over is None:
            await self._parked.wait()
        return self._published

    def _on_event(self, event: WorkerEvent) -> None:
        match event:
            case Frame():
                self._published.frames.setdefault(event.output, []).append(event.pixels)
                self._context.shown()
            case Message():
                self._published.values[event.output] = event.payload
            case InputRefused():
                self._published.refused.append(event.error)
            case SessionOver():
                self._over = self._published.over = event
                self._parked.set()


class _Log(logging.Handler):
    """Keeps the last warnings and errors, until they are taken."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self._text = f"{self._text}{self.format(record)}\n"[-MAX_LOG:]

    def take(self) -> str:
        text, self._text = self._text, ""
        return text
