"""Expected failures, capabilities, profiles and reports."""

from __future__ import annotations

import datetime
import json
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from lucid.cli.conformance import print_report
from lucid.conformance import check_port
from lucid.conformance.audit import raised_at
from lucid.conformance.checks import BY_ID, PROMISES, with_needs
from lucid.conformance.promise import Measured, Outcome, Result
from lucid.conformance.report import Report
from lucid.conformance.run import judge
from lucid.conformance.target import Capabilities, Target, read_capabilities
from lucid.errors import TargetError
from tests.cli.running import lucid, lucid_here

ROOT = Path(__file__).resolve().parent.parent.parent
HELLO = ROOT / "examples" / "hello"
TODAY = datetime.date(2030, 1, 15)
KNOWN = frozenset(BY_ID)


def hello_with(folder: Path, table: str) -> Path:
    port = folder / "hello"
    shutil.copytree(HELLO, port, ignore=shutil.ignore_patterns("__pycache__"))
    with (port / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(table)
    return port


def expecting(expires: str) -> Target:
    declared = {"expected_failures": {"R02": {"reason": "no axis yet", "expires": expires}}}
    return Target(ROOT, Capabilities.model_validate(declared))


def result(outcome: Outcome) -> Result:
    measured = Measured(outcome is Outcome.PASSED, "3 of 4", "4", "dead: lean")
    return Result.of(BY_ID["R02"], outcome, measured)


def report(*results: Result, profile: str = "full") -> Report:
    facts: dict[str, Any] = dict.fromkeys(
        ("port", "port_sha256", "lucid_version", "python_version", "device", "date"), "x"
    )
    return Report(
        **facts, profile=profile, results=results, lock_commit=None, seconds=1.0, whole=True
    )


def test_an_expected_failure_counts_only_after_its_date() -> None:
    judged = judge(result(Outcome.FAILED), expecting("2030-01-15"), TODAY)
    assert judged.outcome is Outcome.EXPECTED
    assert judged.detail == "no axis yet (until 2030-01-15); dead: lean"
    late = judge(result(Outcome.FAILED), expecting("2030-01-14"), TODAY)
    assert late.outcome is Outcome.FAILED
    assert late.detail == "it was expected to fail until 2030-01-14; dead: lean"


def test_a_check_that_passes_against_expectation_fails() -> None:
    judged = judge(result(Outcome.PASSED), expecting("2030-02-01"), TODAY)
    assert judged.outcome is Outcome.FAILED
    assert "it passes now, and is expected to fail (no axis yet)" in judged.detail


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("deterministic = 3", "deterministic: Input should be a valid boolean"),
        ("determinist = true", "determinist: Extra inputs are not permitted"),
        ("expected_failures.R02 = {reason = 'no axis yet'}", "R02.expires: Field required"),
        ("expected_failures.R02 = {expires = 2030-01-01}", "R02.reason: Field required"),
        ("expected_failures.R99 = {reason = 'no axis yet', expires = 2030-01-01}", "'R99'"),
    ],
)
def test_a_wrong_declaration_names_its_key(tmp_path: Path, table: str, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.lucid.conformance]\n{table}\n")
    with pytest.raises(TargetError) as raised:
        read_capabilities(tmp_path, KNOWN)
    assert text in str(raised.value)


def test_a_port_without_a_declaration_promises_everything(tmp_path: Path) -> None:
    assert read_capabilities(tmp_path, KNOWN) == Capabilities()
    assert Capabilities().deterministic


def test_a_check_that_is_not_promised_is_skipped_with_the_checks_that_need_it(
    tmp_path: Path,
) -> None:
    port = hello_with(tmp_path, "\n[tool.lucid.conformance]\ndeterministic = false\n")
    found = check_port(port, "full", ids={"R02", "L03"})
    outcomes = {r.id: r.outcome for r in found.results}
    assert outcomes["D01"] is outcomes["S02"] is outcomes["R02"] is Outcome.SKIPPED
    assert outcomes["L03"] is Outcome.PASSED
    assert found.ok


def test_certified_takes_no_skip_and_no_expected_failure() -> None:
    passed = result(Outcome.PASSED)
    for outcome in (Outcome.SKIPPED, Outcome.EXPECTED, Outcome.BLOCKED):
        assert report(passed, result(outcome)).ok
        assert not report(passed, result(outcome), profile="certified").ok
    assert report(passed, result(Outcome.NOT_APPLICABLE), profile="certified").ok
    assert not report(result(Outcome.FAILED)).ok


def test_junit_holds_every_check_and_why_one_failed() -> None:
    bad = Result.of(BY_ID["R02"], Outcome.FAILED, Measured(False, "1 \x1b[31m", "2", "<dead>"))
    suite = ElementTree.fromstring(report(bad, result(Outcome.BLOCKED)).as_junit())
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("2", "1", "1")
    failure = suite.find("testsuite/testcase/failure")
    assert failure is not None
    assert "<dead>" in str(failure.text)
    assert "next: " in str(failure.text)


def test_the_printed_report_folds_passes_and_breaks_no_id(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    passed, others = PROMISES[::2], PROMISES[1::2]
    measured = Measured(True, "3 of 4", "4", "dead: lean")
    results = [
        *(Result.of(promise, Outcome.PASSED, measured) for promise in passed),
        *(Result.of(promise, Outcome.SKIPPED, measured) for promise in others),
    ]
    print_report(report(*results))
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    rows = [line for line in lines if line.startswith("skipped")]
    folded = " ".join(line.rstrip() for line in lines[: lines.index(rows[0]) - 1])
    assert folded == f"ok {len(passed)} checks: {', '.join(one.id for one in passed)}"
    assert [one.title in row for one, row in zip(others, rows, strict=True)] == [True] * len(others)


def test_needs_come_first_and_are_checks() -> None:
    seen: set[str] = set()
    for promise in PROMISES:
        assert set(promise.needs) <= seen, promise.id
        seen.add(promise.id)
    assert {"W01", "D01", "S02"} < with_needs(frozenset({"R02"}))


def test_every_promise_has_its_texts() -> None:
    for promise in PROMISES:
        assert promise.asserts.endswith(".") and promise.felt.endswith((".", "?")), promise.id
        assert len(promise.cause) > 10 and len(promise.remedy) > 10, promise.id


def test_the_command_reports_writes_and_exits_by_the_outcome(tmp_path: Path) -> None:
    table = (
        "\n[tool.lucid.conformance.expected_failures]\n"
        "L03 = {reason = 'leaves late', expires = 2999-01-01}\n"
    )
    hello_with(tmp_path, table)
    arguments = ["check", "hello", "--conformance", "--profile", "full", "--json"]
    run = lucid(*arguments, "--junit", "j.xml", "--badge", "b.json", cwd=tmp_path)
    found = json.loads(run.stdout)
    failed = [r for r in found["results"] if r["outcome"] == "failed"]
    assert [r["id"] for r in failed] == ["L03"]  # it passes: the expectation is wrong
    assert (run.returncode, found["ok"], found["counts"]["failed"]) == (1, False, 1)
    assert {r["id"] for r in found["results"]} == KNOWN
    assert ElementTree.parse(tmp_path / "j.xml").getroot().get("failures") == "1"
    badge = json.loads((tmp_path / "b.json").read_text("utf-8"))
    assert badge["message"] == "full: failing"
    assert len(badge["port_sha256"]) == 64
    assert badge["device"]
    assert run.stderr.splitlines()[-1].startswith("hello.port:HelloModel, full: ")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["check", "nowhere", "--conformance"], "nowhere: no such folder"),
        (["check", str(HELLO), "--conformance"], "HelloModel has no stub engine"),
        (["check", str(HELLO), "--junit", "j.xml"], "--junit needs the port to run"),
        (["check", "json:JSONDecoder", "--conformance"], "json:JSONDecoder: no file json.py"),
    ],
)
def test_a_users_mistake_is_one_message(tmp_path: Path, arguments: list[str], text: str) -> None:
    run = lucid_here(*arguments, cwd=tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    assert text in run.stderr
    assert "Traceback" not in run.stderr


def test_only_a_line_of_the_port_itself_is_named(tmp_path: Path) -> None:
    for folder, named in (("ball", " (port.py:1)"), ("ball2", "")):
        code = compile("1 / 0", str(tmp_path / folder / "port.py"), "exec")
        with pytest.raises(ZeroDivisionError) as raised:
            exec(code)
        assert raised_at(raised.value, tmp_path / "ball") == named
