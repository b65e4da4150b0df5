"""The landscape as it is played, with its committed weights."""

from __future__ import annotations

import json
import logging
import math

import numpy as np
import pytest
from landscape.engine import GALLERY, HEIGHT, STARTS, WIDTH, Action, Engine
from landscape.looks import LOOK_NAMES, find_look
from landscape.model import WEIGHTS
from landscape.port import LandscapeModel
from safetensors import safe_open
from safetensors.numpy import load, save

from lucid import LoadContext, manifest
from lucid.media.i420 import to_rgb
from lucid.runtime.memory import MemoryTransport, playing


@pytest.fixture(scope="module")
def engine() -> Engine:
    engine = Engine()
    engine.load(LoadContext(logging.getLogger("test"), lambda stage, fraction: None))
    return engine


async def picture(player: MemoryTransport, seq: int) -> np.ndarray:
    return to_rgb((await player.frame_after(seq)).i420)


def test_it_takes_keys_pointer_words_and_pictures() -> None:
    inputs = {spec.name: spec for spec in manifest(LandscapeModel).inputs}
    keys = {key for spec in inputs.values() for key in getattr(spec.binding, "keys", ())}
    assert keys >= {"KeyW", "KeyA", "KeyS", "KeyD", "ShiftLeft", "Space"}
    assert keys >= {"ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"}
    assert {"look", "set_prompt", "set_seed_frame", "start_at", "reset"} <= set(inputs)


def test_there_are_twelve_starts_in_all_looks() -> None:
    inputs = {spec.name: spec for spec in manifest(LandscapeModel).inputs}
    places = inputs["start_at"].arguments["properties"]["place"]["enum"]
    assert len(places) == 12
    assert set(places) == {path.stem for path in GALLERY.glob("*.png")}
    assert {place.split("-")[0] for place in places} == set(LOOK_NAMES)


def test_the_committed_weights_are_small_and_say_how_they_were_trained() -> None:
    assert WEIGHTS.stat().st_size + STARTS.stat().st_size <= 16e6
    with safe_open(WEIGHTS, "pt") as stored:
        assert json.loads(stored.metadata()["training"])["steps"] >= 0


async def test_it_plays_from_keys_words_and_places() -> None:
    async with playing(LandscapeModel) as player:
        (first,) = await player.next_frames(1)
        assert to_rgb(first.i420).shape == (HEIGHT, WIDTH, 3)
        snow = await picture(player, player.send("start_at", place="snow-peaks"))
        night = await picture(player, player.send("start_at", place="moonlight-ruins"))
        assert snow.mean() > night.mean() + 60
        turned = await picture(player, player.send("turn_left", pressed=True))
        later = to_rgb((await player.next_frames(4))[-1].i420)
        assert np.abs(later.astype(int) - turned).mean() > 2
        bad: list[tuple[str, dict[str, object], str]] = [
            ("set_prompt", {"prompt": "a spaceship"}, "alpine, dusk, dunes"),
            ("set_temperature", {"temperature": float("nan")}, "temperature"),
        ]
        for name, value, message in bad:
            errors = len(player.errors)
            player.send(name, **value)
            await player.until(lambda errors=errors: len(player.errors) > errors)  # type: ignore[misc]
            assert player.errors[-1].error.code == "input.invalid"
            assert message in player.errors[-1].error.message


async def test_the_seed_decides_every_frame() -> None:
    async def frames(seed: int) -> list[np.ndarray]:
        async with playing(LandscapeModel) as player:
            player.send("forward", pressed=True)
            player.send("run_faster", pressed=True)
            await player.next_frames(2)
            first = await player.frame_after(player.send("reset", seed=seed))
            await player.until(lambda: player.frames[-1].index >= first.index + 12)
            made = [f for f in player.frames if 0 <= f.index - first.index <= 12]
            assert len(made) == 13
            return [to_rgb(frame.i420) for frame in made]

    one, same, other = await frames(5), await frames(5), await frames(7)
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not np.array_equal(one[0], other[0])


def test_a_gallery_picture_starts_there_and_any_other_gives_its_colors(engine: Engine) -> None:
    for place in engine.starts:
        engine.set_picture(engine.gallery[place])
        assert np.abs(engine.step(Action()) - engine.gallery[place].astype(int)).mean() < 2
    before = engine.step(Action())
    engine.set_picture(np.full((90, 500, 3), (250, 20, 20), np.uint8))
    for _ in range(40):
        after = engine.step(Action(rise=True), temperature=0.0)
    redder = [frame[..., 0].mean() - frame[..., 1].mean() for frame in (before, after)]
    assert redder[1] > redder[0] + 40
    assert after.shape == (HEIGHT, WIDTH, 3)
    assert after.dtype == np.uint8


def test_rising_shows_more_of_the_land_and_ends_at_a_height(engine: Engine) -> None:
    engine.start("autumn-lake")
    before = engine.step(Action()).astype(int)
    up = [engine.step(Action(rise=True)) for _ in range(60)]
    assert np.abs(up[-1] - before).mean() > 3
    assert np.array_equal(up[-2], up[-1])
    down = [engine.step(Action()) for _ in range(110)]
    assert np.array_equal(down[-1], before)


def test_a_restored_walk_goes_on_bit_for_bit_while_maps_and_looks_fade(engine: Engine) -> None:
    def walk(first: int, last: int) -> list[np.ndarray]:
        frames = []
        for step in range(first, last):
            if step == 30:
                look = find_look("neon night")
                assert look is not None
                engine.set_look(look)
            action = Action(forward=0.42, turn=0.02 * math.sin(step / 9), rise=step % 40 < 10)
            frames.append(engine.step(action))
        return frames

    engine.start("snow-peaks", 3)
    walk(0, 20)
    saved, frames = {}, {}
    for step in range(20, 70):
        saved[step] = engine.snapshot({})
        (frames[step],) = walk(step, step + 1)
    for start in (62, 24, 45):  # no fading, a fading map, a fading look
        engine.restore(saved[start])
        for step, frame in enumerate(walk(start, min(70, start + 15)), start):
            assert np.array_equal(frame, frames[step]), f"step {step} after {start} differs"


def test_a_strangers_snapshot_is_refused_before_anything_changes(engine: Engine) -> None:
    engine.start("dusk-lake")
    good = engine.snapshot({})
    numbers, tensors = load(good)["numbers"].tobytes(), load(good)
    before = engine.step(Action())
    for change in (
        {"numbers": b"[]"},
        {"numbers": numbers.replace(b'"dreamt":0', b'"dreamt":-1')},
        {"numbers": numbers.replace(b'"stored":[', b'"stored":[99999999,')},
        {"land": tensors["land"][:, :9]},
        {"land": np.full_like(tensors["land"], np.nan)},
        {"look": tensors["look"].astype(np.float64)},
        {"random": np.zeros_like(tensors["random"])},
        {"extra": tensors["look"]},
    ):
        arrays = {
            name: np.frombuffer(value, np.uint8) if isinstance(value, bytes) else value
            for name, value in change.items()
        }
        with pytest.raises((ValueError, RuntimeError)):
            engine.restore(save(tensors | arrays))
        assert np.array_equal(engine.step(Action()), before)
    for data in (b"", b"junk", good[:1000]):
        with pytest.raises(ValueError, match="not the state of a walk"):
            engine.restore(data)
