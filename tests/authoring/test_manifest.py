from __future__ import annotations

import textwrap
from typing import Annotated, Any

import pytest
from pydantic import Field

from lucid import (
    DeclarationError,
    InputFile,
    LucidModel,
    LucidSession,
    axis,
    build_model_definition,
    file_input,
    hold,
    image_input,
    input,
    manifest,
    pointer,
    press,
    publish,
    wheel,
)
from lucid.errors import InvalidInputError, UploadError
from tests.ports import EverythingModel, Mode

VIDEO = (publish.video(name="main_video", width=64, height=48),)


def model_of(session: type[LucidSession[Any]], **members: Any) -> type[LucidModel]:
    body = {"name": "m", "session_cls": session, "outputs": VIDEO, **members}
    return type("MyModel", (LucidModel,), body)


def test_the_manifest_lists_inputs_in_order_with_their_schema() -> None:
    described = manifest(EverythingModel).model_dump(mode="json")
    assert described["version"] == 1
    assert described["model"] == {
        "name": "everything", "description": "", "repo": "", "licence": "", "max_sessions": 1
    }  # fmt: skip
    inputs = {entry["name"]: entry for entry in described["inputs"]}
    assert list(inputs) == [
        "forward", "jump", "lean", "look", "zoom", "set_prompt", "tune", "set_seed_frame",
        "break_down",
    ]  # fmt: skip
    assert inputs["forward"] == {
        "name": "forward",
        "description": "Forward",
        "paused": True,
        "binding": {"kind": "hold", "keys": ["KeyW"], "mouse_buttons": [0]},
        "arguments": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"pressed": {"type": "boolean"}},
            "required": ["pressed"],
        },
    }
    assert inputs["tune"]["arguments"]["properties"] == {
        "strength": {"type": "number", "minimum": 0, "maximum": 1},
        "mode": {"$ref": "#/$defs/Mode", "default": "walk"},
        "look": {"type": "string", "enum": ["day", "night"], "default": "day"},
        "steps": {
            "anyOf": [{"type": "integer", "exclusiveMinimum": 0}, {"type": "null"}],
            "default": None,
        },
    }
    assert inputs["set_seed_frame"]["arguments"]["properties"]["image"] == {
        "type": "string",
        "format": "lucid-file",
        "file": {
            "kind": "image",
            "mime_types": ["image/png", "image/jpeg", "image/webp"],
            "max_bytes": 10_485_760,
            "size": [64, 48],
            "gallery": [],
        },
    }


def test_a_text_that_pages_show_cannot_reorder_the_text_around_it() -> None:
    class Session(LucidSession["LucidModel"]):
        @input(description="jump \u202egnp", binding=press(keys=("KeyJ",)))
        def jump(self) -> None: ...

        async def run(self) -> None: ...

    video = (publish.video(name="v", width=16, height=16, description="a\u2066b"),)
    made = manifest(
        model_of(Session, name="p\u202end\x07", outputs=video, presets={"\u202e": {"jump": {}}})
    )
    assert made.model.name == r"p\u202end\x07"
    assert made.inputs[0].description == r"jump \u202egnp"
    assert made.outputs[0].description == r"a\u2066b"
    assert made.presets[0].name == r"\u202e"
    words = "caf\u00e9 \u0641\u0627 \u200c\U0001f468\u200d\U0001f469"
    assert manifest(model_of(Session, name=words)).model.name == words


def test_holds_axes_and_the_prompt_are_accepted_while_paused_unless_said_otherwise() -> None:
    class Session(LucidSession["Any"]):
        @input(binding=hold(keys=("KeyW",)))
        def a(self, pressed: bool) -> None: ...

        @input(binding=axis(positive_keys=("KeyE",), negative_keys=("KeyQ",)))
        def b(self, value: float) -> None: ...

        @input()
        def set_prompt(self, prompt: str) -> None: ...

        @input(binding=press(keys=("Space",)))
        def c(self) -> None: ...

        @input(binding=hold(keys=("KeyX",)), paused=False)
        def d(self, pressed: bool) -> None: ...

    paused = {spec.name: spec.paused for spec in manifest(model_of(Session)).inputs}
    assert paused == {"a": True, "b": True, "set_prompt": True, "c": False, "d": False}


def test_a_subclass_has_its_own_inputs_and_an_override_replaces() -> None:
    class Base(LucidSession["Any"]):
        @input(description="old")
        def first(self, value: int) -> None: ...

        @input()
        def second(self) -> None: ...

        @input()
        def third(self) -> None: ...

    class Derived(Base):
        @input(description="new")
        def first(self, value: float) -> None: ...

        def second(self) -> None: ...

        @input()
        def fourth(self) -> None: ...

    base, derived = manifest(model_of(Base)), manifest(model_of(Derived))
    assert [(spec.name, spec.description) for spec in base.inputs] == [
        ("first", "old"), ("second", ""), ("third", ""),
    ]  # fmt: skip
    assert [(spec.name, spec.description) for spec in derived.inputs] == [
        ("first", "new"), ("third", ""), ("fourth", ""),
    ]  # fmt: skip
    assert derived.inputs[0].arguments["properties"]["value"] == {"type": "number"}


def test_arguments_are_enforced_and_defaults_filled() -> None:
    tune = build_model_definition(EverythingModel).inputs["tune"]
    assert tune.validate({"strength": 1, "mode": "fly", "steps": 3}) == {
        "strength": 1.0,
        "mode": Mode.FLY,
        "look": "day",
        "steps": 3,
    }
    for wrong in (
        {},
        {"strength": "1"},
        {"strength": True},
        {"strength": 1.01},
        {"strength": float("nan")},
        {"strength": float("inf")},
        {"strength": None},
        {"strength": 1, "mode": "swim"},
        {"strength": 1, "look": "dusk"},
        {"strength": 1, "steps": 0},
        {"strength": 1, "steps": 1.5},
        {"strength": 1, "extra": 1},
        {"strength": object()},
    ):
        with pytest.raises(InvalidInputError):
            tune.validate(wrong)


def test_a_parameter_may_have_any_name() -> None:
    class Session(LucidSession["Any"]):
        @input()
        def odd(self, schema: int, json: str, model_config: float, _x: bool = True) -> None: ...

    odd = build_model_definition(model_of(Session)).inputs["odd"]
    args = {"schema": 1, "json": "a", "model_config": 2.0}
    assert odd.validate(args) == {**args, "_x": True}


def test_a_file_argument_takes_an_accepted_upload_only() -> None:
    seed = build_model_definition(EverythingModel).inputs["set_seed_frame"]
    png = InputFile("id1", "a.png", "image/png", 3, "0" * 64, b"abc")
    gif = InputFile("id2", "a.gif", "image/gif", 3, "0" * 64, b"abc")
    assert seed.validate({"image": png}) == {"image": png}
    with pytest.raises(InvalidInputError, match="upload a file and send its id"):
        seed.validate({"image": "id3"})
    with pytest.raises(UploadError, match="image/gif is not accepted"):
        seed.validate({"image": gif})


DECLARATIONS = [
    ("@input()\ndef a(self, x): ...", "S.a: parameter 'x' has no type", "x: float"),
    (
        "@input()\ndef a(self, *xs: int): ...",
        "'xs' (variadic positional) has no fixed name",
        "name every",
    ),
    ("@input()\ndef a(self, x: object): ...", "S.a: parameter 'x' has a type", "use bool, int"),
    ("@input()\ndef a(self, x: Missing): ...", "names 'Missing'", "import Missing"),
    (
        "@input()\ndef a(self, x: InputFile): ...",
        "'x' is an InputFile but does not say",
        "image_input",
    ),
    ("@input()\ndef a(self, x: int = image_input()): ...", "takes an upload", "x: InputFile ="),
    (
        "@input()\ndef a(self, x: Annotated[int, Field(ge=1)] = 0): ...",
        "S.a: the default of 'x' does not match its type",
        "change the default",
    ),
    ("@input()\ndef _a(self): ...", "S._a: an input's name cannot start with _", "rename it to a"),
    ("@input()\ndef restore(self): ...", "S.restore: Lucid calls this method", "rename the input"),
    (
        "@input(binding=hold(keys=('KeyW',)))\ndef a(self): ...",
        "the hold binding calls a(self, pressed: bool), but it is declared (self)",
        "def a(self, pressed: bool) -> None",
    ),
    (
        "@input(binding=pointer())\ndef a(self, dx: float, dy: int): ...",
        "the pointer binding calls a(self, dx: float, dy: float)",
        "def a(self, dx: float, dy: float) -> None",
    ),
    (
        "@input(binding=press(keys=('KeyW',)))\ndef a(self, x: int): ...",
        "the press binding calls a(self)",
        "def a(self) -> None",
    ),
    (
        "@input(binding=wheel())\ndef a(self, value: float): ...",
        "the wheel binding calls a(self, delta: float)",
        "def a(self, delta: float)",
    ),
    (
        "@input(binding=axis(positive_keys=('KeyE',), negative_keys=('KeyQ',)))\n"
        "def a(self, value: bool): ...",
        "the axis binding calls a(self, value: float)",
        "def a(self, value: float)",
    ),
    ("@input\ndef a(self): ...", "is missing its parentheses", "@input()"),
    (
        "@input(binding=hold())\ndef a(self, pressed: bool): ...",
        "S.a: hold() binds nothing",
        "KeyW",
    ),
    (
        "@input(binding=hold(keys=('w',)))\ndef a(self): ...",
        "S.a: hold(): 'w' in keys is not a Keyboard",
        '"KeyW"',
    ),
    (
        "@input(binding=hold(keys=('up',)))\ndef a(self): ...",
        "S.a: hold(): 'up' in keys is not",
        '"ArrowUp"',
    ),
    (
        "@input(binding=hold(keys=('shift',)))\ndef a(self): ...",
        "S.a: hold(): 'shift' in keys is",
        '"ShiftLeft"',
    ),
    (
        "@input(binding=hold(keys='KeyW'))\ndef a(self): ...",
        "S.a: hold(): keys must be a tuple",
        '("KeyW",)',
    ),
    (
        "@input(binding=press(mouse_buttons=(7,)))\ndef a(self): ...",
        "S.a: press(): mouse_buttons must",
        "(0,)",
    ),
    (
        "@input(binding=axis(positive_keys=('KeyE',), negative_keys=('KeyE',)))\n"
        "def a(self, value: float): ...",
        "S.a: axis(): KeyE is both a positive and a negative key",
        "on one side only",
    ),
]


@pytest.mark.parametrize(("source", "said", "hint"), DECLARATIONS)
def test_a_wrong_declaration_says_where_and_what_to_write(
    source: str, said: str, hint: str
) -> None:
    body = textwrap.indent(source, "    ")
    scope: dict[str, Any] = {
        "input": input, "hold": hold, "press": press, "axis": axis, "pointer": pointer,
        "wheel": wheel, "InputFile": InputFile, "image_input": image_input,
        "file_input": file_input, "Annotated": Annotated, "Field": Field,
        "LucidSession": LucidSession,
    }  # fmt: skip
    with pytest.raises(DeclarationError) as caught:
        exec(f"class S(LucidSession):\n{body}", scope)
        manifest(model_of(scope["S"]))
    assert said in caught.value.message
    assert hint in (caught.value.hint or "")


class EmptySession(LucidSession["Any"]):
    pass


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"name": ""}, "MyModel.name is missing"),
        ({"session_cls": int}, "MyModel.session_cls must be a subclass of LucidSession"),
        ({"outputs": ()}, "MyModel.outputs must be a tuple of one or more outputs"),
        ({"outputs": ("main",)}, "MyModel.outputs holds 'main', which is not an output"),
        ({"outputs": VIDEO * 2}, "MyModel.outputs declares 'main_video' twice"),
        ({"max_sessions": 0}, "MyModel.max_sessions must be 1 or more"),
        ({"presets": ["a"]}, "MyModel.presets must be a dict of dicts"),
        ({"presets": {"a": {"b": {}}}}, "MyModel.presets['a']: there is no input 'b'"),
    ],
)
def test_a_wrong_model_says_which_member(members: dict[str, Any], said: str) -> None:
    with pytest.raises(DeclarationError, match="MyModel") as caught:
        manifest(model_of(EmptySession, **members))
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("declare", "said"),
    [
        (lambda: publish.video(name="a b", width=64, height=48), "a name must start with a letter"),
        (lambda: publish.video(name="a", width=63, height=48), "width must be an even number"),
        (lambda: publish.video(name="a", width=64, height=48.0), "height must be an even"),  # type: ignore[arg-type]  # what is tested
        (lambda: publish.video(name="a", width=64, height=48, fps=0), "fps must be above 0"),
        (lambda: publish.video(name="a", width=64, height=48, layout="WHC"), "layout is 'WHC'"),  # type: ignore[arg-type]  # what is tested
        (lambda: publish.video(name="a", width=64, height=48, pixel_range="0"), "pixel_range is"),  # type: ignore[arg-type]  # what is tested
        (lambda: publish.video(name="a", width=64, height=48, description=1), "description: "),  # type: ignore[arg-type]  # what is tested
        (lambda: publish.audio(name="a", sample_rate_hz=1), "sample_rate_hz is 1"),
        (lambda: publish.audio(name="a", channels=3), "channels is 3"),  # type: ignore[arg-type]  # what is tested
        (lambda: publish.bytes(name="a", mime_type="png"), "'png' is not a MIME type"),
        (lambda: publish.json(name="1"), "a name must start with a letter"),
    ],
)
def test_a_wrong_output_says_where_and_what_is_allowed(declare: Any, said: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        manifest(model_of(EmptySession, outputs=(declare(),)))
    assert caught.value.message.startswith("MyModel.outputs: publish.")
    assert said in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("declare", "said"),
    [
        (lambda: image_input(size=(0, 1)), "image_input(): size must be (width, height)"),
        (lambda: file_input(mime_types="image/png"), "file_input(): mime_types must be a tuple"),  # type: ignore[arg-type]  # what is tested
        (lambda: file_input(max_bytes=0), "file_input(): max_bytes must be a positive number"),
    ],
)
def test_a_wrong_file_says_where_and_what_is_allowed(declare: Any, said: str) -> None:
    class Session(LucidSession["Any"]):
        @input()
        def seed(self, image: InputFile = declare()) -> None: ...  # noqa: B008 - what is tested

    with pytest.raises(DeclarationError) as caught:
        manifest(model_of(Session))
    assert caught.value.message.startswith("Session.seed: parameter 'image': ")
    assert said in caught.value.message
    assert caught.value.hint


def test_lists_are_as_good_as_tuples() -> None:
    class Session(LucidSession["Any"]):
        @input(binding=hold(keys=["KeyW"]))  # type: ignore[arg-type]  # what is tested
        def walk(self, pressed: bool) -> None: ...

    spec = manifest(model_of(Session, outputs=list(VIDEO))).inputs[0]
    assert spec.binding == hold(keys=("KeyW",), mouse_buttons=())
