"""Check an engine against upstream's own loop."""

import sys
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

from lucid.authoring.definition import manifest
from lucid.authoring.manifest import InputSpec
from lucid.authoring.model import LucidModel
from lucid.golden.frames import Frames, compare, difference, upstream_frames
from lucid.golden.play import play
from lucid.golden.steps import PROMPTS, Rollout, each_alone, first_step, scripts

_VISIBLE = 4
"""An input counts if it changes the frames by more than this many times the tolerance."""

Upstream = Callable[[Rollout], Sequence[Frames]]
"""Upstream's own loop: the frames of each chunk, from a reset on."""


def check(
    model_cls: type[LucidModel[Any]],
    upstream: Upstream,
    *,
    chunks: int,
    tolerance: float = 1.0,
    probe_chunks: int = 1,
) -> None:
    """Play two or three rollouts on the engine, and compare every frame with upstream's.

    The first rollout has ``chunks`` chunks, which should exceed the model's context. The second
    rollout follows a reset. It has half as many chunks, other inputs, and the start picture of the
    port. If the port has four keys or more, a third rollout holds two of them at a time.
    ``tolerance`` is in units of 1/255. Inputs of other kinds, such as an uploaded video or a
    choice, are not sent: write a separate test for them.

    The function first checks the test itself. In rollouts of ``probe_chunks`` chunks, upstream's
    frames must depend on every input of the port, and differ from input to input. Upstream's second
    chunk must have as many frames as FRAMES_PER_STEP in ``port.py``.

    Raises:
        AssertionError: A frame differs, or the tiny weights ignore an input. The message names it.
    """
    inputs = manifest(model_cls).inputs
    _check_weights(inputs, upstream, probe_chunks, tolerance)
    rollouts = scripts(inputs, chunks)
    for number, (steps, ours) in enumerate(zip(rollouts, play(model_cls, rollouts), strict=True)):
        first, *others = steps
        theirs = [
            upstream_frames(frames) for frames in upstream([{**ours.start, **first}, *others])
        ]
        where = ("from the start", "after a reset", "with two keys at a time")[number]
        compare(where, ours.chunks, theirs, tolerance)
        _check_length(model_cls, theirs)


def _check_length(model_cls: type[LucidModel[Any]], chunks: Sequence[Frames]) -> None:
    declared = getattr(sys.modules[model_cls.__module__], "FRAMES_PER_STEP", None)
    made = len(chunks[1])
    assert declared in (None, made), (
        f"FRAMES_PER_STEP is {declared}, and a chunk of upstream's has {made} frames"
    )


def _check_weights(
    inputs: Sequence[InputSpec], upstream: Upstream, chunks: int, tolerance: float
) -> None:
    base = first_step(inputs, prompt=PROMPTS[0])
    rollouts = {"": base, **{name: {**base, **step} for name, step in each_alone(inputs)}}
    frames = {
        name: [upstream_frames(chunk) for chunk in upstream([step] * chunks)]
        for name, step in rollouts.items()
    }
    for one, other in combinations(frames, 2):
        if difference(frames[one], frames[other]) <= _VISIBLE * tolerance:
            fault = f"cannot tell {one} from {other}" if one else f"ignore {other}"
            raise AssertionError(
                f"the tiny weights {fault}, so this test would not see a mistake in it: make them "
                "stronger, or correct the loop of upstream in this file"
            )
