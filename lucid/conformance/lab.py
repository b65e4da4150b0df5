"""The workbench of the checks: the loaded port, and rollouts of it, each played once."""

from __future__ import annotations

import random
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pydantic import BaseModel

from lucid.authoring.definition import build_model_definition
from lucid.authoring.manifest import InputSpec
from lucid.authoring.model import LucidModel
from lucid.conformance.frames import FrameFact
from lucid.conformance.probe import LoadTrace, Probe, SessionTrace
from lucid.conformance.promise import NotApplicable
from lucid.conformance.script import Script, Send, driven
from lucid.conformance.stage import Player, Stage
from lucid.conformance.target import Target
from lucid.runtime.session import ErrorNotice
from lucid.runtime.states import SessionState

RNG_SEED = 20_240_613


@dataclass
class Rollout:
    """What one session did while a script was played."""

    frames: list[FrameFact]
    ends: list[int]
    """How many frames there were when each step was done; index 0: when first parked."""
    state: SessionState
    errors: list[ErrorNotice]
    trace: SessionTrace
    seqs: dict[int, Send] = field(default_factory=dict)

    def step_of(self, frame: int) -> int:
        """The step that made a frame."""
        return next((step for step, end in enumerate(self.ends) if frame < end), len(self.ends))


def first_difference(a: Rollout, b: Rollout) -> int | None:
    """The index of the first frame that differs; None where none of those in both does."""
    pairs = zip(a.frames, b.frames, strict=False)
    return next((i for i, (x, y) in enumerate(pairs) if x.digest != y.digest), None)


class Lab:
    """What a check is given."""

    def __init__(
        self,
        model_cls: type[LucidModel[Any]],
        target: Target,
        config: BaseModel | None = None,
        announce: Callable[[str], None] = lambda phase: None,
    ) -> None:
        self.model_cls, self.target, self.config = model_cls, target, config
        self.announce = announce
        self.definition = build_model_definition(model_cls)
        self.manifest = self.definition.manifest
        self.facts: dict[str, Any] = {}
        """What one check found and others use."""
        self._probes: list[Probe] = []
        self._stage: Stage | None = None
        self._first: tuple[Probe, Rollout] | None = None
        self._rollouts: dict[str, Rollout] = {}

    # --- the port ---------------------------------------------------------------------------

    async def stage(self) -> Stage:
        """The loaded port that the checks share.

        Raises:
            Hung: it does not load.
        """
        if self._stage is None:
            self._stage = await self.load()
        return self._stage

    async def load(self) -> Stage:
        """Another load of the port, for the caller to close."""
        stage = Stage(Probe(self.model_cls, self.target, self.announce), self.target, self.config)
        stage.probe.before_session = seed_global_rngs
        self._probes.append(stage.probe)
        await stage.load()
        return stage

    async def first_load(self) -> tuple[Probe, Rollout]:
        """A load that is played once and unloaded again, before the one that the checks share."""
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
        """What the port is in."""
        return self._probes[-1].phase if self._probes else "import"

    @property
    def load_trace(self) -> LoadTrace:
        """What the shared load did."""
        assert self._stage is not None, "W01 comes first"
        return self._stage.probe.load

    @asynccontextmanager
    async def playing(self) -> AsyncIterator[Player]:
        """A player on the shared stage, in a new session."""
        stage = await self.stage()
        async with stage.playing() as player:
            yield player

    async def close(self) -> None:
        """Unload."""
        if self._stage is not None:
            await self._stage.close()
            self._stage = None

    # --- rollouts ---------------------------------------------------------------------------

    @property
    def driven_script(self) -> Script:
        """Every key, button and motion in turn."""
        return driven(self.manifest, self.target.hazards)

    async def baseline(self) -> Rollout:
        """The first session of the shared stage, driven."""
        return await self.rollout("driven", self.driven_script)

    async def neutral(self, steps: int) -> Rollout:
        """A session in which nobody does anything, at least so long."""
        kept = self._rollouts.get("neutral")
        if kept is None or len(kept.ends) <= steps:
            kept = self._rollouts["neutral"] = await self.play(Script(steps=max(steps, 12)))
        return kept

    async def rollout(self, key: str, script: Script) -> Rollout:
        """A script played in a session of its own, once for each key."""
        if key not in self._rollouts:
            self._rollouts[key] = await self.play(script)
        return self._rollouts[key]

    async def play(
        self, script: Script, stage: Stage | None = None, unlike: Rollout | None = None
    ) -> Rollout:
        """Play a script; with ``unlike``, only until a frame differs from that rollout's."""
        stage = stage or await self.stage()
        async with stage.playing() as player:
            ends, seqs = [len(player.frames)], {}
            for step in range(script.steps):
                for send in script.at.get(step, ()):
                    seqs[player.send(send.name, dict(send.args))] = send
                await player.step()
                ends.append(len(player.frames))
                if player.state.over or (unlike and _differs(player, unlike, ends)):
                    break
            state = player.state
            trace = player.trace
        return Rollout(player.frames, ends, state, player.errors, trace, seqs)

    # --- what there is ----------------------------------------------------------------------

    def inputs(self, which: Callable[[InputSpec], Any], none: str) -> list[InputSpec]:
        """The inputs for which something holds.

        Raises:
            NotApplicable: there is none, for the reason given.
        """
        found = [
            spec
            for spec in self.manifest.inputs
            if f"input:{spec.name}" not in self.target.hazards and which(spec)
        ]
        if not found:
            raise NotApplicable(none)
        return found

    def outputs(self, kind: str) -> list[Any]:
        """The outputs of a kind.

        Raises:
            NotApplicable: there is none.
        """
        found = [output for output in self.manifest.outputs if output.kind == kind]
        if not found:
            raise NotApplicable(f"the port declares no {kind} output")
        return found

    def video(self) -> Any:
        """The output that sets the pace.

        Raises:
            NotApplicable: there is no video output.
        """
        return self.outputs("video")[0]

    def frame_s(self) -> float:
        """The time that a frame of the paced output stands for."""
        return 1 / (self.video().fps or 60)


def _differs(player: Player, other: Rollout, ends: list[int]) -> bool:
    start, end = ends[-2], min(ends[-1], len(other.frames))
    return any(player.frames[i].digest != other.frames[i].digest for i in range(start, end))


def seed_global_rngs(rng_seed: int = RNG_SEED) -> None:
    """Start every session from the same global rng state, whoever uses that."""
    random.seed(rng_seed)
    np.random.seed(rng_seed)
    if torch := sys.modules.get("torch"):
        torch.manual_seed(rng_seed)


def global_rng_state() -> dict[str, Any]:
    """A digest of each global rng's state."""
    state: dict[str, Any] = {
        "random": hash(random.getstate()),
        "numpy": repr(np.random.get_state(legacy=False)["state"]),
    }
    if torch := sys.modules.get("torch"):
        state["torch"] = torch.get_rng_state().numpy().tobytes()
    return state
