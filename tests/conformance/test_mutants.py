"""Test the checks: the clean ports pass every check, and each broken port fails its own check.

By default a broken port runs its own check, the checks that this check needs, and the checks that
need it. With LUCID_TEST_LONG=1 it runs every check, which takes 10 times as long: only this proves
that no other check fails. Run it before a release.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from lucid import (
    LoadContext,
    LucidModel,
    LucidSession,
    SessionContext,
    StubEngine,
    hold,
    input,
    publish,
)
from lucid.conditioning import Context, Held
from lucid.conformance.checks import BY_ID, with_needs
from lucid.conformance.promise import Outcome, Result
from lucid.conformance.run import Stuck, run_checks
from lucid.conformance.target import Limits, Target
from tests.conformance.float_port import FloatModel, FloatSession
from tests.conformance.mutants import MUTANTS
from tests.conformance.ports import CleanModel, CleanSession

ROOT = Path(__file__).resolve().parent.parent.parent
LIMITS = Limits(silence_s=1.0, leak_sessions=10, patience=1.0)
IN_ANOTHER_PROCESS = {"C01", "C02", "C03"}
OF_A_WHOLE_PROCESS = {"C02", "C03", "E04", "E06"}
"""A port that breaks these would disturb the tests' process: see test_supervise.py."""
OF_AN_ENGINE = {"N01"}
"""Checks of a network: see tests/engines/test_network_inputs.py."""
EVERY_CHECK = "LUCID_TEST_LONG" in os.environ


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Hide the tracebacks of ports that are broken on purpose."""
    caplog.set_level(logging.CRITICAL, "lucid")


async def results_of(
    model_cls: type[LucidModel[Any]], ids: set[str], profile: str = "full"
) -> dict[str, Result]:
    found: dict[str, Result] = {}
    target = Target(ROOT, limits=LIMITS, profile=profile)
    async for result in run_checks(model_cls, target, ids=ids):
        assert not isinstance(result, Stuck), result
        found[result.id] = result
    return found


def failed(results: dict[str, Result]) -> dict[str, str]:
    bad = (Outcome.FAILED, Outcome.EXPECTED)
    return {r.id: f"{r.measured} ({r.detail})" for r in results.values() if r.outcome in bad}


async def test_a_check_measures_what_it_needs_from_a_check_of_an_earlier_process() -> None:
    done = dict.fromkeys(with_needs(frozenset({"R03"})) - {"R03"}, Outcome.PASSED)
    (result,) = [
        r async for r in run_checks(CleanModel, Target(ROOT, limits=LIMITS), ids={"R03"}, done=done)
    ]
    assert isinstance(result, Result) and result.outcome is Outcome.PASSED


async def test_the_clean_ports_pass_every_check_and_each_check_applies_to_one() -> None:
    passed: set[str] = set()
    for model_cls in (CleanModel, FloatModel):
        results = await results_of(model_cls, set(BY_ID))
        assert failed(results) == {}
        assert {r.outcome for r in results.values()} == {Outcome.PASSED, Outcome.NOT_APPLICABLE}
        assert results.keys() == BY_ID.keys()
        passed |= {r.id for r in results.values() if r.outcome is Outcome.PASSED}
    assert passed | OF_AN_ENGINE == BY_ID.keys()


class RestartingSession(FloatSession):
    """Starts a new rollout when its context ends. The first chunk of each has one frame less."""

    def __init__(self, model: CleanModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.context = Context(3)

    def make_frame(self) -> Any:
        if self.context.ended:
            self.context.reset()
        self.context.fill()
        return super().make_frame()[int(self.context.filled == 1) :]


async def test_a_context_that_restarts_with_a_shorter_chunk_is_no_fault() -> None:
    model_cls = type("RestartingModel", (FloatModel,), {"session_cls": RestartingSession})
    results = await results_of(model_cls, {"O07", "P05", "L09"})
    assert {r.outcome for r in results.values()} == {Outcome.PASSED}
    assert results["P05"].measured == "2 frames, 0.10 s"
    assert results["L09"].limit.startswith("63 steps")


class LaterSession(CleanSession):
    """Its setting shows in what the model makes after 25 steps, which is late for a key."""

    shows_at = 25

    def motion(self) -> np.ndarray:
        moved = super().motion()
        if self.steps < self.shows_at and self.world.tint[2] == 7.0:
            self.waiting, self.world.tint = self.world.tint, np.zeros(3)
        if self.steps >= self.shows_at and hasattr(self, "waiting"):
            self.world.tint = self.waiting
        return moved


class NeverSession(LaterSession):
    shows_at = 1_000_000


@pytest.mark.parametrize(("session_cls", "dead"), [(LaterSession, set()), (NeverSession, {"R02"})])
async def test_a_setting_may_show_later_than_a_key(session_cls: type, dead: set[str]) -> None:
    model_cls = type("LaterModel", (CleanModel,), {"session_cls": session_cls})
    results = await results_of(model_cls, {"R01", "R02"})
    assert failed(results).keys() == dead


@dataclass(frozen=True)
class Forward:
    held: bool = False


class StubSession(LucidSession["StubModel"]):
    """Plays the stub engine."""

    def __init__(self, model: StubModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.held = Held[str]()

    @input(binding=hold(keys=("KeyW",)))
    def forward(self, pressed: bool) -> None:
        self.held.hold("forward", pressed)

    def action(self) -> Any:
        return Forward("forward" in self.held.drain())

    async def run(self) -> None:
        self.model.engine.reset()
        while self.ctx.running:
            await self.ctx.publish("main_video", self.model.engine.step(self.action()))


class LateSession(StubSession):
    """Its action counts one step late."""

    last = Forward()

    def action(self) -> Any:
        now, self.last = self.last, super().action()
        return now


class StubModel(LucidModel):
    name = "stub"
    session_cls: ClassVar[type[LucidSession[Any]]] = StubSession
    outputs = (publish.video(name="main_video", width=64, height=48, fps=20),)

    def load(self, ctx: LoadContext) -> None:
        self.engine = StubEngine(64, 48, 2)
        self.engine.load(ctx)


@pytest.mark.parametrize("profile", ["stub", "full"])
@pytest.mark.parametrize("session_cls", [StubSession, LateSession])
async def test_on_the_stub_an_action_shows_in_the_next_step(
    session_cls: type, profile: str
) -> None:
    model_cls = type("Model", (StubModel,), {"session_cls": session_cls})
    found = failed(await results_of(model_cls, {"R01"}, profile))
    is_late = session_cls is LateSession and profile == "stub"
    assert found == ({"R01": "2 steps (slowest: forward)"} if is_late else {})


@pytest.mark.parametrize("mutant", sorted(MUTANTS))
async def test_a_broken_port_fails_its_check_and_no_other(mutant: str) -> None:
    """Of the checks that run: see the top of this file."""
    id = mutant[:3]
    needed = with_needs(frozenset({id})) - {id}
    blocked = {other for other in BY_ID if id in with_needs(frozenset({other}))} - {id}
    ids = set(BY_ID) if EVERY_CHECK else {id} | needed | blocked
    results = await results_of(MUTANTS[mutant], ids - (IN_ANOTHER_PROCESS - {id}))
    assert failed(results).keys() == {id}
    for other in needed & results.keys():
        assert results[other].outcome in (Outcome.PASSED, Outcome.NOT_APPLICABLE), other
    for other in blocked & results.keys():
        assert results[other].outcome in (Outcome.BLOCKED, Outcome.NOT_APPLICABLE), other


def test_every_check_has_a_broken_port() -> None:
    assert {mutant[:3] for mutant in MUTANTS} | OF_A_WHOLE_PROCESS | OF_AN_ENGINE == BY_ID.keys()
