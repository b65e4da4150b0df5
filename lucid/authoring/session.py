"""LucidSession, the state of one player, and SessionContext, its connection to the runtime."""

import logging
from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

ModelT = TypeVar("ModelT")
"""A ``LucidModel``. It has no bound, because ``LucidModel`` is declared with ``LucidSession``."""


class SessionContext(ABC):
    """What a session calls to publish, pause and log.

    Use it only on the model's thread, which runs the session.
    """

    session_id: str
    logger: logging.Logger

    @property
    @abstractmethod
    def running(self) -> bool:
        """False once the session should end; ``run()`` must then return."""

    @abstractmethod
    async def publish(self, name: str, sample: Any, ts_ms: float | None = None) -> None:
        """Publish one sample of the declared output ``name``, and apply the pending inputs.

        A video sample is a frame or a chunk (T, ...) in the declared layout and range. The call
        returns when the next step should start: at once if the model is late, otherwise just early
        enough for the next frame to be on time. While the session is paused, it waits. Only the
        first video output ends a step. In an input handler, the call returns as soon as there is
        room for the frame. Publish the sound of a step before its frames: it is played with them.
        ``ts_ms`` is the sample's own time, which is sent with json and bytes.

        Raises:
            UnknownOutputError: ``name`` is not declared.
            FrameShapeError, FrameTypeError: the sample does not match its declaration.
        """

    @abstractmethod
    def pause(self) -> None:
        """Pause the session, as the player's pause button does."""

    @abstractmethod
    def resume(self) -> None:
        """Resume the session."""

    @abstractmethod
    def is_paused(self) -> bool:
        """Return whether the session is paused."""

    @abstractmethod
    async def wait_if_paused(self) -> None:
        """Apply the pending inputs; wait until the session is no longer paused.

        The call also returns when the session should end. In an input handler it returns at once.
        """

    @abstractmethod
    def record_inference_ms(self, ms: float) -> None:
        """Report how long the last step took.

        Without this call, Lucid measures the time between two publishes.
        """

    @property
    def input_seq(self) -> int:
        """The number of the newest input that has reached its handler; 0 before the first."""
        return 0

    def record_shown_input(self, input_seq: int) -> None:  # noqa: B027 - a context may ignore it
        """Report the newest input that the frames of the next publish show.

        Without this call, it is the last one that was applied. A model that runs somewhere else,
        and says later which of its frames show an input, reports an earlier one.
        """


class LucidSession(Generic[ModelT]):
    """The state of one player, from start to end.

    Handlers set state. ``run`` steps the world model and publishes frames. ``run``, ``close`` and
    all handlers run on the model's thread, so a blocking step is fine and no handler runs in the
    middle of a step. Handlers may be async and may publish. A handler and ``close`` have 5 s each.
    If one awaits longer, it is cancelled and the session ends with an error. If one blocks the
    thread longer, or ignores the cancellation, the model process restarts.
    """

    def __init__(self, model: ModelT, ctx: SessionContext) -> None:
        self.model = model
        self.ctx = ctx

    async def run(self) -> None:
        """Step the world model and publish frames until ``ctx.running`` is False.

        An exception ends the session with an error.
        """
        raise NotImplementedError(f"{type(self).__name__} must define `async def run(self)`")

    def snapshot(self) -> bytes:
        """Return the whole state of the rollout, for ``restore`` of this same session.

        Optional. If a port has both methods, a player who goes back is there at once; otherwise
        the session starts anew and makes all of its steps again. Lucid calls both on the model's
        thread between two steps, where ``run`` waits in ``publish``. The state must therefore be
        on the session, not in local variables of ``run``. It includes the state of its random
        generators, its world and its held keys. A snapshot may refer to what the session keeps and
        never changes, such as earlier latents. Lucid takes one up to four times a second, and
        none of more than 16 MiB.
        """
        raise NotImplementedError(f"{type(self).__name__} declares no snapshot()")

    def restore(self, snapshot: bytes) -> None:
        """Go back to the state of a ``snapshot()`` that this session returned.

        If it raises, the session starts anew and makes its steps again.
        """
        raise NotImplementedError(f"{type(self).__name__} declares no restore()")

    def close(self) -> Any:
        """Free the session's resources; sync or async.

        Called exactly once, also after an error.
        """
