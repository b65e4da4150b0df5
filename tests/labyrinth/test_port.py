"""The bundled world as it is played, with its committed weights."""

from __future__ import annotations

import logging

import numpy as np
from labyrinth.engine import GALLERY, Action, Engine
from labyrinth.looks import LOOK_NAMES
from labyrinth.port import LabyrinthModel

from lucid import LoadContext, manifest
from lucid.media.i420 import to_rgb
from lucid.runtime.memory import MemoryTransport, playing


async def picture(player: MemoryTransport, seq: int) -> np.ndarray:
    return to_rgb((await player.frame_after(seq)).i420)


def test_it_takes_keys_pointer_prompt_and_seed_frame() -> None:
    inputs = {spec.name: spec for spec in manifest(LabyrinthModel).inputs}
    keys = {key for spec in inputs.values() for key in getattr(spec.binding, "keys", ())}
    assert keys >= {"KeyW", "KeyA", "KeyS", "KeyD", "ShiftLeft"}
    assert keys >= {"ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"}
    assert {"look", "set_prompt", "set_seed_frame", "start_at", "reset"} <= set(inputs)
    assert {"set_denoising_steps", "set_temperature"} <= set(inputs)


def test_every_place_that_can_be_chosen_is_in_the_gallery() -> None:
    inputs = {spec.name: spec for spec in manifest(LabyrinthModel).inputs}
    places = inputs["start_at"].arguments["properties"]["place"]["enum"]
    assert set(places) == {path.stem for path in GALLERY.glob("*.png")}
    assert {place.split("-")[0] for place in places} == set(LOOK_NAMES)


async def test_it_plays_from_keys_prompt_seed_and_gallery() -> None:
    async with playing(LabyrinthModel) as player:
        (first,) = await player.next_frames(1)
        assert to_rgb(first.i420).shape == (480, 640, 3)
        palace = await picture(player, player.send("start_at", place="palace-hall"))
        neon = await picture(player, player.send("start_at", place="neon-hall"))
        assert palace.mean() > neon.mean() + 60
        turned = await picture(player, player.send("turn_left", pressed=True))
        later = to_rgb((await player.next_frames(4))[-1].i420)
        assert np.abs(later.astype(int) - turned).mean() > 4
        seq = player.send("set_prompt", prompt="a spaceship")
        await player.until(lambda: any(e.seq == seq for e in player.errors))
        assert player.errors[-1].error.code == "input.invalid"
        assert "dungeon, hedge, frost" in player.errors[-1].error.message


async def test_the_seed_decides_every_frame() -> None:
    async def frames(seed: int) -> list[np.ndarray]:
        async with playing(LabyrinthModel) as player:
            player.send("forward", pressed=True)
            await player.next_frames(2)
            seq = player.send("reset", seed=seed)
            first = await picture(player, seq)
            return [first, *(to_rgb(f.i420) for f in await player.next_frames(3))]

    one, same, other = await frames(5), await frames(5), await frames(6)
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not np.array_equal(one[0], other[0])


def test_any_picture_starts_a_world_in_the_look_nearest_to_it() -> None:
    engine = Engine()
    engine.load(LoadContext(logging.getLogger("test"), lambda stage, fraction: None))
    for place, frame in engine.gallery.items():
        engine.reset(frame[::2, ::2])
        assert LOOK_NAMES[engine.look] == place.split("-")[0]
    engine.reset(np.random.default_rng(0).integers(0, 255, (90, 500, 3), np.uint8))
    frame = engine.step(Action(turn=0.1), denoising_steps=4, temperature=0.0)
    assert frame.shape == (480, 640, 3)
    assert frame.dtype == np.uint8
