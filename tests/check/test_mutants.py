"""Every rule finds its fault in a port that was right, and no other rule speaks of it.

Of the mistakes that are made in every scaffold, each scaffold gets a fifth by default, and the
next scaffold the next fifth. With LUCID_TEST_LONG=1 each gets all.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from lucid._target import find_port
from lucid.check.diagnostics import Range
from lucid.check.engine import check
from lucid.check.project import Project, requirements
from lucid.check.rules import RULES
from lucid.check.sources import Entry, Lock, SourceFile, SourceTree, read_tree
from tests.check.good_port import COMMIT, ENGINE, LOCK, PORT, PYPROJECT

ROOT = Path(__file__).resolve().parents[2]
PORTS = sorted(path.parent for path in ROOT.glob("[es]*/*/pyproject.toml"))

SOURCES = {"world/port.py": PORT, "world/engine.py": ENGINE, "lucid.lock": LOCK,
           "pyproject.toml": PYPROJECT, "beside": "tools world"}  # fmt: skip
P, E, L, R, B = SOURCES
WALK = '@input(description="Walk", binding=hold(keys=("KeyW", "ArrowUp")))'
WORDS = "        self.model.engine.words = words"
PUBLISH = 'await self.ctx.publish("main_video", frame)'
OUTPUTS = PORT[PORT.index("    outputs = (") : PORT.index("    def __init__(self, config")]
STEP = "frame = self.model.engine.step(self.take_action(), self.steps)"

MUTANTS = [
    ("LUC001", P, "def close(self) -> None:", "def close(self) -> None"),
    ("LUC002", P, "class WorldModel(LucidModel)", "class WorldModel"),
    ("LUC003", P, "class WorldModel(", "class World("),
    ("LUC004", P, "FPS = 30", "FPS = 30  # lucid: noqa"),
    ("LUC005", P, "FPS = 30", "FPS = 30  # lucid: noqa[LUC109] as upstream"),
    ("LUC006", P, "    session_cls = WorldSession\n", ""),
    ("LUC007", L, COMMIT, "main"),
    ("LUC008", P, '    name = "world"\n', ""),
    ("LUC009", P, "import random\n", "import random\nfrom world import AutoModel\n"),
    ("LUC010", B, "tools", "torch"),
    ("LUC101", P, '    @input(description="Words", paused=True)\n', ""),
    ("LUC102", P, "def set_words(self, words: str)", "def set_seed_frame(self, words: str)"),
    ("LUC103", P, "words: str)", "words)"),
    ("LUC104", P, "words: str)", "words: np.ndarray)"),
    ("LUC105", P, "words: str)", "*words: str)"),
    ("LUC106", P, "def forward(self, pressed: bool)", "def forward(self, pressed: int)"),
    ("LUC107", P, "le=8)] = 4", "le=8)] = 0"),
    ("LUC109", P, '"KeyC"', '"c"'),
    ("LUC110", P, '"KeyC"', '"KeyW"'),
    ("LUC111", P, WORDS, f"{WORDS}\n        self.model.engine.step(words, 1)"),
    ("LUC112", P, '@input(description="Words", paused=True)', "@input"),
    ("LUC113", P, "def set_words(", "def _set_words("),
    ("LUC114", P, '            await self.ctx.publish("score", {"tilt": self.tilt})\n',
     '            await self.ctx.publish("score", {})\n'),
    ("LUC115", P, '"KeyC"', '"ControlLeft"'),
    ("LUC116", P, '"KeyC"', '"Escape"'),
    ("LUC117", P, 'hold(keys=("KeyC",))', "hold()"),
    ("LUC118", P, "mouse_velocity(self.dx_px, self.dy_px))", "(self.dx_px, self.dy_px))"),
    ("LUC119", L, ', "prompt"]', "]"),
    ("LUC120", P, "        self.notches = 0.0\n        self.held.dis", "        self.held.dis"),
    ("LUC121", P, '        self._hold(Key.CROUCH, pressed)', '        self.held.add(Key.CROUCH)'),
    ("LUC122", P, " = image_input(size=(WIDTH, HEIGHT))", ""),
    ("LUC123", P, WALK, "@INPUTS[0]"),
    ("LUC124", P, "import random\n", "import random\nfrom helpers import *\nX = file_input\n"),
    ("LUC125", E, "    JUMP = 2\n", "    JUMP = 2\n    CLIMB = 3\n"),
    ("LUC126", E, "gen_frame(action, ", "gen_frame("),
    ("LUC127", P, "frame: CameraFrame | None", "frame: CameraFrame"),
    ("LUC201", P, OUTPUTS, ""),
    ("LUC202", P, '"score", {', '"scores", {'),
    ("LUC203", P, '            await self.ctx.publish("score", {"tilt": self.tilt})\n',
     "            self.log.write(str(self.tilt))\n"),
    ("LUC204", E, "640, 360", "641, 360"),
    ("LUC205", E, "permute(0, 2, 3, 1)", "permute(0, 3, 1, 2)"),
    ("LUC206", E, ".to(torch.uint8)", ".float()"),
    ("LUC207", E, ".to(torch.uint8)", ".to(torch.uint8).cuda().numpy()"),
    ("LUC208", P, 'publish.json(name="score")',
     'publish.json(name="score"), publish.json(name="score")'),
    ("LUC209", P, 'publish.json(name="score")', 'publish.audio(name="score", channels=3)'),
    ("LUC301", P, STEP, f"import time; time.sleep(1); {STEP}"),
    ("LUC302", P, PUBLISH, PUBLISH.removeprefix("await ")),
    ("LUC303", P, "            await self.ctx.wait_if_paused()\n",
     "            while self.ctx.running:\n                self.log.write('wait')\n"),
    ("LUC304", P, "except ValueError:", "except BaseException:"),
    ("LUC305", P, STEP, f"import asyncio; asyncio.create_task(self.close()); {STEP}"),
    ("LUC306", P, STEP, f"import threading; threading.Thread(target=print).start(); {STEP}"),
    ("LUC307", P, "await self.engine.load(ctx)",
     "import asyncio; asyncio.run(self.engine.load(ctx))"),
    ("LUC308", P, "            await self.ctx.wait_if_paused()\n",
     "            import asyncio\n            while self.ctx.is_paused():\n"
     "                await asyncio.sleep(0.1)\n"),
    ("LUC309", P, "while self.ctx.running:", "while True:"),
    ("LUC310", P, "            await self.ctx.publish(\"score\"", "            yield\n"
     "            await self.ctx.publish(\"score\""),
    ("LUC401", P, "        self.held: set[Key] = set()\n", ""),
    ("LUC402", P, "        self.held.add(Key.JUMP)",
     "        HELD.append(Key.JUMP)\n        self.tilt = 1"),
    ("LUC403", P, WORDS, f"{WORDS}\n        self.model.words = words"),
    ("LUC404", P, "    def close(self)", "    def end(self)"),
    ("LUC405", P, STEP, f"random.seed(1); {STEP}"),
    ("LUC406", P, "await self.engine.load(ctx)",
     "import atexit; atexit.register(print); await self.engine.load(ctx)"),
    ("LUC407", P, "        super().__init__(model, ctx)\n", ""),
    ("LUC408", E, "        if self.steps >= CONTEXT_STEPS - 2:\n"
     "            self.reset(self.last_frame)\n", ""),
    ("LUC409", P, "return WorldSession(self, ctx)", "return OtherSession(self, ctx)"),
    ("LUC410", P, "        self.weights = None",
     '        import torch; self.weights = torch.load("w.pt", weights_only=True)'),
    ("LUC411", P, "self.take_action(), self.steps)", "self.take_action(), self.steps, 1)"),
    ("LUC412", E, "        self.step({}, 1)\n", ""),
    ("LUC413", P, "    def restore(self", "    def restored(self"),
    ("LUC414", P, "def close(self)", "def close(self, ctx)"),
    ("LUC415", P, "        self.notches = 0.0\n        self.held.dis",
     "        self.notches = 0.0\n        self.ctx = {}\n        self.held.dis"),
    ("LUC501", E, ", revision=COMMIT", ""),
    ("LUC502", E, ", weights_only=True", ""),
    ("LUC503", E, 'self.world.reset()', "self.world.reset(trust_remote_code=True)"),
    ("LUC504", P, STEP, f"import requests; requests.get('http://x'); {STEP}"),
    ("LUC505", E, '"table.npz"', '"/home/me/table.npz"'),
    ("LUC506", E, '    words = ""', f'    words = "hf_{"x" * 34}"'),
    ("LUC507", E, '"table.npz")', '"table.npy", allow_pickle=True)'),
    ("LUC508", E, f'COMMIT = "{COMMIT}"', f'COMMIT = "{"1" * 40}"'),
    ("LUC509", L, f'{{"url": "https://github.com/org/code", "commit": "{COMMIT[::-1]}"}}', "null"),
    ("LUC510", L, '"fps": 30', '"fps": 12'),
    ("LUC511", R, '"torch>=2.6"', ""),
    ("LUC901", P, "FPS = 30", "FPS = 30  # TODO(lucid): how many frames per second?"),
    ("LUC902", P, "import random\n", "import random\nfrom lucid.authoring.files import FileSpec\n"),
    ("LUC903", P, "    LoadContext,\n    Lucid", "    LoadContext,\n    LucidWorld,\n    Lucid"),
    ("LUC904", E, "        self.world.reset()\n        self.steps = 0\n",
     "        raise NotImplementedError\n"),
    ("LUC905", P, 'description="Words", paused', 'description="Words", pause'),
]  # fmt: skip
SETUP = {  # what a mutant needs that is right by itself
    "LUC119": (P, "def set_words(", "def set_prompt("),
    "LUC401": (P, 'class WorldSession(LucidSession["WorldModel"]):\n',
               'class WorldSession(LucidSession["WorldModel"]):\n    held: set[Key] = set()\n\n'),
    "LUC402": (P, "FPS = 30\n", "FPS = 30\nHELD: list[int] = []\n"),
    "LUC409": (P, "class WorldModel(", "class OtherSession(LucidSession):\n"
               "    async def run(self) -> None:\n"
               '        await self.ctx.publish("score", {})\n\n\nclass WorldModel('),
}  # fmt: skip


def tree(sources: dict[str, str]) -> SourceTree:
    files = tuple(
        SourceFile(path, path.removesuffix(".py").replace("/", "."), text)
        for path, text in sources.items()
        if path.endswith(".py")
    )
    entry = Entry("world.port", "WorldModel", "pyproject.toml", PYPROJECT, Range(5, 8, 5, 31))
    required = requirements(tomllib.loads(sources["pyproject.toml"]))
    project = Project("port", required, tuple(sources["beside"].split()))
    return SourceTree(files, entry, Lock("lucid.lock", json.loads(sources["lucid.lock"])), project)


def edit(sources: dict[str, str], path: str, old: str, new: str) -> dict[str, str]:
    assert sources[path].count(old) == 1, f"{path}: {old}"
    return {**sources, path: sources[path].replace(old, new)}


def codes(sources: dict[str, str]) -> list[str]:
    return [found.code for found in check(tree(sources))]


def test_the_good_port_is_good() -> None:
    assert check(tree(SOURCES)) == []


def test_there_is_a_mutant_for_every_rule() -> None:
    assert [mutant[0] for mutant in MUTANTS] == [rule.code for rule in RULES]


@pytest.mark.parametrize(("code", "path", "old", "new"), MUTANTS, ids=lambda value: value[:6])
def test_a_mutant_is_found_by_its_rule_alone(code: str, path: str, old: str, new: str) -> None:
    sources = SOURCES
    if code in SETUP:
        sources = edit(SOURCES, *SETUP[code])
        assert codes(sources) == []
    assert codes(edit(sources, path, old, new)) == [code]


ANYWHERE = [
    ("LUC302", r"await self\.ctx\.publish\(\"main_video\"", 'self.ctx.publish("main_video"'),
    ("LUC309", r"while self\.ctx\.running:", "while True:"),
    ("LUC109", r"keys=\(\"KeyW\"", 'keys=("w"'),
    ("LUC103", r"pressed: bool\)", "pressed)"),
    ("LUC006", r"    session_cls = \w+\n", ""),
    ("LUC202", r"publish\(\"main_video\"", 'publish("mainvideo"'),
    ("LUC204", r"height=HEIGHT, fps", "height=361, fps"),
    ("LUC112", r"@input\([^\n]*\)\n(?=    def set_seed_frame)", "@input\n"),
    ("LUC122", r"InputFile = image_input\(size=\(WIDTH, HEIGHT\)\)", "InputFile"),
]


SHARE = 1 if "LUCID_TEST_LONG" in os.environ else 5


@pytest.mark.parametrize("port", PORTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_lucid_ships_has_no_finding_until_a_mistake_is_made(port: Path) -> None:
    whole = read_tree(find_port(".", port), port)
    found = check(whole)
    assert [d for d in found if not d.is_note] == []  # a scaffold's questions are open
    before = {diagnostic.message for diagnostic in found}
    mistakes = [
        (code, number, text)
        for code, old, new in ANYWHERE
        for number, file in enumerate(whole.files)
        if file.path.endswith("port.py")
        and (text := re.sub(old, new, file.text, count=1)) != file.text
    ]
    assert len(mistakes) >= 4
    for code, number, text in mistakes[PORTS.index(port) % SHARE :: SHARE]:
        file = whole.files[number]
        changed = SourceFile(file.path, file.module, text)
        files = (*whole.files[:number], changed, *whole.files[number + 1 :])
        after = check(replace(whole, files=files))
        assert [d.code for d in after if d.message not in before] == [code]
