"""Make the inputs of a player, chunk by chunk: each input alone, and all inputs together."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, combinations
from typing import Any

import numpy as np

from lucid.authoring.bindings import AxisBinding, HoldBinding, PointerBinding, WheelBinding
from lucid.authoring.manifest import InputSpec

Step = dict[str, Any]
"""The inputs before one chunk, by name: ``{"forward": True, "look": (40.0, 0.0)}``.

The order of the keys is the order in which they are pressed. A key or axis without a value is at
rest. Pointer motion is (x, y) in CSS pixels, and a picture is (H, W, 3) uint8.
"""

Rollout = Sequence[Step]
"""The steps from one reset to the next."""

PROMPTS = ("forest", "desert")
"""The prompts that are sent. A tiny tokenizer must know both."""

_SLOTS = 6
_GROUP = 4
_MOTIONS = ((40.0, 0.0), (0.0, -30.0), (-10.0, 20.0), (0.0, 0.0), (420.0, 170.0), (-90.0, -300.0))
_WHEEL = (1.0, 0.0, -2.0)
_AXES = (0.75, -0.25, 0.0, -1.0, 0.5)


def first_step(inputs: Sequence[InputSpec], *, prompt: str, rng_seed: int | None = None) -> Step:
    """Return the inputs that start a rollout: the prompt and, if seeded, a random picture."""
    step: Step = {}
    for given in inputs:
        if is_prompt(given):
            step[given.name] = prompt
        elif rng_seed is not None and (size := picture_size(given)):
            step[given.name] = _picture(size, rng_seed)
    return step


def each_alone(inputs: Sequence[InputSpec]) -> Iterator[tuple[str, Step]]:
    """Yield one step for every value that an input can have, with a name for messages."""
    for given in inputs:
        name = given.name
        if isinstance(given.binding, HoldBinding):
            yield name, {name: True}
        elif isinstance(given.binding, AxisBinding | WheelBinding):
            yield from ((f"{name}({value:+})", {name: value}) for value in (1.0, -1.0))
        elif isinstance(given.binding, PointerBinding):
            for motion in ((40.0, 0.0), (-40.0, 0.0), (0.0, 40.0), (0.0, -40.0)):
                yield f"{name}{motion}", {name: motion}
        elif is_prompt(given):
            yield name, {name: PROMPTS[1]}
        elif size := picture_size(given):
            yield name, {name: _picture(size, 0)}


def scripts(inputs: Sequence[InputSpec], chunks: int) -> list[list[Step]]:
    """Return rollouts in which every input takes part.

    In the first two rollouts, each key has its own set of chunks in which it is held, and one chunk
    holds all keys at once. Every second chunk presses the keys in the opposite order. The prompt
    changes halfway. The second rollout is half as long, starts elsewhere in the pattern, and has no
    picture.

    If there are four keys or more, a third rollout holds each pair of each group of four keys:
    forward and left, forward and back, and so on.

    Raises:
        ValueError: There are too few chunks for so many keys.
    """
    keys = [given.name for given in inputs if isinstance(given.binding, HoldBinding)]
    slots = min(chunks - 1, _SLOTS)
    patterns = list(chain.from_iterable(combinations(range(slots), n) for n in range(1, slots)))
    if len(patterns) < len(keys):
        raise ValueError(
            f"{len(keys)} keys need more than {chunks} chunks to differ from each other"
        )
    held = dict(zip(keys, patterns, strict=False))
    first = [_step(inputs, held, slots, index, 0, chunks) for index in range(chunks)]
    half = max(chunks // 2, 3)
    second = [_step(inputs, held, slots, index, 1, half) for index in range(half)]
    rollouts = [_in_order(first), _in_order(second)]
    return [*rollouts, _pairs(inputs, keys)] if len(keys) >= _GROUP else rollouts


def _pairs(inputs: Sequence[InputSpec], keys: Sequence[str]) -> list[Step]:
    steps: list[Step] = []
    for pair in combinations(range(_GROUP), 2):
        held = (key for number, key in enumerate(keys) if number % _GROUP in pair)
        steps.append(dict.fromkeys(held, True))
    return _in_order([{**first_step(inputs, prompt=PROMPTS[0]), **steps[0]}, *steps[1:]])


def _in_order(steps: Sequence[Step]) -> list[Step]:
    """Put the keys that stay down before the keys that are pressed later."""
    ordered: list[Step] = []
    for step in steps:
        down = [name for name in (ordered[-1] if ordered else ()) if step.get(name) is True]
        ordered.append({**{name: step[name] for name in down}, **step})
    return ordered


def _step(
    inputs: Sequence[InputSpec],
    held: Mapping[str, Sequence[int]],
    slots: int,
    index: int,
    turn: int,
    chunks: int,
) -> Step:
    at = index + turn
    seeded = None if turn else 0
    step = {} if index else first_step(inputs, prompt=PROMPTS[turn], rng_seed=seeded)
    slot = at % (slots + 1)
    pressed = [key for key, places in held.items() if slot == slots or slot in places]
    step |= dict.fromkeys(pressed if index % 2 else reversed(pressed), True)
    for number, given in enumerate(inputs):
        if isinstance(given.binding, PointerBinding):
            step[given.name] = _MOTIONS[at % len(_MOTIONS)]
        elif isinstance(given.binding, WheelBinding):
            step[given.name] = _WHEEL[at % len(_WHEEL)]
        elif isinstance(given.binding, AxisBinding):
            step[given.name] = _AXES[(at + number * (at + 1)) % len(_AXES)]
        elif is_prompt(given) and index == chunks // 2:
            step[given.name] = PROMPTS[1 - turn]
    return step


def is_prompt(given: InputSpec) -> bool:
    """Return whether an input is one free text."""
    (only, *more) = given.arguments["properties"].values() or [{}]
    return not more and only.get("type") == "string" and not {"enum", "file"} & only.keys()


def picture_size(given: InputSpec) -> tuple[int, int] | None:
    """Return (width, height) if the input is one picture of a declared size."""
    (only, *more) = given.arguments["properties"].values() or [{}]
    size = only.get("file", {}).get("size")
    return None if more or size is None else tuple(size)


def _picture(size: tuple[int, int], rng_seed: int) -> np.ndarray:
    width, height = size
    rng = np.random.default_rng(rng_seed)
    return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
