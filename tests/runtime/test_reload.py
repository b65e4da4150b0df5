"""A port that changes on disk is reloaded, and its players stay connected."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from lucid._target import PortLocation
from lucid.media.i420 import to_rgb
from lucid.runtime.memory import MemoryTransport
from lucid.runtime.messages import Frame
from lucid.runtime.session import QueueNotice
from lucid.runtime.states import SessionState as S
from tests.runtime.workers import hosting, joined

SOURCE = """
import numpy as np
from lucid import LucidModel, LucidSession, input, publish

class Session(LucidSession["Model"]):
    @input()
    def jump(self) -> None: ...

    async def run(self):
        while self.ctx.running:
            await self.ctx.publish("main", np.full((48, 64, 3), 200, np.uint8))

class Model(LucidModel):
    name = "changing"
    session_cls = Session
    outputs = (publish.video(name="main", width=64, height=48, fps=50),)
"""


WRITING = """
import os, pathlib, subprocess, sys, time
import numpy as np
from lucid import LucidModel, LucidSession, publish
from writing import helper

HERE = pathlib.Path(__file__).parent

class Session(LucidSession["Model"]):
    async def run(self):
        (HERE / "session.yaml").write_text(f"started: {time.time()}")  # as hydra does
        saved = HERE / "partial.toml"
        saved.write_text(str(time.time()))
        os.replace(saved, HERE / "state.toml")
        write = "import sys; open(sys.argv[1], 'w').write(sys.argv[2])"  # as a service of wandb
        for name in ("child.yaml", "child.py"):
            text = f"# {time.time()}"
            subprocess.run([sys.executable, "-c", write, HERE / name, text], check=True)
        while self.ctx.running:
            await self.ctx.publish("main", np.full((48, 64, 3), self.model.grey, np.uint8))

class Model(LucidModel):
    name = "writing"
    session_cls = Session
    outputs = (publish.video(name="main", width=64, height=48, fps=50),)

    def load(self, ctx):
        (HERE / "loaded.py").write_text(f"# {time.time()}")  # as a compiler's cache
        self.grey = int((HERE / "config.yaml").read_text()) + helper.MORE
"""


def grey(frame: Frame) -> int:
    return round(float(to_rgb(frame.i420).mean()) / 10) * 10


async def test_only_files_that_a_port_reads_and_does_not_write_reload_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    port = tmp_path / "writing"
    port.mkdir()
    (port / "__init__.py").write_text("")
    (port / "port.py").write_text(WRITING)
    (port / "helper.py").write_text("MORE = 0")
    (port / "config.yaml").write_text("200")
    location = PortLocation(tmp_path, "writing.port", "Model")
    async with hosting("process", location, reload=True) as host:
        player = await joined(host)
        await player.next_frames(1)
        for round_, (name, text, shown) in enumerate(
            [("config.yaml", "100", 100), ("helper.py", "MORE = 50", 150)], start=2
        ):
            assert (port / "child.py").exists()
            (port / name).write_text(text)
            await player.until(lambda count=3 * round_: len(player.states) == count, 30)  # type: ignore[misc]
            await player.next_frames(3)
            assert grey((await player.next_frames(1))[0]) == shown
        assert len(player.states) == 9
    said = [record.getMessage() for record in caplog.records]
    assert [line for line in said if "loads again" in line] == [
        "config.yaml changed: the model loads again",
        "helper.py changed: the model loads again",
    ]


async def test_players_stay_while_their_port_is_edited(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    port = tmp_path / "changing_port.py"
    port.write_text(SOURCE)
    location = PortLocation(tmp_path, "changing_port", "Model")
    async with hosting("process", location, reload=True) as host:
        player = await joined(host)
        waiting = MemoryTransport(host)
        assert grey((await player.next_frames(1))[0]) == 200
        (tmp_path / "picture.png").write_bytes(b"what a port writes reloads nothing")
        assert player.states == [S.LOADING, S.READY, S.RUNNING]

        port.write_text(SOURCE.replace("200", "100"))
        await player.until(lambda: len(player.states) == 6, 30)
        assert player.states[3:] == [S.LOADING, S.READY, S.RUNNING]
        await player.next_frames(3)
        assert grey((await player.next_frames(1))[0]) == 100
        assert waiting.notices == [QueueNotice(1)]

        port.write_text(SOURCE.replace("async def", "async deaf"))
        await player.until(lambda: bool(player.errors), 30)
        assert player.errors[0].error.code == "target"
        assert "changing_port does not import: SyntaxError" in player.errors[0].error.message
        assert player.state is S.LOADING

        port.write_text(SOURCE.replace("class Model(LucidModel):", '''class Model(LucidModel):
    def load(self, ctx):
        raise RuntimeError("no weights")
'''))  # fmt: skip
        await player.until(lambda: len(player.errors) == 2, 30)
        assert player.errors[1].error.code == "model.load"
        assert player.state is S.LOADING

        port.write_text(SOURCE.replace("200", "50"))
        await player.until(lambda: player.state is S.RUNNING, 30)
        await player.next_frames(3)
        assert grey((await player.next_frames(1))[0]) == 50

        port.write_text(SOURCE.replace("def jump", "def leap"))
        await player.until(lambda: player.state is S.FAILED, 30)
        assert player.errors[2].error.code == "session.port_changed"
        assert waiting.state is S.FAILED
        await (await joined(host)).next_frames(1)
        assert [spec.name for spec in host.manifest.inputs] == ["leap"]
