"""The suite tests itself: a clean port passes all, each broken one fails exactly its check."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from lucid import LucidModel
from lucid.conformance.checks import BY_ID
from lucid.conformance.promise import Outcome, Result
from lucid.conformance.run import Stuck, run_checks
from lucid.conformance.target import Limits, Target
from tests.conformance.mutants import MUTANTS
from tests.conformance.ports import CleanModel, FloatModel

ROOT = Path(__file__).resolve().parent.parent.parent
LIMITS = Limits(silence_s=1.0, leak_sessions=10, patience=1.0)
IN_ANOTHER_PROCESS = {"C01", "C02", "C03"}
OF_A_WHOLE_PROCESS = {"C02", "C03", "E04", "E06"}
"""What these are about cannot be done in the tests' process: test_supervise.py has their ports."""


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """The tracebacks of ports that are broken on purpose are no news."""
    caplog.set_level(logging.CRITICAL, "lucid")


async def results_of(model_cls: type[LucidModel[Any]], ids: set[str]) -> dict[str, Result]:
    found: dict[str, Result] = {}
    async for result in run_checks(model_cls, Target(ROOT, limits=LIMITS), ids=ids):
        assert not isinstance(result, Stuck), result
        found[result.id] = result
    return found


def failed(results: dict[str, Result]) -> dict[str, str]:
    bad = (Outcome.FAILED, Outcome.EXPECTED)
    return {r.id: f"{r.measured} ({r.detail})" for r in results.values() if r.outcome in bad}


@pytest.mark.parametrize("model_cls", [CleanModel, FloatModel])
async def test_a_clean_port_passes_every_check(model_cls: type[LucidModel[Any]]) -> None:
    results = await results_of(model_cls, set(BY_ID))
    assert failed(results) == {}
    assert {r.outcome for r in results.values()} == {Outcome.PASSED, Outcome.NOT_APPLICABLE}
    assert results.keys() == BY_ID.keys()


def test_the_clean_ports_leave_no_check_out() -> None:
    """Every check applies to one of them: see the test above."""
    assert len(BY_ID) >= 40


@pytest.mark.parametrize("id", sorted(MUTANTS))
async def test_a_broken_port_fails_exactly_its_check(id: str) -> None:
    ids = set(BY_ID) - (IN_ANOTHER_PROCESS - {id})
    assert failed(await results_of(MUTANTS[id], ids)).keys() == {id}


def test_every_check_has_a_broken_port() -> None:
    assert MUTANTS.keys() | OF_A_WHOLE_PROCESS == BY_ID.keys()
