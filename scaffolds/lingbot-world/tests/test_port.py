"""Tests that need no weights and no GPU. Run them with `pytest`."""

import asyncio
import logging
from typing import Any

import numpy as np
import pytest
from lucid import LoadContext, SessionContext, manifest

from lingbot.engine import HEIGHT, WIDTH
from lingbot.port import (
    LingbotConfig,
    LingbotModel,
    LingbotSession,
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
def session() -> LingbotSession:
    model = LingbotModel(LingbotConfig(engine="stub"))
    model.load(LoadContext(logging.getLogger("test"), lambda stage, fraction: None))
    return LingbotSession(model, ThreeSteps())


def test_the_port_declares_the_inputs_of_the_model() -> None:
    names = {spec.name for spec in manifest(LingbotModel).inputs}
    assert names == {
        "set_seed_frame",
        "set_prompt",
        "forward",
        "left",
        "back",
        "right",
        "look_up",
        "look_left",
        "look_down",
        "look_right",
        "move_up",
        "move_down",
        "roll_left",
        "roll_right",
    }


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("forward", "FORWARD"),
        ("left", "LEFT"),
        ("back", "BACK"),
        ("right", "RIGHT"),
        ("look_up", "LOOK_UP"),
        ("look_left", "LOOK_LEFT"),
        ("look_down", "LOOK_DOWN"),
        ("look_right", "LOOK_RIGHT"),
        ("move_up", "MOVE_UP"),
        ("move_down", "MOVE_DOWN"),
        ("roll_left", "ROLL_LEFT"),
        ("roll_right", "ROLL_RIGHT"),
    ],
)
def test_a_key_is_held_until_it_is_released(
    session: LingbotSession,
    name: str,
    key: str,
) -> None:
    getattr(session, name)(True)
    assert [held.name for held in session.take_action().held] == [key]
    assert [held.name for held in session.take_action().held] == [key]
    getattr(session, name)(False)
    assert not session.take_action().held


def test_a_tap_between_two_steps_counts_once(session: LingbotSession) -> None:
    session.forward(True)
    session.forward(False)
    assert [held.name for held in session.take_action().held] == ["FORWARD"]
    assert not session.take_action().held


def test_every_step_returns_frames_of_the_declared_size(session: LingbotSession) -> None:
    asyncio.run(session.run())
    assert isinstance(session.ctx, ThreeSteps)
    (output,) = LingbotModel.outputs
    assert (output.width, output.height) == (WIDTH, HEIGHT)
    for sample in session.ctx.samples:
        assert np.asarray(sample).shape[-3:] == output.frame_shape
