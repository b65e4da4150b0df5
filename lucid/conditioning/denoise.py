"""The sampling loop of a distilled model: predict clean latents, add noise, predict again."""

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
    """Return the clean latents that the model predicts from ``noise``, with one call per time.

    ``predict`` returns the clean latents for noisy latents at a time. ``renoise`` adds noise to
    clean latents up to the level of a time. The last prediction stays clean.
    """
    latents = renoised = noise
    for index, time in enumerate(times):
        latents = predict(renoised, time)
        if index + 1 < len(times):
            renoised = renoise(latents, times[index + 1])
    return latents
