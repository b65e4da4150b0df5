"""The static manifest: what the runtime says of a port, from its text alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lucid import DeclarationError, manifest
from lucid._target import find_port
from lucid.authoring.manifest import Manifest
from lucid.check.engine import check, read_port_text
from lucid.check.manifest import static_manifest
from lucid.check.sources import read_tree
from lucid.cli import app
from lucid.errors import TargetError
from lucid.runtime.loading import load_model_class
from tests.check.example import EXAMPLE
from tests.check.test_port import PYPROJECT, write

ROOT = Path(__file__).resolve().parents[2]
PORTS = sorted(path.parent for path in ROOT.glob("[es]*/*/pyproject.toml"))

EVERYTHING = """\
from __future__ import annotations

from enum import Enum, StrEnum
from typing import Annotated, Literal, Optional

import annotated_types as at
from pydantic import BaseModel, Field

import lucid as l
from lucid import publish as out

from .sizes import MODES, HEIGHT, WIDTH, Base, Speed


class Mode(StrEnum):
    "How one moves."

    WALK = "walk"
    FLY = "fly"


class Place(BaseModel, extra="forbid"):
    "Where."

    x: float = Field(0.5, ge=0)
    name: str | None = None


class MySession(Base["MyModel"]):
    @l.input(description="Zoom" + " in", binding=l.wheel())
    def zoom(self, delta: float) -> None: ...

    @l.input(binding=l.axis(positive_keys=("KeyE",), negative_keys=["KeyQ"]), paused=False)
    def lean(self, value: Annotated[float, "a tilt"]) -> None: ...

    def jump(self) -> None: ...

    @l.input(description="Everything")
    def tune(
        self,
        mode: Mode = Mode.WALK,
        pace: Speed = -1.5,
        which: Literal[*MODES] = MODES[0] if False else "a",
        words: list[str] = [],
        maybe: Optional[int] = None,
        other: "int | None" = 3,
        *,
        few: Annotated[list[int], at.Len(1, 3)] = [1],
        place: Place | None = None,
    ) -> None: ...

    @l.input()
    def put(self, file: l.InputFile = l.file_input(mime_types=("text/plain",), max_bytes=9 * 2)):
        ...

    async def run(self) -> None:
        await self.ctx.publish("main_video", None)


class MyModel(l.LucidModel):
    name = "every" + "thing"
    max_sessions = 2
    session_cls = MySession
    outputs = (
        out.video(name="main_video", width=WIDTH, height=HEIGHT, fps=60 / 4),
        out.audio(name="sound", sample_rate_hz=48_000),
        *(out.json(name="score"),),
    )
"""
SIZES = """\
from typing import Annotated

from pydantic import Field

from lucid import LucidSession, hold, input, press
from lucid.authoring.session import ModelT

WIDTH, HEIGHT = 2 * 32, 64 // 2
MODES = ("a", "b")
Speed = Annotated[float, Field(ge=-2, lt=2, description=f"at {WIDTH}")]
KEYS = ("KeyW", "ArrowUp")


class Base(LucidSession[ModelT]):
    @input(description="Jump", binding=press(keys=("Space",)))
    def jump(self) -> None: ...

    @input(description="Forward", binding=hold(keys=(*KEYS, "KeyZ"), mouse_buttons=(0,)))
    def forward(self, pressed: bool) -> None: ...

    @input(description="To be replaced")
    def zoom(self) -> None: ...
"""


def static(root: Path) -> Manifest:
    return static_manifest(read_port_text(read_tree(find_port(".", root), root)))


@pytest.mark.parametrize("port", PORTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_static_manifest_is_the_runtimes(port: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    location = find_port(".", port)
    monkeypatch.syspath_prepend(str(port))
    assert static(port) == manifest(load_model_class(location))


def test_types_constants_and_inherited_inputs_are_read_over_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = EVERYTHING.replace("MODES[0] if False else ", "")
    files: dict[str, str | bytes] = {
        "pyproject.toml": PYPROJECT.replace("world.", "everyworld."),
        "everyworld/__init__.py": "",
        "everyworld/port.py": source,
        "everyworld/sizes.py": SIZES,
    }
    write(tmp_path, files)
    monkeypatch.syspath_prepend(str(tmp_path))
    found = static(tmp_path)
    assert found == manifest(load_model_class(find_port(".", tmp_path)))
    assert [spec.name for spec in found.inputs] == ["forward", "zoom", "lean", "tune", "put"]


def test_a_port_is_not_imported(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"pyproject.toml": PYPROJECT, "world/port.py": f"raise SystemExit\n{EXAMPLE}"},
    )
    assert [spec.name for spec in static(tmp_path).inputs] == [
        "set_seed_frame",
        "set_prompt",
        "move_fwd",
    ]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("prompt: str)", "prompt)", "MySession.set_prompt: parameter 'prompt' has no type"),
        ("pressed: bool)", "pressed: int)", "but it is declared (self, pressed: int)"),
        ('("KeyW",)', '("w",)', "'w' in keys is not a KeyboardEvent.code"),
        ("width=640, height=360)", "width=641, height=360)", "width must be an even number"),
        ("@input(binding=hold", "@input\n    @input(binding=hold", None),
    ],
)
def test_what_the_runtime_refuses_is_refused_in_the_same_words(
    tmp_path: Path, old: str, new: str, words: str | None
) -> None:
    assert old in EXAMPLE
    source = EXAMPLE.replace(old, new)
    write(tmp_path, {"pyproject.toml": PYPROJECT, "world/port.py": source})
    with pytest.raises(DeclarationError if words else TargetError) as refused:
        static(tmp_path)
    assert (words or "the source does not show") in refused.value.message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("width=640,", "width=pick_width(),"),
        ("prompt: str)", "prompt: TYPES['prompt'])"),
        ("(LucidSession[", "(Mixin, LucidSession["),
        ("session_cls = MySession", "session_cls = choose()"),
        ('name = "my-model"', "name = open('name.txt').read()"),
        ('name = "my-model"', "name = __import__('os').name"),
    ],
)
def test_what_the_text_leaves_open_is_said_with_its_place(
    tmp_path: Path, old: str, new: str
) -> None:
    assert old in EXAMPLE
    write(tmp_path, {"pyproject.toml": PYPROJECT, "world/port.py": EXAMPLE.replace(old, new)})
    with pytest.raises(TargetError, match=r"port\.py:\d+:\d+: the source does not show"):
        static(tmp_path)


DIRECT = '@input(description="Update the prompt", paused=True)'
NAMED = [
    ('made = input(description="Update the prompt", paused=True)', "@made"),
    ("alias = input", DIRECT.replace("@input", "@alias")),
    ("from functools import partial\nmade = partial(input, paused=True)",
     '@made(description="Update the prompt")'),
    ("def made(text, *, paused=False):\n    return input(description=text, paused=paused)",
     '@made("Update the prompt", paused=True)'),
    ("made = lambda text: input(description=text, paused=True)", '@made("Update the prompt")'),
    ("def inner(text):\n    return input(description=text, paused=True)\n"
     "def made(): return inner('Update the prompt')", "@made()"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "decorator"), NAMED)
def test_an_input_is_followed_through_names_and_helpers(
    tmp_path: Path, line: str, decorator: str
) -> None:
    write(tmp_path, {"pyproject.toml": PYPROJECT, "world/port.py": EXAMPLE})
    first, _, rest = EXAMPLE.partition("\n")
    direct = static(tmp_path)
    source = f"{first}\n{line}\n{rest.replace(DIRECT, decorator)}"
    (tmp_path / "world" / "port.py").write_text(source, "utf-8")
    assert static(tmp_path) == direct
    dead = source.replace("self.prompt = prompt", "self.dead = prompt")
    (tmp_path / "world" / "port.py").write_text(dead, "utf-8")
    found = check(read_tree(find_port(".", tmp_path), tmp_path))
    assert [each.code for each in found] == ["LUC114"]


@pytest.mark.parametrize(
    ("line", "decorator"),
    [
        ("INPUTS = {'prompt': input(paused=True)}", "@INPUTS['prompt']"),
        ("from elsewhere import made", "@made('Update the prompt')"),
        ("from elsewhere import *", "@made('Update the prompt')"),
        ("def made(function):\n    declare = input()\n    return declare(function)", "@made"),
        (
            "def made(text):\n    if text: return input()\n    return input(paused=True)",
            "@made('')",
        ),
    ],
)
def test_an_input_that_the_text_does_not_show_is_never_left_out(
    tmp_path: Path, line: str, decorator: str
) -> None:
    first, _, rest = EXAMPLE.partition("\n")
    source = f"{first}\n{line}\n{rest.replace(DIRECT, decorator)}"
    write(tmp_path, {"pyproject.toml": PYPROJECT, "world/port.py": source})
    with pytest.raises(TargetError, match="the source does not show"):
        static(tmp_path)
    found = check(read_tree(find_port(".", tmp_path), tmp_path))
    assert [each.code for each in found] == ["LUC123"]


def test_the_command_prints_the_same_json_both_ways() -> None:
    port = str(ROOT / "examples" / "hello")
    static_run = CliRunner().invoke(app, ["manifest", port, "--static", "--json"])
    runtime_run = CliRunner().invoke(app, ["manifest", port, "--json"])
    assert static_run.exit_code == 0
    assert json.loads(static_run.stdout) == json.loads(runtime_run.stdout)


def test_the_command_lists_inputs_for_people() -> None:
    result = CliRunner().invoke(app, ["manifest", str(ROOT / "examples" / "hello"), "--static"])
    assert "  move_fwd             hold KeyW ArrowUp" in result.stdout
    assert "  main_video           video" in result.stdout
