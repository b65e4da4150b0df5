"""What holds without weights or a GPU; run with `pytest`."""

import asyncio
import logging
from typing import Any

import pytest
from lucid import LoadContext, SessionContext, manifest

from waypoint.engine import FRAMES_PER_STEP, HEIGHT, WIDTH, Action, mouse_velocity
from waypoint.port import WaypointConfig, WaypointModel, WaypointSession


class ThreeSteps(SessionContext):
    """Ends a session after three steps and keeps what it published."""

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
def session() -> WaypointSession:
    model = WaypointModel(WaypointConfig(engine="stub"))
    model.load(LoadContext(logging.getLogger("test"), lambda stage, fraction: None))
    return WaypointSession(model, ThreeSteps())


def test_the_declaration_is_valid() -> None:
    names = {spec.name for spec in manifest(WaypointModel).inputs}
    assert names >= {"set_seed_frame", "forward", "jump", "look", "scroll"}
    assert "set_prompt" not in names  # the model takes no prompt


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("forward", 87),
        ("left", 65),
        ("back", 83),
        ("right", 68),
        ("jump", 32),
        ("sprint", 16),
        ("crouch", 17),
        ("primary", 1),
        ("secondary", 2),
    ],
)
def test_a_held_input_is_its_virtual_key_code(
    session: WaypointSession, name: str, code: int
) -> None:
    getattr(session, name)(True)
    assert {int(button) for button in session.take_action().buttons} == {code}
    getattr(session, name)(False)
    assert session.take_action() == Action()


@pytest.mark.parametrize(
    ("pixels", "velocity"), [(0, 0.0), (8, 0.06), (40, 0.3), (400, 0.4), (-400, -0.4)]
)
def test_pixels_become_a_velocity_in_the_useful_range(pixels: float, velocity: float) -> None:
    assert mouse_velocity(pixels, 0) == pytest.approx((velocity, 0.0))


def test_motion_is_summed_between_steps_and_counts_once(session: WaypointSession) -> None:
    session.look(4.0, 0.0)
    session.look(6.0, -2.0)
    session.scroll(-3.0)
    action = session.take_action()
    assert action.mouse == pytest.approx(mouse_velocity(10.0, -2.0))
    assert action.scroll == -1
    assert session.take_action() == Action()


def test_every_step_gives_frames_of_the_declared_size(session: WaypointSession) -> None:
    asyncio.run(session.run())
    assert isinstance(session.ctx, ThreeSteps)
    (output,) = WaypointModel.outputs
    assert (output.width, output.height) == (WIDTH, HEIGHT)
    for chunk in session.ctx.samples:
        assert chunk.shape == (FRAMES_PER_STEP, HEIGHT, WIDTH, 3)
        assert chunk.dtype == "uint8"
