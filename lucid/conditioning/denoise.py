"""A distilled model's few steps: predict the clean picture, make it noisy again, predict better."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Latents = TypeVar("Latents")
Time = TypeVar("Time")


def denoise(
    noise: Latents,
    times: Sequence[Time],
    predict: Callable[[Latents, Time], Latents],
    renoise: Callable[[Latents, Time], Latents],
) -> Latents:
    """The clean latents that ``noise`` becomes: one prediction a time, the last one stays clean.

    ``predict`` says what is clean in latents of a time, ``renoise`` brings clean latents to a time.
    """
    latents = renoised = noise
    for index, time in enumerate(times):
        latents = predict(renoised, time)
        if index + 1 < len(times):
            renoised = renoise(latents, times[index + 1])
    return latents
