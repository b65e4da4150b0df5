"""What other programs read: GitHub's annotations, SARIF, JUnit."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from lucid.cli import app
from tests.check.example import EXAMPLE
from tests.check.test_port import PYPROJECT, write

MESSAGE = "'w' is not a key code: write \"KeyW\""


@pytest.fixture(autouse=True)
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    source = EXAMPLE.replace('("KeyW",)', "('w',)")
    write(tmp_path, {"pyproject.toml": PYPROJECT, "world/port.py": source, "world/__init__.py": ""})
    return tmp_path


def output(name: str, *more: str) -> str:
    result = CliRunner().invoke(app, ["check", "--format", name, *more])
    assert result.exit_code == 1
    return result.stdout


def test_github_gets_an_annotation_a_finding() -> None:
    assert output("github") == (
        "::error title=Lucid (LUC109),file=world/port.py,line=18,col=31,endLine=18,endColumn=34::"
        f"LUC109 {MESSAGE}\n"
    )


def test_github_gets_no_line_from_a_message() -> None:
    from lucid.check.diagnostics import Diagnostic, Range
    from lucid.check.formats import as_github

    found = Diagnostic("LUC901", "50%\n::warning::x", "a,b:c.py", Range(1, 1, 1, 2))
    assert as_github([found]) == (
        "::error title=Lucid (LUC901),file=a%2Cb%3Ac.py,line=1,col=1,endLine=1,endColumn=2::"
        "LUC901 50%25%0A::warning::x"
    )


def test_sarif_holds_the_rule_the_place_and_the_fix() -> None:
    log = json.loads(output("sarif"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    (rule,) = run["tool"]["driver"]["rules"]
    assert (rule["id"], rule["name"]) == ("LUC109", "key-code")
    (result,) = run["results"]
    region = {"startLine": 18, "startColumn": 31, "endLine": 18, "endColumn": 34}
    artifact = {"uri": "world/port.py"}
    assert result["message"]["text"] == MESSAGE
    assert result["locations"] == [
        {"physicalLocation": {"artifactLocation": artifact, "region": region}}
    ]
    (fix,) = result["fixes"]
    assert fix["artifactChanges"] == [
        {
            "artifactLocation": artifact,
            "replacements": [{"deletedRegion": region, "insertedContent": {"text": '"KeyW"'}}],
        }
    ]


def test_junit_has_a_suite_a_file_and_a_failure_a_finding() -> None:
    root = ElementTree.fromstring(output("junit"))
    assert root.attrib == {"name": "lucid check", "tests": "2", "failures": "1", "errors": "0",
                           "skipped": "0"}  # fmt: skip
    suites = {suite.get("name"): suite for suite in root}
    clean, found = (suites[str(Path("world", name))] for name in ("__init__.py", "port.py"))
    assert [case.get("name") for case in clean] == ["no findings"]
    (case,) = found
    assert (case.get("name"), case.get("line")) == ("LUC109", "18")
    (failure,) = case
    assert failure.get("message") == MESSAGE


def test_junit_is_xml_whatever_the_source_holds(port: Path) -> None:
    (port / "world" / "port.py").write_text(
        f'{EXAMPLE}# TODO(lucid): <b> & \x01 \ufffe ]]> "quoted"\n', "utf-8"
    )
    (failure,) = ElementTree.fromstring(output("junit", "--select", "LUC901")).iter("failure")
    assert '<b> & \ufffd \ufffd ]]> "quoted"' in (failure.get("message") or "")
