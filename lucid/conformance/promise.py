"""A promise of the contract, its measurement, and its result."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """The outcome of a check."""

    PASSED = "passed"
    FAILED = "failed"
    EXPECTED = "expected_failure"
    """It failed, and the port declares why and until when."""
    NOT_APPLICABLE = "not_applicable"
    """The port does not declare what the check is about."""
    SKIPPED = "skipped"
    """The port declares that it does not promise this."""
    BLOCKED = "blocked"
    """Another check must pass first."""


class NotApplicable(Exception):
    """The port does not declare what the check is about. The message says what is missing."""


class NotPromised(NotApplicable):
    """The port declares that it does not promise this."""


class Hung(Exception):
    """A call of the port, ``phase``, did not return; ``line`` is the line that it is at."""

    def __init__(self, phase: str, waited_s: float, line: str = "") -> None:
        at = f" ({line})" if line else ""
        super().__init__(f"{phase} did not return within {waited_s:g} s{at}")
        self.phase = phase


@dataclass(frozen=True)
class Measured:
    """The value that a check measured, and its limit."""

    ok: bool
    measured: str
    limit: str
    detail: str = ""
    """Where and when, for the author who fixes it."""
    table: tuple[str, ...] = ()
    """What the check found, whether it passes or not."""

    @classmethod
    def none(cls, faults: Sequence[str], unit: str, limit: str = "0") -> Measured:
        """Pass if there are no faults; otherwise name the first three."""
        return cls(not faults, f"{len(faults)} {unit}", limit, "; ".join(faults[:3]))


@dataclass(frozen=True)
class Described:
    """What a check is about."""

    id: str
    name: str
    asserts: str
    felt: str
    """What a player notices if the promise is broken."""
    cause: str
    """The most likely cause."""
    remedy: str
    """What the port's author does next."""

    @property
    def title(self) -> str:
        """``R02-every-input-live``."""
        return f"{self.id}-{self.name}"


@dataclass(frozen=True)
class Promise(Described):
    """One promise of the contract, and the function that measures it."""

    needs: tuple[str, ...]
    """Checks that must pass first: otherwise this check proves nothing."""
    full_only: bool
    """Whether the check proves nothing on a stub engine."""
    measure: Callable[[Any], Awaitable[Measured]] = field(repr=False)
    """Takes a Lab, or a ServedPort for a check over the wire."""

    @property
    def plays(self) -> bool:
        """Whether the check needs a session."""
        return self.id[0] != "C" and self.id not in ("W01", "W02", "W03")

    async def check(self, subject: Any) -> Result:
        """Measure, and return the result."""
        start_s = time.monotonic()
        measured = await self.measure(subject)
        outcome = Outcome.PASSED if measured.ok else Outcome.FAILED
        return Result.of(self, outcome, measured, seconds=time.monotonic() - start_s)

    def blocked(self, needs: Sequence[str]) -> Result:
        """Return the result if needs are not met."""
        detail = f"{', '.join(needs)} must pass first"
        return Result.of(self, Outcome.BLOCKED, detail=detail)


def promise(
    id: str,
    *,
    asserts: str,
    felt: str,
    cause: str,
    remedy: str,
    needs: tuple[str, ...] = ("R00",),
    full_only: bool = False,
) -> Callable[[Callable[[Any], Awaitable[Measured]]], Promise]:
    """Turn the decorated function, which measures a promise, into the Promise of that name."""

    def make(measure: Callable[[Any], Awaitable[Measured]]) -> Promise:
        name = measure.__name__.strip("_").replace("_", "-")
        return Promise(id, name, asserts, felt, cause, remedy, needs, full_only, measure)

    return make


@dataclass(frozen=True)
class Result(Described):
    """The result of one check, ready to print."""

    outcome: Outcome
    measured: str
    limit: str
    detail: str
    seconds: float
    table: tuple[str, ...]

    @property
    def why(self) -> str:
        """The message of a failure."""
        lines = [
            f"{self.title}: {self.asserts}",
            f"measured: {self.measured or 'nothing'}; limit: {self.limit or 'none'}",
            *([self.detail] if self.detail else []),
            f"a player feels: {self.felt}",
            f"most likely: {self.cause}",
            f"next: {self.remedy}",
        ]
        return "\n".join(lines)

    def with_outcome(self, outcome: Outcome, detail: str) -> Result:
        """Return a copy with another outcome."""
        return replace(self, outcome=outcome, detail=detail)

    @classmethod
    def of(
        cls,
        promise: Promise,
        outcome: Outcome,
        measured: Measured | None = None,
        *,
        detail: str = "",
        seconds: float = 0.0,
    ) -> Result:
        """Return the result of a promise."""
        values = measured or Measured(False, "", "")
        return cls(
            **{each.name: getattr(promise, each.name) for each in fields(Described)},
            outcome=outcome,
            measured=values.measured,
            limit=values.limit,
            detail=detail or values.detail,
            seconds=round(seconds, 3),
            table=values.table,
        )
