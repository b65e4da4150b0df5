"""Tests that need no weights and no GPU. Run them with `pytest`."""

import asyncio
import logging
from typing import Any

import numpy as np
import pytest
from lucid import LoadContext, SessionContext, manifest

from self_forcing.engine import HEIGHT, WIDTH
from self_forcing.port import (
    SelfForcingConfig,
    SelfForcingModel,
    SelfForcingSession,
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
def session() -> SelfForcingSession:
    model = SelfForcingModel(SelfForcingConfig(engine="stub"))
    model.load(LoadContext(logging.getLogger("test"), lambda stage, fraction: None))
    return SelfForcingSession(model, ThreeSteps())


def test_the_port_declares_the_inputs_of_the_model() -> None:
    names = {spec.name for spec in manifest(SelfForcingModel).inputs}
    assert names == {
        "set_prompt",
    }


def test_every_step_returns_frames_of_the_declared_size(session: SelfForcingSession) -> None:
    asyncio.run(session.run())
    assert isinstance(session.ctx, ThreeSteps)
    (output,) = SelfForcingModel.outputs
    assert (output.width, output.height) == (WIDTH, HEIGHT)
    for sample in session.ctx.samples:
        assert np.asarray(sample).shape[-3:] == output.frame_shape
