"""What a person and a program read."""

from __future__ import annotations

import json

from lucid.check import render
from lucid.check.engine import check_source


def shown(source: str, colour: bool = False) -> str:
    return render.full(check_source(source, "a.py"), {"a.py": source}, colour=colour)


def test_a_finding_is_shown_in_its_code() -> None:
    source = "import lucid\n\n\nwalk = lucid.hold(\n    keys=('w',),\n)\n"
    assert shown(source) == (
        "LUC109 'w' is not a key code: write \"KeyW\"\n"
        " --> a.py:5:11\n"
        "  |\n"
        "3 |\n"
        "4 | walk = lucid.hold(\n"
        "5 |     keys=('w',),\n"
        "  |           ^^^\n"
        "6 | )\n"
        "7 |\n"
        "  |\n"
        '  = Write "KeyW" (--fix)'
    )


def test_carets_stand_under_tabs_and_wide_characters() -> None:
    source = "import lucid\nif 1:\n\t進む = lucid.hold(keys=('w', 'えx'))\n"
    lines = shown(source).splitlines()
    carets = [line for line in lines if "^" in line]
    assert lines[5] == "3 |     進む = lucid.hold(keys=('w', 'えx'))"
    assert carets == [f"  | {' ' * 28}^^^", f"  | {' ' * 33}^^^^^"]


def test_a_range_of_several_lines_is_underlined_to_the_end_of_the_first() -> None:
    source = (
        "import lucid as l\n"
        "class S(l.LucidSession):\n"
        "    @l.input(binding=l.hold(keys=('KeyW',)))\n"
        "    def a(self, pressed: bool): ...\n"
        "    @l.input(binding=l.hold(\n"
        "        keys=('KeyW',)))\n"
        "    def b(self, pressed: bool): ...\n"
    )
    lines = shown(source).splitlines()
    assert (
        lines[0] == "LUC110 `a` and `b` are both bound to KeyW: change the binding of one of them"
    )
    assert "5 |     @l.input(binding=l.hold(" in lines
    assert "  |                      ^^^^^^^" in lines


def test_source_cannot_steer_the_terminal() -> None:
    text = shown("# TODO(lucid): \x1b[2Jwhat?\n")
    assert "\x1b" not in text
    assert "LUC901 the scaffold left this open: \N{REPLACEMENT CHARACTER}[2Jwhat?" in text


def test_line_numbers_are_aligned() -> None:
    lines = shown("import lucid\n" + "\n" * 7 + "a = lucid.hold(keys=('w',))\n").splitlines()
    assert lines[1:] == [
        "  --> a.py:9:22",
        "   |",
        " 7 |",
        " 8 |",
        " 9 | a = lucid.hold(keys=('w',))",
        "   |                      ^^^",
        "10 |",
        "   |",
        '   = Write "KeyW" (--fix)',
    ]


def test_colour_is_added_and_changes_no_character() -> None:
    source = "x = ("
    coloured = shown(source, colour=True)
    assert coloured.startswith("\x1b[1;31mLUC001\x1b[0m ")
    for style in ("\x1b[1;31m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m"):
        coloured = coloured.replace(style, "")
    assert coloured == shown(source)


def test_a_file_without_text_has_no_frame() -> None:
    assert render.full(check_source("x = (", "a.py"), {}, colour=False) == (
        "LUC001 this file cannot be read: '(' was never closed\n --> a.py:1:5"
    )


def test_concise_is_one_line_each() -> None:
    found = check_source("x = (", "a.py")
    assert render.concise(found) == (
        "a.py:1:5: LUC001 this file cannot be read: '(' was never closed"
    )


def test_json_is_a_list_of_objects() -> None:
    assert json.loads(render.as_json(check_source("x = (", "a.py"))) == [
        {
            "code": "LUC001",
            "message": "this file cannot be read: '(' was never closed",
            "path": "a.py",
            "is_note": False,
            "line": 1,
            "column": 5,
            "end_line": 1,
            "end_column": 6,
            "fix": None,
        }
    ]


def test_the_summary_counts() -> None:
    one = check_source("x = (", "a.py")
    assert render.summary([], 1) == "No findings: 1 file checked"
    assert render.summary([], 3) == "No findings: 3 files checked"
    assert render.summary(one, 3) == "1 finding in 1 file"
    assert render.summary([*one, *check_source("x = (", "b.py")], 3) == "2 findings in 2 files"
