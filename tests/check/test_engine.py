"""One file: what is found in it, where, and what never stops the check."""

from __future__ import annotations

from typing import Any

import pytest

from lucid import DeclarationError, manifest
from lucid.check.diagnostics import Diagnostic, Edit, Fix, Range
from lucid.check.engine import check_source
from tests.check.example import EXAMPLE


def codes(source: str) -> list[str]:
    return [diagnostic.code for diagnostic in check_source(source, "port.py")]


def load(source: str) -> None:
    namespace: dict[str, Any] = {"__name__": "example"}
    exec(source, namespace)
    manifest(namespace["MyModel"])


def broken(old: str, new: str) -> str:
    assert old in EXAMPLE
    return EXAMPLE.replace(old, new)


def test_a_right_port_is_clean() -> None:
    assert check_source(EXAMPLE, "port.py") == []
    load(EXAMPLE)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("prompt: str)", "prompt)", "LUC103"),
        ("pressed: bool)", "down: bool)", "LUC106"),
        ("pressed: bool)", "pressed: int)", "LUC106"),
        ("pressed: bool)", "pressed: bool, /)", "LUC106"),
        ('("KeyW",)', '("w",)', "LUC109"),
        ('("KeyW",)', '("KeyW")', "LUC109"),
        ("    session_cls = MySession\n", "", "LUC006"),
        ("height=360),)", "height=360))", "LUC201"),
        ('(publish.video(name="main_video", width=640, height=360),)', "()", "LUC201"),
    ],
)
def test_what_is_found_is_what_lucid_refuses(old: str, new: str, code: str) -> None:
    source = broken(old, new)
    assert codes(source) == [code]
    with pytest.raises(DeclarationError):
        load(source)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('"main_video", frame', '"main", frame', "LUC202"),
        ("await self.ctx.publish", "self.ctx.publish", "LUC302"),
        ("def set_prompt(self, prompt: str)", "def move_fwd(self, prompt: str)", "LUC102"),
        (
            '    @input(description="Update the prompt", paused=True)\n'
            "    def set_prompt(self, prompt: str)",
            "    @input(binding=hold(keys=('KeyW',)))\n    def sprint(self, pressed: bool) -> None:"
            "\n        self.prompt = str(pressed)\n\n    def put(self, prompt: str)",
            "LUC110",
        ),
        ("...", "# TODO(lucid): what?", None),
        ("# blocks: that is fine", "# TODO(lucid): does it block?", "LUC901"),
    ],
)
def test_what_is_found_before_it_goes_wrong_in_play(old: str, new: str, code: str | None) -> None:
    assert codes(broken(old, new)) == ([code] if code else [])


def test_a_finding_has_its_exact_range() -> None:
    (found,) = check_source(broken("prompt: str)", "prompt)"), "world/port.py")
    assert found == Diagnostic(
        code="LUC103",
        message="parameter `prompt` of the input `set_prompt` has no type: "
        "write for example `prompt: float`, or bool, int, str or a Literal",
        path="world/port.py",
        range=Range(15, 26, 15, 32),
        fix=Fix(
            "Write `prompt: float`",
            (Edit(Range(15, 26, 15, 32), "prompt: float"),),
            is_safe=False,
        ),
    )


@pytest.mark.parametrize(
    ("parameter", "suggestion"),
    [
        ("boost=False", "boost: bool"),
        ("steps=4", "steps: int"),
        ("mode='day'", "mode: str"),
        ("image=image_input()", "image: InputFile"),
    ],
)
def test_a_missing_type_is_guessed_from_the_default(parameter: str, suggestion: str) -> None:
    source = broken("prompt: str)", f"{parameter})")
    (found,) = [d for d in check_source(source, "port.py") if d.code == "LUC103"]
    assert found.message.endswith(f"write for example `{suggestion}`")


def test_a_missing_type_that_nothing_tells_has_a_choice_of_types() -> None:
    source = broken("prompt: str)", "angle=ANGLE)")
    (found,) = [d for d in check_source(source, "port.py") if d.code == "LUC103"]
    assert found.message.endswith("for example `angle: float`, or bool, int, str or a Literal")


def test_a_missing_type_is_known_from_the_binding() -> None:
    (found,) = check_source(broken("pressed: bool)", "pressed)"), "port.py")
    assert found.message.endswith("write for example `pressed: bool`")


def test_findings_come_in_the_order_of_the_file() -> None:
    source = broken("pressed: bool)", "pressed)").replace("prompt: str)", "prompt)")
    assert [found.line for found in check_source(source, "port.py")] == [15, 19]


# Suppressions

UNTYPED = "def set_prompt(self, prompt) -> None:"


@pytest.mark.parametrize(
    ("comment", "found"),
    [
        ("# lucid: noqa[LUC103] typed upstream", []),
        ("# lucid: noqa[LUC109, LUC103]", ["LUC005"]),
        ("# noqa: E501, LUC103", []),
        ("# see issue 4  # lucid: noqa[LUC103]", []),
        ("# lucid: noqa[LUC109]", ["LUC103", "LUC005"]),
        ("# noqa", ["LUC103"]),
        ("# lucid: noqa", ["LUC103", "LUC004"]),
        ("# lucid: noqa[LUC103", ["LUC103", "LUC004"]),
        ("# lucid: noqa[] why", ["LUC103", "LUC004"]),
        ("# lucid: noqa[LUC103,LUC777]", ["LUC004"]),
        ("# lucid: noqa[LUC103,LUC777,LUC004]", []),
    ],
)
def test_a_noqa_keeps_the_codes_that_it_names(comment: str, found: list[str]) -> None:
    source = broken("def set_prompt(self, prompt: str) -> None:", f"{UNTYPED}  {comment}")
    assert codes(source) == found


def test_a_noqa_works_on_its_own_line_only() -> None:
    source = broken("def set_prompt(self, prompt: str) -> None:", UNTYPED)
    assert codes(f"# lucid: noqa[LUC103]\n{source}") == ["LUC005", "LUC103"]


# Sources of every kind


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_every_newline_counts_as_one(newline: str) -> None:
    source = broken("prompt: str)", "prompt)").replace("\n", newline)
    (found,) = check_source(source, "port.py")
    assert (found.line, found.column) == (15, 26)


def test_a_tab_is_one_column() -> None:
    source = broken("prompt: str)", "prompt)").replace("    ", "\t")
    (found,) = check_source(source, "port.py")
    assert (found.line, found.column) == (15, 23)


def test_a_warning_of_the_compiler_is_no_finding() -> None:
    assert codes("pattern = '\\d'\n") == []


def test_a_key_with_an_invalid_escape_is_found_without_a_warning() -> None:
    assert codes("from lucid import hold\nkey = hold(keys=('\\d',))\n") == ["LUC109"]


@pytest.mark.parametrize(
    "source",
    [
        "x = " + " + ".join(["1"] * 500),
        "x = " + " + ".join(["1"] * 20_000),
        "x = a" + ".b" * 3_000,
        "x = " + "not " * 3_000 + "1",
    ],
    ids=["sum", "long sum", "attributes", "nots"],
)
def test_deep_nesting_is_a_finding(source: str) -> None:
    (found,) = check_source(source, "port.py")
    assert (found.code, found.line) == ("LUC001", 1)
    assert found.message == "this file cannot be read: it is nested too deeply to be checked"


@pytest.mark.parametrize("terms", range(300, 330))
def test_nesting_is_never_a_crash_at_the_edge(terms: int) -> None:
    source = "from lucid import hold\nkey = hold(keys=('w',))\nx = " + " + ".join(["1"] * terms)
    assert codes(source) in (["LUC109"], ["LUC001"])


def test_a_null_byte_is_a_finding() -> None:
    assert codes("x = '\0'") == ["LUC001"]


def test_names_that_stand_for_themselves_end_the_search() -> None:
    source = """
import lucid
KEYS = (*KEYS,)
A = B
B = A
class C(C): ...
class D(E): ...
class E(D): ...
lucid.hold(keys=KEYS)
lucid.hold(keys=A)
"""
    assert codes(source) == []


# Where the text leaves it open, nothing is said


NO_SESSION = EXAMPLE.replace("    session_cls = MySession\n", "")


@pytest.mark.parametrize(
    "source",
    [
        NO_SESSION.replace("(LucidModel)", "(Mixin, LucidModel)"),
        NO_SESSION.replace("(LucidModel)", "(LucidModel, metaclass=Meta)"),
        NO_SESSION.replace("(LucidModel)", "(*BASES, LucidModel)"),
        NO_SESSION.replace("class MyModel", "@register\nclass MyModel"),
        NO_SESSION + "\nMyModel.session_cls = MySession\n",
        NO_SESSION + "\nsetattr(MyModel, 'session_cls', MySession)\n",
        broken(
            '    @input(description="Update', '    @wrap\n    @input(description="Update'
        ).replace("prompt: str)", "prompt)"),
        broken("pressed: bool)", "pressed: Key)"),
        "try:\n    import lucid\nexcept ImportError as lucid:\n    pass\nlucid.hold(keys='w')\n",
        "from lucid import hold\nfor hold in (): ...\nhold(keys='w')\n",
        "from lucid import hold\nprint(hold := make())\nhold(keys='w')\n",
        "from lucid import hold\nKEYS = ('w',)\nKEYS += ('x',)\nhold(keys=KEYS)\n",
        "from lucid import hold\nKEYS = ('w',)\ndel KEYS\nhold(keys=KEYS)\n",
        "from lucid import hold\n(KEYS, hold) = make()\nhold(keys=('w',))\n",
        "import lucid.bindings as lucid\nlucid.hold(keys='w')\n",
        broken("hold(keys=", "(binding_for or hold)(keys="),
        broken("hold, ", "").replace("hold(", "gesture.hold(").replace("KeyW", "w"),
        broken('name="main_video"', "name=NAME").replace('"main_video"', '"other"'),
        broken("session_cls = MySession", "session_cls = choose()").replace(
            '"main_video", frame', '"main", frame'
        ),
    ],
)
def test_nothing_is_said_where_the_text_leaves_it_open(source: str) -> None:
    assert codes(source) == []
