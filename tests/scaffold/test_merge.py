from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lucid.scaffold.update import Merged, has_conflicts, merge

BASE = "a\nb\nc\nd\ne\n"
texts = st.lists(st.sampled_from(["a", "b", "c", "d", ""]), max_size=10).map(
    lambda lines: "".join(f"{line}\n" for line in lines)
)


def merged(mine: str, theirs: str, base: str = BASE) -> Merged:
    return merge(base, mine, theirs, my_name="yours", their_name="lucid")


@pytest.mark.parametrize(
    ("mine", "theirs", "both"),
    [
        ("A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\n", "A\nb\nc\nd\nE\n"),
        ("a\nb\nc\nd\ne\nf\n", "z\na\nb\nc\nd\ne\n", "z\na\nb\nc\nd\ne\nf\n"),
        ("a\nc\nd\ne\n", "a\nb\nc\nd\nE\n", "a\nc\nd\nE\n"),
        ("a\nb\nX\nd\ne\n", "a\nb\nX\nd\nE\n", "a\nb\nX\nd\nE\n"),
        ("", BASE, ""),
        ("a\nb\nc\nd\ne", "A\nb\nc\nd\ne\n", "A\nb\nc\nd\ne"),
    ],
)
def test_changes_in_different_places_are_both_there(mine: str, theirs: str, both: str) -> None:
    assert merged(mine, theirs) == Merged(both, 0)


def test_changes_of_the_same_lines_stand_between_markers() -> None:
    result = merged("a\nB\nc\nd\nE\n", "a\nbb\nc\nd\ne\n")
    assert result == Merged("a\n<<<<<<< yours\nB\n=======\nbb\n>>>>>>> lucid\nc\nd\nE\n", 1)
    assert has_conflicts(result.text)


def test_what_both_sides_of_a_conflict_begin_and_end_with_stands_outside() -> None:
    result = merged("a\nX\nmine\nY\nd\ne\n", "a\nX\ntheirs\nY\nd\ne\n")
    assert result.text == "a\nX\n<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> lucid\nY\nd\ne\n"


def test_a_deleted_and_a_changed_line_are_a_conflict() -> None:
    assert merged("a\nb\nd\ne\n", "a\nb\nC\nd\ne\n").conflicts == 1


def test_markers_have_lines_of_their_own_at_an_end_without_a_line_end() -> None:
    result = merged("x", "y", base="b")
    assert result.text == "<<<<<<< yours\nx\n=======\ny\n>>>>>>> lucid\n"


@settings(max_examples=10, deadline=None)
@given(texts, texts)
def test_where_one_side_changed_nothing_the_other_is_the_result(base: str, other: str) -> None:
    assert merged(base, other, base) == merged(other, base, base) == Merged(other, 0)
    assert merged(other, other, base) == Merged(other, 0)


@settings(max_examples=10, deadline=None)
@given(texts, texts, texts)
def test_either_side_can_be_taken_out_of_a_conflict(base: str, mine: str, theirs: str) -> None:
    one, two = merged(mine, theirs, base), merged(theirs, mine, base)
    assert one.conflicts == two.conflicts
    assert has_conflicts(one.text) == bool(one.conflicts)
    assert taken(one.text, 0) == taken(two.text, 1)
    if not one.conflicts:
        assert one.text == two.text


def taken(text: str, side: int) -> str:
    """The text with one side of each conflict."""
    lines, inside, now = [], False, 0
    for line in text.splitlines(keepends=True):
        if line.startswith("<<<<<<< "):
            inside, now = True, 0
        elif inside and line == "=======\n":
            now = 1
        elif line.startswith(">>>>>>> "):
            inside = False
        elif not inside or now == side:
            lines.append(line)
    return "".join(lines)
