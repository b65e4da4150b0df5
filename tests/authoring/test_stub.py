from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lucid.authoring.captures import CameraFrame, MicrophoneSound
from lucid.authoring.model import LoadContext
from lucid.authoring.outputs import Layout, PixelRange
from lucid.authoring.stub.engine import StubEngine

WIDTH, HEIGHT = 640, 360


class Button(IntEnum):
    FORWARD = 87
    FIRE = 1


@dataclass(frozen=True)
class Action:
    forward: bool = False
    buttons: frozenset[Button] = frozenset()
    codes: frozenset[int] = frozenset()
    look: tuple[float, float] = (0.0, 0.0)
    vector: tuple[float, ...] = (0.0,) * 4
    gear: int = 0
    throttle: float = 0.0
    mode: str = ""


def load_context() -> LoadContext:
    return LoadContext(logging.getLogger("test"), lambda stage, fraction: None)


def make(frames_per_step: int = 1, **options: Any) -> StubEngine:
    engine = StubEngine(WIDTH, HEIGHT, frames_per_step, **options)
    engine.load(load_context())
    return engine


def bar(frame: NDArray[Any]) -> NDArray[Any]:
    """The instruments at the foot."""
    return frame[-HEIGHT // 10 :]


def difference(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Mean absolute difference of two pictures, in 0..255."""
    return float(np.abs(one.astype(int) - other).mean())


@pytest.mark.parametrize(
    ("width", "height", "frames"), [(1280, 720, 4), (640, 360, 1), (16, 16, 2)]
)
def test_a_step_gives_a_chunk_of_the_asked_size(width: int, height: int, frames: int) -> None:
    engine = StubEngine(width, height, frames)
    engine.load(load_context())
    chunk = engine.step(Action())
    assert chunk.shape == (frames, height, width, 3)
    assert chunk.dtype == np.uint8


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("forward", True),
        ("buttons", frozenset({Button.FORWARD})),
        ("buttons", frozenset({Button.FIRE})),
        ("codes", frozenset({65})),
        ("look", (0.1, 0.0)),
        ("look", (0.0, -0.1)),
        ("vector", (0.0, 0.0, 0.0, 0.5)),
        ("gear", -1),
        ("throttle", 0.2),
        ("mode", "fly"),
    ],
)
def test_every_field_of_an_action_shows_while_it_is_active(field: str, value: Any) -> None:
    engine = make()
    idle = bar(engine.step(Action())[0])
    active = bar(engine.step(replace(Action(), **{field: value}))[0])
    assert np.abs(active.astype(int) - idle).max() > 100
    assert np.array_equal(bar(engine.step(Action())[0]), idle)


def test_each_key_of_a_tuple_has_a_lamp_of_its_own() -> None:
    @dataclass(frozen=True)
    class Keys:
        held: tuple[Button, ...] = ()

    engine = make()
    choices = ((), (Button.FORWARD,), (Button.FIRE,), tuple(Button))
    bars = [bar(engine.step(Keys(held))[0]).tobytes() for held in choices]
    assert len(set(bars)) == 4
    assert bar(engine.step(Keys(tuple(Button)[::-1]))[0]).tobytes() == bars[-1]


def test_a_lit_lamp_is_large_and_saturated_enough_to_survive_a_codec() -> None:
    @dataclass(frozen=True)
    class Walk:
        forward: bool = False
        back: bool = False

    engine = make()
    lamp = np.s_[-28:-8, 40:120]
    assert engine.step(Walk())[0][lamp].max() < 100
    red, green, blue = engine.step(Walk(forward=True))[0][lamp].reshape(-1, 3).T
    assert green.min() > 200
    assert max(red.max(), blue.max()) < 60


@dataclass(frozen=True)
class Joystick:
    up: bool = False
    left: bool = False
    down: bool = False
    right: bool = False
    fire: bool = False


@pytest.mark.parametrize("field", ["up", "left", "down", "right", "fire"])
def test_every_field_shows_on_a_frame_of_64_pixels_too(field: str) -> None:
    engine = StubEngine(64, 64)
    engine.load(load_context())
    resting = engine.step(Joystick())[-1]
    engine.reset()
    lit = engine.step(Joystick(**{field: True}))[-1]
    foot = slice(-32, None)  # below what a step moves
    assert (np.abs(lit[foot].astype(int) - resting[foot]).max(axis=2) > 100).sum() >= 40


def test_motion_moves_the_world_and_idleness_does_not_freeze_it() -> None:
    walked, stood = make(), make()
    floor = np.s_[240:300]
    before = stood.step(Action())[0][floor]
    drifted = stood.step(Action())[0][floor]
    assert difference(before, drifted) > 0.1
    walked.step(Action())
    for _ in range(5):
        far = walked.step(Action(forward=True))[0][floor]
        near = stood.step(Action())[0][floor]
    assert difference(far, near) > 3


@pytest.mark.parametrize(("dx", "side"), [(0.3, "left"), (-0.3, "right")])
def test_turning_right_moves_the_sun_to_the_left(dx: float, side: str) -> None:
    engine = make()
    row = HEIGHT // 4

    def sun(frame: NDArray[Any]) -> float:
        return float(np.flatnonzero(frame[row, :, 0] > 200).mean())

    middle = sun(engine.step(Action())[0])
    for _ in range(4):
        frame = engine.step(Action(look=(dx, 0.0)))[0]
    assert sun(frame) < middle - 20 if side == "left" else sun(frame) > middle + 20


def test_looking_up_lowers_what_is_ahead() -> None:
    up, down = make(), make()
    for _ in range(10):
        high = up.step(Action(look=(0.0, -1.0)))[0]
        low = down.step(Action(look=(0.0, 1.0)))[0]

    def sun(frame: NDArray[Any]) -> float:
        return float(np.flatnonzero(frame[: HEIGHT // 2, WIDTH // 2, 0] > 240).mean())

    assert sun(high) > sun(low) + 20


@pytest.mark.parametrize(("width", "height"), [(16, 16), (96, 54), (110, 62), (280, 150)])
def test_every_view_fits_every_size(width: int, height: int) -> None:
    @dataclass(frozen=True)
    class Flight:
        jump: bool = False
        crouch: bool = False
        look: tuple[float, float] = (0.0, 0.0)

    engine = StubEngine(width, height)
    engine.load(load_context())
    for seed_frame in (None, np.zeros((height, width, 3), np.uint8)):
        engine.reset(seed_frame=seed_frame)
        for action in (Flight(jump=True, look=(9.0, -9.0)), Flight(crouch=True, look=(-9.0, 9.0))):
            for _ in range(40):
                assert engine.step(action).shape == (1, height, width, 3)


def test_each_prompt_has_its_colours() -> None:
    engine = make()
    sky = np.s_[60:200]
    engine.reset(prompt="a quiet harbour")
    harbour = engine.step(Action())[0][sky]
    engine.set_prompt("a red desert")
    assert difference(engine.step(Action())[0][sky], harbour) > 20
    engine.reset(prompt="a quiet harbour")
    assert np.array_equal(engine.step(Action())[0][sky], harbour)


def test_a_reset_keeps_the_prompt_unless_it_is_given_one() -> None:
    engine = make()
    engine.reset(prompt="a quiet harbour")
    first = engine.step(Action())
    engine.reset()
    assert np.array_equal(engine.step(Action()), first)


def test_the_seed_frame_is_ahead_and_moves_with_the_player() -> None:
    engine = make()
    seed = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    seed[:, : WIDTH // 2] = (230, 20, 20)
    seed[:, WIDTH // 2 :] = (20, 20, 230)
    engine.reset(seed_frame=seed)
    frame = engine.step(Action())[0]
    assert frame[150, 100].tolist() == [230, 20, 20]
    assert frame[150, 540].tolist() == [20, 20, 230]
    for _ in range(30):
        frame = engine.step(Action(look=(0.3, 0.0)))[0]
    assert frame[150, 100].tolist() == [20, 20, 230]
    engine.reset()
    assert difference(engine.step(Action())[0][150, 100], np.array([230, 20, 20])) > 20


@pytest.mark.parametrize(
    "seed", [np.zeros((HEIGHT, 8, 3), np.uint8), np.zeros((HEIGHT, WIDTH, 3), np.float32)]
)
def test_a_seed_frame_of_another_shape_is_refused(seed: NDArray[Any]) -> None:
    with pytest.raises(ValueError, match=r"must be uint8 of shape \(360, 640, 3\)"):
        make().reset(seed_frame=seed)


def test_the_same_calls_give_the_same_frames() -> None:
    one, other = make(4), make(4)
    for engine in (one, other):
        engine.reset(prompt="again")
        engine.step(Action(forward=True, look=(0.2, -0.1)))
    assert np.array_equal(one.step(Action()), other.step(Action()))


@pytest.mark.parametrize(
    ("layout", "pixel_range", "shape", "low", "high"),
    [
        ("CHW", "uint8", (1, 3, HEIGHT, WIDTH), 0, 255),
        ("HWC", "[0,1]", (1, HEIGHT, WIDTH, 3), 0, 1),
        ("CHW", "[-1,1]", (1, 3, HEIGHT, WIDTH), -1, 1),
    ],
)
def test_frames_come_as_the_output_declares_them(
    layout: Layout, pixel_range: PixelRange, shape: tuple[int, ...], low: float, high: float
) -> None:
    chunk = make(layout=layout, pixel_range=pixel_range).step(Action())
    assert chunk.shape == shape
    assert low <= chunk.min() < low + (high - low) / 10
    assert high - (high - low) / 10 < chunk.max() <= high


@pytest.mark.parametrize("layout", ["HWC", "CHW"])
def test_a_camera_appears_in_the_corner_and_a_microphone_in_a_lamp(layout: Layout) -> None:
    @dataclass
    class Captured:
        see: CameraFrame | None = None
        hear: MicrophoneSound | None = None

    engine = make()
    off = engine.step(Captured())[0]
    pixels = np.full((600, 800, 3), (250, 10, 130), np.uint8)
    pixels = pixels if layout == "HWC" else pixels.transpose(2, 0, 1)
    sound = MicrophoneSound(np.full(100, 0.5, np.float32), 0.0)
    on = engine.step(Captured(CameraFrame(pixels, 0.0), sound))[0]
    assert (on[:80, -100:] == (250, 10, 130)).all()
    assert difference(on[-30:], off[-30:]) > 20
