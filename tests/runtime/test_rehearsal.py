from __future__ import annotations

from typing import Any

import numpy as np

from lucid import LucidModel, LucidSession, hold, input, pointer, publish
from lucid.runtime.rehearsal import rehearse
from tests.ports import EngineConfig


class Session(LucidSession["Model"]):
    @input(binding=hold(keys=("KeyW",)))
    def forward(self, pressed: bool) -> None:
        self.model.told.append(pressed)

    @input(binding=pointer())
    def look(self, dx: float, dy: float) -> None:
        self.model.told.append((dx, dy))

    async def run(self) -> None:
        while self.ctx.running:
            await self.ctx.publish("main_video", self.model.frame)


class Model(LucidModel[EngineConfig]):
    name = "rehearsed"
    config_cls = EngineConfig
    session_cls = Session
    outputs = (publish.video(name="main_video", width=32, height=16, fps=30),)
    frame: Any = np.zeros((16, 32, 3), np.uint8)

    def __init__(self, config: EngineConfig | None = None) -> None:
        super().__init__(config)
        self.told: list[Any] = []
        type(self).last = self

    last: Model


async def test_a_port_that_is_right_has_no_problem_and_was_played() -> None:
    assert await rehearse(Model) == []
    assert Model.last.config.engine == "stub"
    assert Model.last.told == [True, False, (3.0, -2.0)]


async def test_a_frame_of_another_size_is_a_problem() -> None:
    class Odd(Model):
        frame = np.zeros((32, 16, 3), np.uint8)

    (problem,) = await rehearse(Odd)
    assert problem.startswith("FrameShapeError: output 'main_video': expected")


async def test_a_handler_that_raises_is_a_problem_with_its_name() -> None:
    class Breaking(Session):
        @input(binding=hold(keys=("KeyW",)))
        def forward(self, pressed: bool) -> None:
            raise ValueError("it broke")

    class Broken(Model):
        session_cls = Breaking

    assert await rehearse(Broken) == ["input forward: ValueError: it broke"]


async def test_a_run_that_ends_without_a_frame_is_a_problem() -> None:
    class Silent(Session):
        async def run(self) -> None:
            pass

    class Quiet(Model):
        session_cls = Silent

    assert await rehearse(Quiet) == ["run() ended without a frame"]
