"""Print diagnostics for other programs: GitHub annotations, SARIF, JUnit."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lucid
from lucid.check.diagnostics import Diagnostic
from lucid.check.render import concise


def as_github(diagnostics: Sequence[Diagnostic]) -> str:
    """Return one workflow command per line: ``::error`` or ``::notice``."""
    return "\n".join(_annotation(diagnostic) for diagnostic in diagnostics)


def _annotation(found: Diagnostic) -> str:
    where = found.range
    properties = {
        "title": f"Lucid ({found.code})",
        "file": Path(found.path).as_posix(),
        "line": where.line,
        "col": where.column,
        "endLine": where.end_line,
        "endColumn": where.end_column,
    }
    escaped = {
        name: _data(str(value)).replace(":", "%3A").replace(",", "%2C")
        for name, value in properties.items()
    }
    values = ",".join(f"{name}={value}" for name, value in escaped.items())
    kind = "notice" if found.is_note else "error"
    return f"::{kind} {values}::{_data(f'{found.code} {found.message}')}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def as_sarif(diagnostics: Sequence[Diagnostic]) -> str:
    """Return a SARIF 2.1.0 log with the rules that found something."""
    from lucid.check.rules import RULES

    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    rules = [
        {
            "id": rule.code,
            "name": rule.name,
            "shortDescription": {"text": rule.name.replace("-", " ")},
            "fullDescription": {"text": rule.why},
            "help": {"text": rule.message},
        }
        for rule in RULES
        if rule.code in codes
    ]
    driver = {"name": "lucid check", "version": lucid.__version__, "rules": rules}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(found, codes.index(found.code)) for found in diagnostics],
            }
        ],
    }
    return json.dumps(log, indent=2)


def _result(found: Diagnostic, rule_index: int) -> dict[str, Any]:
    artifact = {"uri": Path(found.path).as_posix()}
    result: dict[str, Any] = {
        "ruleId": found.code,
        "ruleIndex": rule_index,
        "level": "note" if found.is_note else "error",
        "message": {"text": found.message},
        "locations": [
            {"physicalLocation": {"artifactLocation": artifact, "region": _region(found.range)}}
        ],
    }
    if found.fix:
        replacements = [
            {"deletedRegion": _region(edit.range), "insertedContent": {"text": edit.text}}
            for edit in found.fix.edits
        ]
        change = {"artifactLocation": artifact, "replacements": replacements}
        result["fixes"] = [{"description": {"text": found.fix.title}, "artifactChanges": [change]}]
    return result


def _region(where: Any) -> dict[str, int]:
    return {
        "startLine": where.line,
        "startColumn": where.column,
        "endLine": where.end_line,
        "endColumn": where.end_column,
    }


def as_junit(diagnostics: Sequence[Diagnostic], paths: Sequence[str]) -> str:
    """Return JUnit XML: a suite per file, a failed case per finding, one passed case if none."""
    from lucid._junit import Case, junit_xml

    by_path: dict[str, list[Case]] = {path: [] for path in paths}
    for diagnostic in diagnostics:
        if not diagnostic.is_note:
            text = concise([diagnostic])
            position = {"line": str(diagnostic.line), "column": str(diagnostic.column)}
            failure = (diagnostic.message, text)
            case = Case(diagnostic.code, diagnostic.path, failure, attributes=position)
            by_path.setdefault(diagnostic.path, []).append(case)
    suites = {path: cases or [Case("no findings", path)] for path, cases in by_path.items()}
    return junit_xml("lucid check", suites)
