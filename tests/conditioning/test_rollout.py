"""Where a rollout starts, how its chunks grow, and when it ends."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from lucid.conditioning import (
    Context,
    ForkedRng,
    LivePrompt,
    RollingWindow,
    clear_caches,
    denoise,
    frames_of_latents,
    seed_clip,
    seed_picture,
    seed_video,
    warm_up,
)


@pytest.mark.parametrize(
    ("latents", "first", "frames"), [(3, True, 9), (3, False, 12), (15, True, 57), (1, True, 1)]
)
def test_the_first_latent_of_a_rollout_is_one_frame(latents: int, first: bool, frames: int) -> None:
    assert frames_of_latents(latents, first=first) == frames


def test_a_picture_is_made_noisy_again_before_each_step_but_the_first() -> None:
    calls: list[tuple[str, str, int]] = []

    def predict(latents: str, time: int) -> str:
        calls.append(("predict", latents, time))
        return f"clean{time}"

    def renoise(latents: str, time: int) -> str:
        calls.append(("renoise", latents, time))
        return f"noisy{time}"

    assert denoise("noise", (9, 5, 2), predict, renoise) == "clean2"
    assert calls == [
        ("predict", "noise", 9),
        ("renoise", "clean9", 5),
        ("predict", "noisy5", 5),
        ("renoise", "clean5", 2),
        ("predict", "noisy2", 2),
    ]


def test_a_context_ends_when_it_is_full_and_a_reset_empties_it() -> None:
    context = Context(3)
    context.fill()
    assert not context.ended
    context.fill(2)
    assert context.ended
    assert (context.filled, context.steps) == (3, 3)
    context.reset()
    assert not context.ended
    assert context.filled == 0


def test_a_context_holds_something() -> None:
    with pytest.raises(ValueError, match="0 steps"):
        Context(0)


def test_a_full_window_drops_the_oldest_step_that_is_not_in_the_sink() -> None:
    window = RollingWindow[str](4, sink=1, positions=6)
    for step in "abcde":
        window.add(step)
    assert (window.position, window.ended) == (5, False)
    window.add("f")
    assert window.ended
    assert window.restart() == ["a", "d", "e", "f"]
    assert (window.position, window.ended, window.restart()) == (0, False, [])


@pytest.mark.parametrize(
    ("steps", "sink", "positions"), [(0, 0, 5), (3, 3, 5), (3, -1, 5), (5, 1, 5)]
)
def test_a_window_has_room_beside_its_sink_and_fits_the_positions(
    steps: int, sink: int, positions: int
) -> None:
    with pytest.raises(ValueError, match="0 <= sink < steps < positions"):
        RollingWindow[str](steps, sink=sink, positions=positions)


def test_a_prompt_is_encoded_only_where_it_is_another() -> None:
    encoded: list[str] = []

    def encode(text: str) -> int:
        encoded.append(text)
        return len(text)

    prompt = LivePrompt(encode, "calm")
    assert [prompt.set(text) for text in ("calm", "storms", "storms")] == [False, True, False]
    assert prompt.encoded == 6
    assert encoded == ["calm", "storms"]


def test_a_prompt_that_cannot_be_encoded_is_not_taken_for_the_one_in_use() -> None:
    def encode(text: str) -> str:
        if text == "bad":
            raise RuntimeError("no")
        return text

    prompt = LivePrompt(encode, "good")
    with pytest.raises(RuntimeError):
        prompt.set("bad")
    assert prompt.encoded == "good"
    assert not prompt.set("good")


def picture() -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.arange(2 * 4 * 3, dtype=np.uint8).reshape(2, 4, 3)


@pytest.mark.parametrize(
    ("axes", "shape"), [("THWC", (5, 2, 4, 3)), ("TCHW", (5, 3, 2, 4)), ("CTHW", (3, 5, 2, 4))]
)
def test_a_still_is_repeated_in_the_model_s_axes(axes: Any, shape: tuple[int, ...]) -> None:
    clip = seed_clip(picture(), (4, 2), 5, axes=axes)
    assert clip.shape == shape
    assert clip.dtype == np.uint8
    assert clip.flags.c_contiguous and clip.flags.writeable
    assert set(clip.flatten()) == set(range(24))


@pytest.mark.parametrize(("pixel_range", "ends"), [("[0,1]", (0, 1)), ("[-1,1]", (-1, 1))])
def test_a_still_fills_the_model_s_range(pixel_range: Any, ends: tuple[int, int]) -> None:
    black_and_white = np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8)
    clip = seed_clip(black_and_white, (2, 1), pixel_range=pixel_range)
    assert clip.dtype == np.float32
    assert (clip.min(), clip.max()) == ends


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((2, 4, 3)),
        np.zeros((2, 4), np.uint8),
        np.zeros((4, 2, 3), np.uint8),
        np.zeros((2, 4, 4), np.uint8),
        np.zeros((1, 2, 4, 3), np.uint8),
    ],
)
def test_a_seed_frame_of_another_size_or_dtype_is_refused(wrong: Any) -> None:
    for made in (lambda: seed_clip(wrong, (4, 2)), lambda: seed_picture(wrong, (4, 2))):
        with pytest.raises(
            ValueError, match=r"seed frame of this model is uint8 .*\(2, 4, 3\), got"
        ):
            made()


def test_a_seed_clip_has_all_its_frames() -> None:
    frames = np.zeros((9, 2, 4, 3), np.uint8)
    assert seed_video(frames, (4, 2), 9) is frames
    with pytest.raises(ValueError, match=r"\(12, 2, 4, 3\), got uint8 of shape \(9, 2, 4, 3\)"):
        seed_video(frames, (4, 2), 12)


def test_without_a_seed_frame_a_rollout_starts_at_plain_grey() -> None:
    assert seed_picture(None, (4, 2)).shape == (2, 4, 3)
    assert set(seed_clip(None, (4, 2)).flatten()) == {128}


def test_a_forked_rng_gives_a_rollout_its_own_numbers_and_leaves_the_others_alone() -> None:
    torch = pytest.importorskip("torch")

    def draw() -> list[float]:
        return [random.random(), float(np.random.rand()), float(torch.rand(()))]

    rng = ForkedRng(torch, rng_seed=7)
    with rng:
        first = draw()
    outside = draw()
    with rng:
        second = draw()
    assert second != first and outside not in (first, second)
    rng.reset()
    with rng:
        assert [draw(), draw()] == [first, second]
    before = random.getstate(), np.random.get_state(legacy=False), torch.get_rng_state()
    with pytest.raises(ZeroDivisionError), rng:
        draw()
        1 / 0  # noqa: B018 - upstream code fails
    after = random.getstate(), np.random.get_state(legacy=False), torch.get_rng_state()
    assert after[0] == before[0]
    assert str(after[1]) == str(before[1])
    assert torch.equal(after[2], before[2])


class Caches:
    keys: object = "full"
    mouse: object = "full"


def test_a_reset_empties_every_cache() -> None:
    caches = Caches()
    clear_caches(caches, "keys", "mouse")
    assert caches.keys is None and caches.mouse is None


def test_a_cache_that_upstream_renamed_is_not_passed_over() -> None:
    with pytest.raises(AttributeError, match="Caches has no keyboard"):
        clear_caches(Caches(), "keyboard")


class Recorder:
    def __init__(self) -> None:
        self.calls: list[Any] = []

    def reset(self, seed_frame: Any = None) -> None:
        self.calls.append(None if seed_frame is None else seed_frame.shape)

    def step(self, action: Any) -> None:
        self.calls.append(action)


def test_a_warm_up_plays_the_real_shapes_and_ends_at_a_new_start() -> None:
    engine = Recorder()
    warm_up(engine, "still", seed_size=(6, 8))
    assert engine.calls == [(6, 8, 3), "still", "still", None]


def test_a_warm_up_without_a_seed_size_seeds_nothing() -> None:
    engine = Recorder()
    warm_up(engine, "still", steps=1)
    assert engine.calls == [None, "still", None]
