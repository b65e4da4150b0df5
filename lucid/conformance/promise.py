"""A promise of the contract, what was measured of it, and what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """What came of a check."""

    PASSED = "passed"
    FAILED = "failed"
    EXPECTED = "expected_failure"
    """It failed, and the port says why and until when."""
    NOT_APPLICABLE = "not_applicable"
    """The port does not declare what it is about."""
    SKIPPED = "skipped"
    """The port says that it does not promise this."""
    BLOCKED = "blocked"
    """Another check must pass first."""


class NotApplicable(Exception):
    """The port does not declare what the check is about; the message says what."""


class NotPromised(NotApplicable):
    """The port says that it does not promise this."""


class Hung(Exception):
    """The port did not come back; ``phase`` says from where, ``place`` at which line."""

    def __init__(self, phase: str, waited_s: float, place: str = "") -> None:
        at = f" ({place})" if place else ""
        super().__init__(f"{phase} did not come back within {waited_s:g} s{at}")
        self.phase = phase


@dataclass(frozen=True)
class Measured:
    """What a check saw, against what it allows."""

    ok: bool
    measured: str
    limit: str
    detail: str = ""
    """Where and when, for the one who fixes it."""


@dataclass(frozen=True)
class Promise:
    """One promise of the contract, and the function that measures it."""

    id: str
    name: str
    asserts: str
    felt: str
    """What a player feels where it is broken."""
    cause: str
    """What most often breaks it."""
    remedy: str
    """The next step of its author."""
    needs: tuple[str, ...]
    """Checks that must pass first: without them this one would say nothing."""
    full_only: bool
    """It says nothing of a stub engine."""
    measure: Callable[[Any], Awaitable[Measured]] = field(repr=False)
    """Takes a Lab; a check over the wire takes a Ward."""

    @property
    def title(self) -> str:
        """``R02-every-input-live``."""
        return f"{self.id}-{self.name}"

    @property
    def plays(self) -> bool:
        """Whether it needs a session."""
        return self.id[0] != "C" and self.id not in ("W01", "W02", "W03")


def promise(
    id: str,
    name: str,
    *,
    asserts: str,
    felt: str,
    cause: str,
    remedy: str,
    needs: tuple[str, ...] = (),
    full_only: bool = False,
) -> Callable[[Callable[[Any], Awaitable[Measured]]], Promise]:
    """Make a promise of the function that measures it."""

    def make(measure: Callable[[Any], Awaitable[Measured]]) -> Promise:
        return Promise(id, name, asserts, felt, cause, remedy, needs, full_only, measure)

    return make


@dataclass(frozen=True)
class Result:
    """What came of one check, ready to print."""

    id: str
    name: str
    asserts: str
    outcome: Outcome
    measured: str = ""
    limit: str = ""
    detail: str = ""
    felt: str = ""
    cause: str = ""
    remedy: str = ""
    seconds: float = 0.0

    @property
    def title(self) -> str:
        """``R02-every-input-live``."""
        return f"{self.id}-{self.name}"

    @property
    def why(self) -> str:
        """All of it in a few lines, for a failure's message."""
        lines = [
            f"{self.title}: {self.asserts}",
            f"measured: {self.measured or 'nothing'}; limit: {self.limit or 'none'}",
            *([self.detail] if self.detail else []),
            f"a player feels: {self.felt}",
            f"most likely: {self.cause}",
            f"next: {self.remedy}",
        ]
        return "\n".join(lines)

    def but(self, outcome: Outcome, detail: str) -> Result:
        """The same with another outcome."""
        return replace(self, outcome=outcome, detail=detail)

    def as_json(self) -> dict[str, Any]:
        """The fields as a JSON object."""
        return asdict(self)

    @classmethod
    def of(
        cls,
        kept: Promise,
        outcome: Outcome,
        measured: Measured | None = None,
        *,
        detail: str = "",
        seconds: float = 0.0,
    ) -> Result:
        """The result of a promise."""
        seen = measured or Measured(False, "", "")
        return cls(
            id=kept.id,
            name=kept.name,
            asserts=kept.asserts,
            outcome=outcome,
            measured=seen.measured,
            limit=seen.limit,
            detail=detail or seen.detail,
            felt=kept.felt,
            cause=kept.cause,
            remedy=kept.remedy,
            seconds=round(seconds, 3),
        )
