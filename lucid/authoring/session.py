"""What one player's session is, and the context it talks to."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

ModelT = TypeVar("ModelT")
"""A ``LucidModel``; without a bound, because that class is declared in terms of the session."""


class SessionContext(ABC):
    """A session's way out: publish, pause, log.

    Use it on the session's own thread only.
    """

    session_id: str
    logger: logging.Logger

    @property
    @abstractmethod
    def running(self) -> bool:
        """False once the session is to end: leave ``run()`` then."""

    @abstractmethod
    async def publish(self, name: str, sample: Any, ts_ms: float | None = None) -> None:
        """Publish one sample of the declared output ``name``, and apply the inputs that wait.

        Video: a frame or a chunk (T, ...) in the declared layout and range. Returns when the next
        step should start: at once if the model is late, else so that its frame is ready at its
        time; while the session is paused it waits. Only the first video output ends a step. In an
        input handler it returns as soon as there is room for the frame. ``ts_ms`` is the sample's
        own time, passed on with json and bytes.

        Raises:
            UnknownOutputError: ``name`` is not declared.
            FrameShapeError, FrameTypeError: the sample does not fit its declaration.
        """

    @abstractmethod
    def pause(self) -> None:
        """Pause the session, as the player's pause button does."""

    @abstractmethod
    def resume(self) -> None:
        """Resume the session."""

    @abstractmethod
    def is_paused(self) -> bool:
        """Whether the session is paused."""

    @abstractmethod
    async def wait_if_paused(self) -> None:
        """Apply the inputs that wait; while the session is paused, wait.

        Also returns when the session is to end. In an input handler it returns at once.
        """

    @abstractmethod
    def record_inference_ms(self, ms: float) -> None:
        """Report what the last step took, where the time between two publishes would be wrong."""


class LucidSession(Generic[ModelT]):
    """One player's state from start to end.

    Handlers set state; ``run`` steps the world model and publishes. ``run``, ``close`` and every
    handler run on the model's one thread: a blocking step is fine, and no handler runs in the
    middle of it. Handlers may be async and may publish. A handler and ``close`` have 5 s each: one
    that awaits longer is cancelled and the session ends with an error, one that blocks the thread
    for longer, or ignores the cancellation, makes the worker restart.
    """

    def __init__(self, model: ModelT, ctx: SessionContext) -> None:
        self.model = model
        self.ctx = ctx

    async def run(self) -> None:
        """Step and publish until ``ctx.running`` is False.

        Raising ends the session with an error.
        """
        raise NotImplementedError(f"{type(self).__name__} must define `async def run(self)`")

    def close(self) -> Any:
        """Free what the session holds; sync or async.

        Always called once, also after an error.
        """
