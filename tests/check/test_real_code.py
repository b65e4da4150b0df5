"""Code that nobody wrote for the checker: the standard library, installed packages, and what
hypothesis makes of ports. No crash, and no fix that changes a byte which is not its own.

LUCID_TEST_LONG=1 tries 4 times as many files and ports, and files of any size.
"""

from __future__ import annotations

import ast
import os
import random
import sysconfig
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lucid.check.engine import check, check_source
from lucid.check.fixes import apply_edits, fix_tree
from lucid.check.rules import RULES
from lucid.check.sources import SourceFile, SourceTree, read_file
from lucid.check.text import Text
from tests.check.good_port import ENGINE, PORT
from tests.check.pages import case_tree, invalid
from tests.check.test_mutants import MUTANTS, SOURCES, tree

LONG = "LUCID_TEST_LONG" in os.environ
SAMPLE, MOST_BYTES = (40, 10**9) if LONG else (10, 30_000)
"""How many files of each library are checked, and how large they are; the same ones every time."""
LIBRARIES = {name: Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib")}


def files_of(library: Path) -> list[Path]:
    found = sorted(
        path
        for path in library.rglob("*.py")
        if "site-packages" not in path.relative_to(library).parts
        and path.stat().st_size <= MOST_BYTES
    )
    return random.Random(7).sample(found, min(SAMPLE, len(found)))


def parses(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


def check_fixes(checked: SourceTree) -> int:
    """Each fix touches its own ranges only. Return how many there are."""
    texts = {file.path: file.text for file in checked.files}
    fixes = 0
    for found in check(checked):
        if not found.fix or found.path not in texts:
            continue
        fixes += 1
        text = texts[found.path]
        source = Text(text)
        repaired = apply_edits(text, found.fix.edits)
        spans = sorted(source.span(edit.range) for edit in found.fix.edits)
        kept = "".join(text[a:b] for (_, a), (b, _) in zip(
            [(0, 0), *spans], [*spans, (len(text), 0)], strict=True))  # fmt: skip
        assert len(repaired) == len(kept) + sum(len(edit.text) for edit in found.fix.edits)
        assert repaired.startswith(text[: spans[0][0]])
        assert repaired.endswith(text[spans[-1][1] :])
    return fixes


@pytest.mark.parametrize("name", LIBRARIES)
def test_real_code_is_checked_without_a_crash_and_fixes_are_whole(name: str) -> None:
    library = LIBRARIES[name]
    paths = files_of(library)
    assert len(paths) == SAMPLE
    for path in paths:
        checked = SourceTree((read_file(path, library, library),))
        if not check_fixes(checked):
            continue
        fixed = fix_tree(checked, check, unsafe=True)
        (before,), (after,) = checked.files, fixed.tree.files
        assert before.text == after.text or parses(after.text), path
        assert fix_tree(fixed.tree, check, unsafe=True).tree == fixed.tree, path


@pytest.mark.parametrize("code", ["LUC103", "LUC106", "LUC112", "LUC302", "LUC407", "LUC502"])
def test_a_fixed_mutant_is_clean_and_fixed_once(code: str) -> None:
    _, path, old, new = next(mutant for mutant in MUTANTS if mutant[0] == code)
    broken = tree({**SOURCES, path: SOURCES[path].replace(old, new)})
    fixed = fix_tree(broken, check, unsafe=True)
    assert (fixed.diagnostics, fixed.count) == ([], 1)
    assert fix_tree(fixed.tree, check, unsafe=True).count == 0


SNIPPETS = [PORT, ENGINE, *(case.source for rule in RULES for case in invalid(rule))]
LINES = sorted({line for snippet in SNIPPETS for line in snippet.splitlines()})
QUICK = settings(
    max_examples=100 if LONG else 25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
)


@QUICK
@given(st.lists(st.sampled_from(LINES), max_size=30))
def test_any_lines_of_ports_are_checked(lines: list[str]) -> None:
    check_source("\n".join(lines), "port.py")


@QUICK
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_any_text_is_checked(text: str) -> None:
    check_source(text, "port.py")


@QUICK
@given(
    st.sampled_from([PORT, *(case.source for rule in RULES for case in invalid(rule))]),
    st.integers(0, 10_000),
    st.sampled_from(["", " ", "\n", "\t", "(", ")", "'", "\\", "#", "\r", "\x0c", "é", "async "]),
    st.integers(0, 3),
)
def test_a_port_with_a_slip_of_the_hand_is_checked_and_fixed(
    source: str, at: int, typed: str, deleted: int
) -> None:
    whole = case_tree(source)
    text = whole.files[0].text
    at = min(at, len(text))
    file = SourceFile("port.py", "port", text[:at] + typed + text[at + deleted :])
    slipped = replace(whole, files=(file,))
    check_fixes(slipped)
    fixed = fix_tree(slipped, check, unsafe=True)
    assert fixed.tree == slipped or parses(fixed.tree.files[0].text)
