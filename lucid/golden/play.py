"""Load a port, play it step by step as the runtime does, and keep its frames."""

import asyncio
import inspect
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lucid.authoring.definition import manifest
from lucid.authoring.files import file_of
from lucid.authoring.model import LoadContext, LucidModel
from lucid.authoring.outputs import VideoOutput
from lucid.authoring.parameters import releases
from lucid.authoring.pictures import as_png
from lucid.authoring.session import LucidSession, SessionContext
from lucid.golden.frames import Frames, port_frames
from lucid.golden.steps import Rollout, Step

_LOGGER = logging.getLogger("lucid.golden")


@dataclass(frozen=True)
class Played:
    """The result of a rollout."""

    chunks: list[Frames]
    start: Step
    """The step that sends the session's own start picture: ``{"set_seed_frame": picture}``. It is
    empty if the session has no ``seed_frame``."""


def play(model_cls: type[LucidModel[Any]], rollouts: Sequence[Rollout]) -> list[Played]:
    """Load the model, and play each rollout in a session of its own."""
    return asyncio.run(_play(model_cls, rollouts))


async def _play(model_cls: type[LucidModel[Any]], rollouts: Sequence[Rollout]) -> list[Played]:
    model = model_cls()
    await _done(model.load(LoadContext(_LOGGER, lambda stage, fraction: None)))
    played = []
    for steps in rollouts:
        player = _Player(model_cls, steps)
        session = model_cls.session_cls(model, player)
        picture = getattr(session, "seed_frame", None)
        await player.start(session)
        await session.run()
        await _done(session.close())
        start = {} if picture is None else {"set_seed_frame": picture}
        played.append(Played(player.chunks, start))
    return played


class _Player(SessionContext):
    """Sends the inputs of one rollout, each step between two chunks, and ends the session."""

    def __init__(self, model_cls: type[LucidModel[Any]], steps: Rollout) -> None:
        self.session_id = "golden"
        self.logger = _LOGGER
        self.chunks: list[Frames] = []
        described = manifest(model_cls)
        self._output = next(out for out in described.outputs if isinstance(out, VideoOutput))
        held = releases(described).items()
        self._rests: Step = {name: rest for name, args in held for rest in args.values()}
        self._steps = steps
        self._now = dict(self._rests)

    async def start(self, session: LucidSession[Any]) -> None:
        """Send the inputs of the first step."""
        self._session = session
        await self._send(self._steps[0])

    async def _send(self, step: Step) -> None:
        released = {name: rest for name, rest in self._rests.items() if name not in step}
        for name, value in {**released, **step}.items():
            if name in self._rests and self._now[name] == value:
                continue
            self._now[name] = value
            given = value if isinstance(value, tuple) else (value,)
            await _done(getattr(self._session, name)(*map(_as_sent, given)))

    @property
    def running(self) -> bool:
        return len(self.chunks) < len(self._steps)

    async def publish(self, name: str, sample: Any, ts_ms: float | None = None) -> None:
        if name != self._output.name:
            return
        self.chunks.append(port_frames(sample, self._output).copy())
        if self.running:
            await self._send(self._steps[len(self.chunks)])

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def is_paused(self) -> bool:
        return False

    async def wait_if_paused(self) -> None: ...

    def record_inference_ms(self, ms: float) -> None: ...


async def _done(result: Any) -> None:
    if inspect.isawaitable(result):
        await result


def _as_sent(item: Any) -> Any:
    """Convert a picture to the file that a player would send; return anything else unchanged."""
    if isinstance(item, np.ndarray):
        return file_of(as_png(item), "picture.png", "image/png")
    return item
