"""What the checks share: the loaded port, and its rollouts, each played once."""

import random
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np
from pydantic import BaseModel

from lucid.authoring.definition import build_model_definition
from lucid.authoring.manifest import InputSpec
from lucid.authoring.model import LucidModel
from lucid.conformance.probe import LoadTrace, Probe, SessionTrace
from lucid.conformance.promise import Measured, NotApplicable
from lucid.conformance.samples import FrameFact
from lucid.conformance.script import Script, driven, is_held
from lucid.conformance.stage import Player, Stage
from lucid.conformance.target import Target
from lucid.runtime.global_rngs import seed_global_rngs
from lucid.runtime.session import ErrorNotice
from lucid.runtime.states import SessionState

RNG_SEED = 20_240_613
T = TypeVar("T")


@dataclass
class Rollout:
    """What one session did during a script."""

    frames: list[FrameFact]
    ends: list[int]
    """The number of frames after each step; index 0: when the session first parked."""
    state: SessionState
    errors: list[ErrorNotice]
    trace: SessionTrace

    def step_of(self, frame: int) -> int:
        """Return the step that made a frame."""
        return next((step for step, end in enumerate(self.ends) if frame < end), len(self.ends))


def first_difference(a: Sequence[FrameFact], b: Sequence[FrameFact]) -> int | None:
    """Return the index of the first frame that differs, or None. Ignore the longer one's rest."""
    pairs = enumerate(zip(a, b, strict=False))
    return next((i for i, (x, y) in pairs if x.digest != y.digest), None)


def compare(frames: Sequence[FrameFact], reference: Rollout, name: str) -> Measured:
    """Pass if the frames equal those of the reference; ``name`` describes the reference."""
    differs = first_difference(frames, reference.frames)
    if differs is None:
        return Measured(True, f"{min(len(frames), len(reference.frames))} equal", "equal")
    detail = f"frame {differs} (step {reference.step_of(differs)}) differs from {name}"
    return Measured(False, "different", "equal", detail)


class Lab:
    """The port and its rollouts, as the checks use them."""

    def __init__(
        self,
        model_cls: type[LucidModel[Any]],
        target: Target,
        config: BaseModel | None = None,
        announce: Callable[[str], None] = lambda phase: None,
    ) -> None:
        self.model_cls, self.target, self.config = model_cls, target, config
        self.announce = announce
        self.manifest = build_model_definition(model_cls).manifest
        self.is_comparable = False
        """Whether each session starts like the first, so that two sessions can be compared."""
        self._found: dict[str, Any] = {}
        self._probes: list[Probe] = []
        self._stage: Stage | None = None
        self._first: tuple[Probe, Rollout] | None = None
        self._neutral: Rollout | None = None

    async def once(self, key: str, find: Callable[[], Awaitable[T]]) -> T:
        """Return the result of ``find``, which is called once for all checks."""
        if key not in self._found:
            self._found[key] = await find()
        found: T = self._found[key]
        return found

    # --- the port ---------------------------------------------------------------------------

    async def stage(self) -> Stage:
        """Return the loaded port that the checks share.

        Raises:
            Hung: load() does not return.
        """
        if self._stage is None:
            self._stage = await self.load()
        return self._stage

    async def load(self) -> Stage:
        """Load the port again. The caller closes the stage."""
        stage = Stage(Probe(self.model_cls, self.target, self.announce), self.target, self.config)
        stage.probe.before_session = partial(seed_global_rngs, RNG_SEED)
        self._probes.append(stage.probe)
        await stage.load()
        return stage

    async def first_load(self) -> tuple[Probe, Rollout]:
        """Load the port, play it once and unload it, before the shared load."""
        if self._first is None:
            stage = await self.load()
            try:
                rollout = await self.play(self.driven_script, stage)
            finally:
                if stage.probe.load.error is not None or not stage.players:
                    await stage.close()
            self._first = stage.probe, rollout
        return self._first

    @property
    def phase(self) -> str:
        """The call that the port is in."""
        return self._probes[-1].phase if self._probes else "import"

    @property
    def load_trace(self) -> LoadTrace:
        """The trace of the shared load."""
        assert self._stage is not None, "W01 comes first"
        return self._stage.probe.load

    @asynccontextmanager
    async def playing(self) -> AsyncIterator[Player]:
        """Play a new session on the shared stage."""
        stage = await self.stage()
        async with stage.playing() as player:
            yield player

    async def close(self) -> None:
        """Unload the shared port."""
        if self._stage is not None:
            await self._stage.close()
            self._stage = None

    # --- rollouts ---------------------------------------------------------------------------

    @property
    def driven_script(self) -> Script:
        """A script with every key, button and motion in turn."""
        return driven(self.manifest, self.target.hazards)

    async def baseline(self) -> Rollout:
        """Return the first session of the shared stage, which plays ``driven_script``."""
        return await self.rollout("driven", self.driven_script)

    async def neutral(self, steps: int) -> Rollout:
        """Return a session without inputs, at least ``steps`` long."""
        if self._neutral is None or len(self._neutral.ends) <= steps:
            self._neutral = await self.play(Script(steps=max(steps, 12)))
        return self._neutral

    async def rollout(self, key: str, script: Script) -> Rollout:
        """Play a script in its own session, once per key."""
        return await self.once(key, partial(self.play, script))

    async def play(
        self, script: Script, stage: Stage | None = None, unlike: Rollout | None = None
    ) -> Rollout:
        """Play a script in a new session; with ``unlike``, stop at the first other frame."""
        stage = stage or await self.stage()
        async with stage.playing() as player:
            ends = [len(player.frames)]
            for step in range(script.steps):
                player.send(*script.at.get(step, ()))
                await player.step()
                ends.append(len(player.frames))
                if player.state.over or (unlike and _differs(player, unlike, ends)):
                    break
            state = player.state
            trace = player.trace
        return Rollout(player.frames, ends, state, player.errors, trace)

    # --- what the port declares ---------------------------------------------------------------

    def inputs(self, which: Callable[[InputSpec], Any], none: str) -> list[InputSpec]:
        """Return the inputs for which ``which`` holds.

        Raises:
            NotApplicable: there is none; ``none`` is the message.
        """
        specs = [
            spec
            for spec in self.manifest.inputs
            if f"input:{spec.name}" not in self.target.hazards and which(spec)
        ]
        if not specs:
            raise NotApplicable(none)
        return specs

    def held_inputs(self) -> list[InputSpec]:
        """Return the inputs that a player holds and releases.

        Raises:
            NotApplicable: there is none.
        """
        return self.inputs(is_held, "no input is held")

    def outputs(self, kind: str) -> list[Any]:
        """Return the outputs of a kind.

        Raises:
            NotApplicable: there is none.
        """
        outputs = [output for output in self.manifest.outputs if output.kind == kind]
        if not outputs:
            raise NotApplicable(f"the port declares no {kind} output")
        return outputs

    def video(self) -> Any:
        """Return the video output that sets the pace.

        Raises:
            NotApplicable: there is no video output.
        """
        return self.outputs("video")[0]

    def frame_s(self) -> float:
        """Return the duration of a frame of the paced output."""
        return 1 / (self.video().fps or 60)


def _differs(player: Player, other: Rollout, ends: list[int]) -> bool:
    start, end = ends[-2], min(ends[-1], len(other.frames))
    return any(player.frames[i].digest != other.frames[i].digest for i in range(start, end))


def global_rng_state() -> dict[str, Any]:
    """Return a digest of each global generator's state."""
    state: dict[str, Any] = {
        "random": hash(random.getstate()),
        "numpy": repr(np.random.get_state(legacy=False)["state"]),
    }
    if torch := sys.modules.get("torch"):
        state["torch"] = torch.get_rng_state().numpy().tobytes()
    return state
