"""``lucid.golden``: what it says of a port whose engine differs from upstream's loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lucid import InputFile, LucidModel, LucidSession, hold, image_input, input, manifest, publish
from lucid.golden import Frames, Rollout, Step, check, import_upstream, tiny_port
from lucid.golden.steps import scripts
from tests.engines.porting import kept_port

SIZE = (WIDTH, HEIGHT) = (20, 16)


class World:
    """Two frames per step, which depend on all inputs, and on the steps before."""

    def __init__(self) -> None:
        self.reset(None)

    def reset(self, picture: np.ndarray | None) -> None:
        rng = np.random.default_rng(0)
        start = rng.integers(0, 256, (HEIGHT, WIDTH, 3)) if picture is None else picture
        self.picture = start / 255

    def step(self, held: Sequence[str], prompt: str) -> Frames:
        shift = 0.3 * ("left" in held) - 0.2 * ("right" in held) + 0.1 * (prompt == "desert")
        change = np.array([shift, shift / 2, 0.05])
        frames = np.stack([(self.picture + n * change) % 1 for n in (1, 2)])
        self.picture = frames[-1]
        return frames


def upstream(steps: Rollout) -> list[Frames]:
    world, prompt, chunks = World(), "", []
    world.reset(steps[0].get("start"))
    for step in steps:
        prompt = step.get("words", prompt)
        chunks.append(world.step([*step], prompt))
    return chunks


class Session(LucidSession["Model"]):
    def __init__(self, model: Model, ctx: Any) -> None:
        super().__init__(model, ctx)
        self.held: dict[str, bool] = {}
        self.prompt = ""
        self.picture: np.ndarray | None = None

    @input(description="Left", binding=hold(keys=("KeyA",)))
    def left(self, pressed: bool) -> None:
        self.held["left"] = pressed

    @input(description="Right", binding=hold(keys=("KeyD",)))
    def right(self, pressed: bool) -> None:
        self.held["right"] = pressed

    @input(description="Words")
    def words(self, text: str) -> None:
        self.prompt = text

    @input(description="Start")
    def start(self, image: InputFile = image_input(size=SIZE)) -> None:
        self.picture = image.rgb()

    async def run(self) -> None:
        self.model.world.reset(self.picture)
        while self.ctx.running:
            held = [name for name, down in self.held.items() if down]
            frames = self.model.change(self.model.world.step(held, self.prompt))
            await self.ctx.publish("main_video", frames.astype(np.float32))


class Model(LucidModel):
    name = "toy"
    session_cls = Session
    outputs = (publish.video(name="main_video", width=WIDTH, height=HEIGHT, pixel_range="[0,1]"),)
    change: Callable[[Frames], Frames] = staticmethod(lambda frames: frames)

    def load(self, ctx: Any) -> None:
        self.world = World()


def test_an_equal_engine_passes() -> None:
    check(Model, upstream, chunks=6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda frames: frames[..., ::-1], "nearly match if red and blue are swapped"),
        (lambda frames: frames[::-1], "nearly match if the order of the frames is reversed"),
        (lambda frames: frames[:, :, ::-1], "nearly match if left and right are mirrored"),
        (lambda frames: frames / 2 + 0.5, r"range of the pixels is wrong: \[-1,1\] as \[0,1\]"),
        (
            lambda frames: frames[:1],
            r"frames are \(1, 16, 20, 3\), upstream's are \(2, 16",
        ),
        (
            lambda frames: frames + 0.1,
            r"chunk 1, frame 1: the engine's pictures differ .* by up to",
        ),
    ],
)
def test_a_fault_is_named(change: Callable[[Frames], Frames], message: str) -> None:
    faulty = type("Faulty", (Model,), {"change": staticmethod(change)})
    with pytest.raises(AssertionError, match=message):
        check(faulty, upstream, chunks=4)


def test_a_swapped_key_is_found_where_it_is_pressed() -> None:
    def swapped(self: Session, pressed: bool) -> None:
        self.held["right"] = pressed

    session = type("Swapped", (Session,), {"left": input(binding=hold(keys=("KeyA",)))(swapped)})
    with pytest.raises(AssertionError, match="from the start, chunk"):
        check(type("Faulty", (Model,), {"session_cls": session}), upstream, chunks=4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda step: step.pop("left", 0), "the tiny weights ignore left"),
        (
            lambda step: step.update({"left": True} if step.pop("right", 0) else {}),
            "the tiny weights cannot tell left from right",
        ),
    ],
)
def test_weights_that_ignore_an_input_are_a_fault_of_the_test(
    change: Callable[[Step], Any], message: str
) -> None:
    def deaf(steps: Rollout) -> list[Frames]:
        steps = [dict(step) for step in steps]
        for step in steps:
            change(step)
        return upstream(steps)

    with pytest.raises(AssertionError, match=message):
        check(Model, deaf, chunks=4)


def test_no_two_keys_of_a_port_are_held_in_the_same_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = manifest(kept_port("oasis", tmp_path, monkeypatch).model_cls).inputs
    steps, _, pairs = scripts(inputs, 12)
    keys = [given.name for given in inputs if given.binding and given.binding.kind == "hold"]
    held = {key: tuple(key in step for step in steps) for key in keys}
    assert len(keys) == 22
    assert len(set(held.values())) == len(keys)
    assert all(any(chunks) and not all(chunks) for chunks in held.values())
    assert any(all(key in step for key in keys) for step in steps)
    walks = {"forward", "left", "back", "right"}
    held_together = {tuple(sorted(walks & step.keys())) for step in pairs}
    assert held_together == set(combinations(sorted(walks), 2))
    with pytest.raises(ValueError, match="22 keys need more than 5 chunks"):
        scripts(inputs, 5)


def test_a_tiny_port_has_other_constants_until_its_block_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = kept_port("sana-wm", tmp_path, monkeypatch)
    with tiny_port(port.name, tmp_path, WIDTH=64) as module:
        assert (module.WIDTH, module.Engine.load.__globals__["FOCAL_PX"]) == (64, 40)
    assert port.engine.FOCAL_PX == 800
    refused = {"has no constant DEPTH": {"DEPTH": 1}, "swapped": {"WIDTH": 64, "HEIGHT": 64}}
    for message, constants in refused.items():
        with pytest.raises(AssertionError, match=message):
            tiny_port(port.name, tmp_path, **constants).__enter__()


def test_without_upstream_s_code_the_test_is_skipped_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = kept_port("oasis", tmp_path, monkeypatch)
    with pytest.raises(pytest.skip.Exception, match="lucid sync"):
        import_upstream(port.name)
    code = tmp_path / "code"
    code.mkdir()
    (code / "dit.py").write_text("import a_package_that_nobody_has", "utf-8")
    port.put_upstream(code)
    with pytest.raises(pytest.skip.Exception, match="No module named 'a_package_that_nobody_has'"):
        import_upstream(port.name, modules=("dit",))
    port.close()
