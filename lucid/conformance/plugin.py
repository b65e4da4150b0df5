"""The conformance checks as tests of a port's own suite: ``pytest -k R02``.

::

    from lucid.conformance import parametrize_with_checks

    @parametrize_with_checks("waypoint", profile="stub")
    def test_conformance(check):
        check()
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from lucid.conformance.promise import Result


class PortChecks:
    """The checks of one port. All that pytest has selected run together in one process."""

    def __init__(self, port: str | Path, profile: str) -> None:
        self.port, self.profile = port, profile
        self.selected: set[str] = set()
        self._results: dict[str, Result] | None = None

    def result(self, id: str) -> Result:
        """Return the result of a check."""
        if self._results is None or id not in self._results:
            from lucid.conformance.api import check_port

            report = check_port(self.port, self.profile, ids=self.selected | {id})
            self._results = {result.id: result for result in report.results}
        return self._results[id]


class Check:
    """One check of one port. Call it in a test."""

    def __init__(self, checks: PortChecks, id: str) -> None:
        self.checks, self.id = checks, id

    def __call__(self) -> None:
        """Pass, fail, skip or xfail the calling test."""
        from lucid.conformance.promise import Outcome

        result = self.checks.result(self.id)
        match result.outcome:
            case Outcome.FAILED:
                pytest.fail(result.why, pytrace=False)
            case Outcome.EXPECTED:
                pytest.xfail(result.detail)
            case Outcome.PASSED:
                return
            case _:
                pytest.skip(f"{result.outcome.value}: {result.detail}")


def parametrize_with_checks(
    port: str | Path, profile: str = "stub"
) -> Callable[[Callable[..., Any]], Any]:
    """Parametrize a test with ``check``, once per conformance check of a port."""
    from lucid.conformance.checks import PROMISES

    checks = PortChecks(port, profile)
    cases = [pytest.param(Check(checks, promise.id), id=promise.title) for promise in PROMISES]
    return pytest.mark.parametrize("check", cases)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Note the selected checks, so that one process runs them all."""
    for item in session.items:
        callspec = getattr(item, "callspec", None)
        check = callspec.params.get("check") if callspec is not None else None
        if isinstance(check, Check):
            check.checks.selected.add(check.id)
