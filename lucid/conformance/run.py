"""Run checks on a port in this process, one after another."""

import datetime
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
    """A call of the port did not return: this process cannot run any more checks."""

    id: str
    """The check that was running."""
    phase: str
    detail: str


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
    """Run the checks and yield each result. ``done`` holds the outcomes of an earlier process.

    Nothing follows a Stuck.
    """
    lab = Lab(model_cls, target, config, announce)
    outcomes = dict(done or {})
    AUDIT.start(target.root, lambda: lab.phase, ignore_this_thread=True)
    try:
        for promise in PROMISES:
            if promise.id in outcomes or (ids is not None and promise.id not in ids):
                continue
            begin(promise.id)
            try:
                result = await _check(lab, promise, outcomes)
            except Hung as hung:
                yield Stuck(promise.id, hung.phase, str(hung))
                return
            outcomes[promise.id] = result.outcome
            if promise.id == "S03":
                is_reset = outcomes.get("S02") is Outcome.PASSED
                lab.is_comparable = is_reset and _is_met(result.outcome)
            yield result
        await lab.close()
    finally:
        AUDIT.stop()


async def _check(lab: Lab, promise: Promise, outcomes: Mapping[str, Outcome]) -> Result:
    if (result := _skipped(lab, promise, outcomes)) is not None:
        return result
    try:
        return judge(await promise.check(lab), lab.target)
    except NotPromised as reason:
        return Result.of(promise, Outcome.SKIPPED, detail=str(reason))
    except NotApplicable as reason:
        return Result.of(promise, Outcome.NOT_APPLICABLE, detail=str(reason))


def _skipped(lab: Lab, promise: Promise, outcomes: Mapping[str, Outcome]) -> Result | None:
    """Return the result of a check that cannot run on this port, or None if it can."""
    if promise.full_only and lab.target.profile == "stub":
        return Result.of(
            promise, Outcome.NOT_APPLICABLE, detail="it proves nothing on a stub engine"
        )
    if not_promised := [need for need in promise.needs if outcomes.get(need) is Outcome.SKIPPED]:
        detail = f"it needs {', '.join(not_promised)}, which the port does not promise"
        return Result.of(promise, Outcome.SKIPPED, detail=detail)
    if broken := [need for need in promise.needs if not _is_met(outcomes.get(need))]:
        return promise.blocked(broken)
    if promise.plays and (fatal := sorted(FATAL & lab.target.hazards)):
        detail = f"no session can run: see R00 ({fatal[0]})"
        return Result.of(promise, Outcome.BLOCKED, detail=detail)
    return None


def _is_met(outcome: Outcome | None) -> bool:
    """Return whether a need is met. A check that was not selected counts as met."""
    return outcome in (None, Outcome.PASSED, Outcome.NOT_APPLICABLE)


def failed(promise: Promise, detail: str, target: Target) -> Result:
    """Return the result of a check during which the port hung or ended the process."""
    measured = Measured(False, "no result", "a result", detail)
    return judge(Result.of(promise, Outcome.FAILED, measured), target)


def judge(result: Result, target: Target, today: datetime.date | None = None) -> Result:
    """Apply the port's expected failures to a result."""
    expected = target.capabilities.expected_failures.get(result.id)
    if expected is None:
        return result
    if result.outcome is Outcome.PASSED:
        detail = (
            f"it passes now, and is expected to fail ({expected.reason}): remove it from "
            "[tool.lucid.conformance.expected_failures]"
        )
        return result.with_outcome(Outcome.FAILED, detail)
    if result.outcome is not Outcome.FAILED:
        return result
    if expected.expires >= (today or datetime.date.today()):
        detail = f"{expected.reason} (until {expected.expires}); {result.detail}"
        return result.with_outcome(Outcome.EXPECTED, detail.rstrip("; "))
    detail = f"it was expected to fail until {expected.expires}; {result.detail}"
    return result.with_outcome(Outcome.FAILED, detail.rstrip("; "))
