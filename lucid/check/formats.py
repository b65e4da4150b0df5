"""Diagnostics as other programs read them: GitHub's annotations, SARIF, JUnit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import lucid
from lucid.check.diagnostics import Diagnostic


def as_github(diagnostics: Sequence[Diagnostic]) -> str:
    """Workflow commands: one ``::error`` or ``::notice`` a line."""
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
    values = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    kind = "notice" if found.is_note else "error"
    return f"::{kind} {values}::{_data(f'{found.code} {found.message}')}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def as_sarif(diagnostics: Sequence[Diagnostic]) -> str:
    """A SARIF 2.1.0 log with the rules that found something."""
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
    """A test suite a file, a failed test case a finding; a clean file is one that passed."""
    by_path: dict[str, list[Diagnostic]] = {path: [] for path in paths}
    wrong = [diagnostic for diagnostic in diagnostics if not diagnostic.is_note]
    for diagnostic in wrong:
        by_path.setdefault(diagnostic.path, []).append(diagnostic)
    total = sum(max(1, len(found)) for found in by_path.values())
    counts = f'tests="{total}" failures="{len(wrong)}" errors="0"'
    lines = ['<?xml version="1.0" encoding="utf-8"?>', f'<testsuites name="lucid check" {counts}>']
    for path, found in by_path.items():
        counts = f'tests="{max(1, len(found))}" failures="{len(found)}" errors="0"'
        lines.append(f"  <testsuite name={_attribute(path)} {counts}>")
        lines += [_case(diagnostic) for diagnostic in found]
        if not found:
            lines.append(f'    <testcase name="no findings" classname={_attribute(path)}/>')
        lines.append("  </testsuite>")
    return "\n".join([*lines, "</testsuites>"])


def _case(found: Diagnostic) -> str:
    where = f'line="{found.line}" column="{found.column}"'
    body = escape(_xml(f"{found.path}:{found.line}:{found.column}: {found.code} {found.message}"))
    return (
        f"    <testcase name={_attribute(found.code)} classname={_attribute(found.path)} {where}>"
        f"<failure message={_attribute(found.message)}>{body}</failure></testcase>"
    )


def _attribute(text: str) -> str:
    return quoteattr(_xml(text))


def _xml(text: str) -> str:
    """The text without what XML 1.0 cannot hold."""
    return "".join(
        char if char in "\t\n\r" or (char >= " " and not "\ud800" <= char <= "\udfff"
        and char not in "\ufffe\uffff") else "\N{REPLACEMENT CHARACTER}"
        for char in text
    )  # fmt: skip
