"""Tests that need no weights and no GPU. Run them with `pytest`."""

import asyncio
import logging
from typing import Any

import numpy as np
import pytest
from lucid import LoadContext, SessionContext, manifest

from cosmos3.engine import HEIGHT, WIDTH
from cosmos3.port import (
    Cosmos3Config,
    Cosmos3Model,
    Cosmos3Session,
)


class ThreeSteps(SessionContext):
    """A context that ends the session after three steps and keeps the published samples."""

    def __init__(self) -> None:
        self.session_id = "test"
        self.logger = logging.getLogger("test")
        self.samples: list[Any] = []

    @property
    def running(self) -> bool:
        return len(self.samples) < 3

    async def publish(self, name: str, sample: Any, ts_ms: float | None = None) -> None:
        self.samples.append(sample)

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def is_paused(self) -> bool:
        return False

    async def wait_if_paused(self) -> None: ...

    def record_inference_ms(self, ms: float) -> None: ...


@pytest.fixture
def session() -> Cosmos3Session:
    model = Cosmos3Model(Cosmos3Config(engine="stub"))
    model.load(LoadContext(logging.getLogger("test"), lambda stage, fraction: None))
    return Cosmos3Session(model, ThreeSteps())


def test_the_port_declares_the_inputs_of_the_model() -> None:
    names = {spec.name for spec in manifest(Cosmos3Model).inputs}
    assert names == {
        "set_seed_frame",
        "set_seed_clip",
        "set_prompt",
        "dx",
        "dy",
        "dz",
        "tilt",
        "turn",
        "roll",
        "gripper",
    }


def test_an_axis_sets_its_element_of_the_vector(session: Cosmos3Session) -> None:
    session.dy(-0.5)
    assert session.take_action().vector == (0.0, -0.5) + (0.0, 0.0, 0.0, 0.0, 0.0)


def test_every_step_returns_frames_of_the_declared_size(session: Cosmos3Session) -> None:
    asyncio.run(session.run())
    assert isinstance(session.ctx, ThreeSteps)
    (output,) = Cosmos3Model.outputs
    assert (output.width, output.height) == (WIDTH, HEIGHT)
    for sample in session.ctx.samples:
        assert np.asarray(sample).shape[-3:] == output.frame_shape
