"""Ports that hang, exit, fork or print endlessly: the call is named, and other checks still run."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from lucid._target import PortLocation
from lucid.conformance import check_port
from lucid.conformance.checks import BY_ID
from lucid.conformance.promise import Outcome
from lucid.conformance.report import Report
from lucid.conformance.target import Limits
from lucid.errors import TargetError
from tests.waits import LIMIT_S

ROOT = Path(__file__).resolve().parent.parent.parent
PORT = PortLocation(ROOT, "tests.conformance.misbehaving", "MisbehavingModel")
LIMITS = Limits(load_s=LIMIT_S, step_s=3.0, import_s=0.3, leak_sessions=6, patience=1.0)
SOME = {"C04", "W01", "O05", "L03", "L07", "I01", "S02", "R03", "E03"}


def report(monkeypatch: pytest.MonkeyPatch, kind: str, ids: set[str] | None) -> Report:
    monkeypatch.setenv("MISBEHAVIOUR", kind)
    limits = replace(LIMITS, load_s=4.0) if kind == "load:hang" else LIMITS
    return check_port(PORT, "full", ids=ids, limits=limits)


def failed(found: Report) -> dict[str, str]:
    return {r.id: r.detail for r in found.results if r.outcome is Outcome.FAILED}


def test_a_port_that_behaves_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    found = report(monkeypatch, "", None)
    assert failed(found) == {}
    assert found.ok
    assert len(found.results) == len(BY_ID)


@pytest.mark.parametrize(
    ("kind", "ids", "broken"),
    [
        ("import:network", {"C01", "C02", "C03"}, "C02"),
        ("import:slow", {"C01", "C02", "C03"}, "C03"),
        ("run:fork", {"E04", "S02", "L03"}, "E04"),
        ("import:signal", {"E06", "S02", "L03"}, "E06"),
    ],
)
def test_what_a_port_does_to_its_process_fails_one_check(
    monkeypatch: pytest.MonkeyPatch, kind: str, ids: set[str], broken: str
) -> None:
    assert failed(report(monkeypatch, kind, ids)).keys() == {broken}


@pytest.mark.parametrize("kind", ["hang", "_exit"])
@pytest.mark.parametrize(
    ("call", "blamed"), [("load", "W01"), ("run", "R00"), ("handler", "I01"), ("close", "L07")]
)
def test_a_call_that_does_not_return_is_named_and_other_checks_still_run(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    call: str,
    blamed: str,
    kind: str,
) -> None:
    found = report(monkeypatch, f"{call}:{kind}", SOME)
    broken = failed(found)
    phase = "input:forward" if call == "handler" else call
    assert broken.keys() == {blamed}
    ending = "ended the process, which exited with code 3"
    ending = "did not return within" if kind == "hang" else ending
    assert f"{phase} {ending}" in broken[blamed]
    if kind == "hang":
        assert "tests/conformance/misbehaving.py:" in broken[blamed]
        assert 'misbehaving.py", line' in caplog.text  # the stacks of its threads
    others = {r.id: r.outcome for r in found.results if r.id in SOME - {blamed}}
    reached = {"load": {"C04"}, "run": {"C04", "W01"}}.get(call, SOME - {blamed})
    assert {id for id, outcome in others.items() if outcome is Outcome.PASSED} == reached
    assert {others[id] for id in others.keys() - reached} <= {Outcome.BLOCKED}


def test_a_load_may_start_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    assert failed(report(monkeypatch, "load:subprocess", {"W01"})) == {}


def test_a_loop_that_blocks_the_whole_process_is_killed_and_its_stacks_are_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("lucid.conformance.supervise.SLACK_S", 3.0)
    found = report(monkeypatch, "run:spin", {"R00"})
    assert "run did not return within" in failed(found)["R00"]
    assert 'misbehaving.py", line' in caplog.text


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal for a broken pipe")
def test_a_stuck_port_dies_with_the_process_that_checks_it() -> None:
    script = (
        "from tests.conformance.test_supervise import PORT, check_port\n"
        "check_port(PORT, 'full', ids={'W01'}, on_begin=lambda id: print(id, flush=True))"
    )
    checker = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "MISBEHAVIOUR": "load:spin"},
        stdout=subprocess.PIPE,
        text=True,
    )
    with checker:
        assert checker.stdout is not None
        while checker.stdout.readline().strip() != "W01":
            assert checker.poll() is None
        children = psutil.Process(checker.pid).children(recursive=True)
        checker.kill()
    assert children
    _, alive = psutil.wait_procs(children, timeout=LIMIT_S)
    assert not alive


def test_sys_exit_fails_a_check_and_does_not_end_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = report(monkeypatch, "handler:exit", {"E03", "L03"})
    assert failed(found).keys() == {"E03"}
    assert "input:forward: tests/conformance/misbehaving.py:" in failed(found)["E03"]


@pytest.mark.parametrize(("call", "blamed"), [("run", "R00"), ("handler", "I01")])
def test_an_exception_is_named_with_its_line(
    monkeypatch: pytest.MonkeyPatch, call: str, blamed: str
) -> None:
    said = failed(report(monkeypatch, f"{call}:missing", {blamed}))[blamed]
    assert "No module named 'no_such_engine'" in said
    assert "(tests/conformance/misbehaving.py:" in said


def test_a_port_that_prints_endlessly_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    found = report(monkeypatch, "run:print", {"R00", "C04"})
    assert failed(found).keys() == {"R00"}


@pytest.mark.parametrize("call", ["import", "load"])
def test_a_missing_package_is_one_line_with_the_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, call: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "misbehaving"\n[project.optional-dependencies]\n'
        'engine = ["no_such_engine @ git+https://example.org/no_such_engine"]\n'
    )
    (tmp_path / "broken_port.py").write_text(
        (ROOT / "tests" / "conformance" / "misbehaving.py").read_text("utf-8")
    )
    port = PortLocation(tmp_path, "broken_port", "MisbehavingModel")
    monkeypatch.setenv("MISBEHAVIOUR", f"{call}:missing")
    sync = f"`lucid sync {tmp_path.name}` installs the extra engine"
    line = f"no_such_engine is not installed: {sync}"
    if call == "import":
        with pytest.raises(TargetError, match="broken_port does not import: ") as raised:
            check_port(port, "full", limits=LIMITS)
        assert line in raised.value.message
    else:
        assert failed(check_port(port, "full", ids={"W01"}, limits=LIMITS)) == {"W01": line}


def test_an_import_that_hangs_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISBEHAVIOUR", "import:hang")
    monkeypatch.setattr("lucid.conformance.supervise.SLACK_S", 0.5)
    with pytest.raises(
        TargetError, match=r"importing tests.conformance.misbehaving: import did not return"
    ):
        check_port(PORT, "full", limits=Limits(load_s=2.0, patience=1.0))
