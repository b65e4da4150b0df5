"""Run checks on a port in this process, one after the other."""

from __future__ import annotations

import datetime
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from lucid.authoring.model import LucidModel
from lucid.conformance.audit import AUDIT
from lucid.conformance.checks import PROMISES
from lucid.conformance.lab import Lab
from lucid.conformance.promise import (
    Hung,
    Measured,
    NotApplicable,
    NotPromised,
    Outcome,
    Promise,
    Result,
)
from lucid.conformance.target import Target

FATAL = frozenset({"run", "publish", "create_session"})
"""Hazards that no session can avoid."""


@dataclass(frozen=True)
class Stuck:
    """The port did not come back: this process can check nothing more."""

    id: str
    """The check that was at it."""
    phase: str
    told: str


async def run_checks(
    model_cls: type[LucidModel[Any]],
    target: Target,
    config: BaseModel | None = None,
    *,
    ids: Collection[str] | None = None,
    done: Mapping[str, Outcome] | None = None,
    announce: Callable[[str], None] = lambda phase: None,
    begin: Callable[[str], None] = lambda id: None,
) -> AsyncIterator[Result | Stuck]:
    """The result of each check as it is known; ``done`` are those of an earlier process.

    After a Stuck nothing more comes.
    """
    lab = Lab(model_cls, target, config, announce)
    outcomes = dict(done or {})
    AUDIT.start(target.root, lambda: lab.phase, ignore_this_thread=True)
    try:
        for kept in PROMISES:
            if kept.id in outcomes or (ids is not None and kept.id not in ids):
                continue
            begin(kept.id)
            try:
                result = await _check(lab, kept, outcomes)
            except Hung as hung:
                yield Stuck(kept.id, hung.phase, str(hung))
                return
            outcomes[kept.id] = result.outcome
            if kept.id == "S03":
                lab.facts["comparable"] = outcomes.get("S02") is Outcome.PASSED and _stands(
                    result.outcome
                )
            yield result
        await lab.close()
    finally:
        AUDIT.stop()


async def _check(lab: Lab, kept: Promise, outcomes: Mapping[str, Outcome]) -> Result:
    if (result := _left_out(lab, kept, outcomes)) is not None:
        return result
    start_s = time.monotonic()
    try:
        measured = await kept.measure(lab)
    except NotPromised as reason:
        return Result.of(kept, Outcome.SKIPPED, detail=str(reason))
    except NotApplicable as reason:
        return Result.of(kept, Outcome.NOT_APPLICABLE, detail=str(reason))
    outcome = Outcome.PASSED if measured.ok else Outcome.FAILED
    result = Result.of(kept, outcome, measured, seconds=time.monotonic() - start_s)
    return judge(result, lab.target)


def _left_out(lab: Lab, kept: Promise, outcomes: Mapping[str, Outcome]) -> Result | None:
    """The result of a check that cannot say anything of this port; None where it can."""
    if kept.full_only and lab.target.profile == "stub":
        return Result.of(kept, Outcome.NOT_APPLICABLE, detail="it says nothing of a stub engine")
    if unpromised := [need for need in kept.needs if outcomes.get(need) is Outcome.SKIPPED]:
        told = f"it needs {', '.join(unpromised)}, which the port does not promise"
        return Result.of(kept, Outcome.SKIPPED, detail=told)
    if broken := [need for need in kept.needs if not _stands(outcomes.get(need))]:
        return Result.of(kept, Outcome.BLOCKED, detail=f"{', '.join(broken)} must pass first")
    if kept.plays and (fatal := sorted(FATAL & lab.target.hazards)):
        told = f"no session can be played: see R00 ({fatal[0]})"
        return Result.of(kept, Outcome.BLOCKED, detail=told)
    return None


def _stands(outcome: Outcome | None) -> bool:
    """Whether others can build on it; what was not asked for is not known to be broken."""
    return outcome in (None, Outcome.PASSED, Outcome.NOT_APPLICABLE)


def failed(kept: Promise, told: str, target: Target) -> Result:
    """The result of a check whose port hung or ended the process."""
    seen = Measured(False, "no answer", "an answer", told)
    return judge(Result.of(kept, Outcome.FAILED, seen), target)


def judge(result: Result, target: Target, today: datetime.date | None = None) -> Result:
    """The result in the light of the failures that the port expects."""
    expected = target.capabilities.expected_failures.get(result.id)
    if expected is None:
        return result
    if result.outcome is Outcome.PASSED:
        told = (
            f"it passes now, and is expected to fail ({expected.reason}): remove it from "
            "[tool.lucid.conformance.expected_failures]"
        )
        return result.but(Outcome.FAILED, told)
    if result.outcome is not Outcome.FAILED:
        return result
    if expected.expires >= (today or datetime.date.today()):
        told = f"{expected.reason} (until {expected.expires}); {result.detail}"
        return result.but(Outcome.EXPECTED, told.rstrip("; "))
    told = f"expected to fail until {expected.expires}, which is over; {result.detail}"
    return result.but(Outcome.FAILED, told.rstrip("; "))
