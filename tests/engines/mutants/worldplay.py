"""Mistakes in the engine of HY-WorldPlay."""

from __future__ import annotations

from tests.engines.mutants.mutant import GOLDEN_TEST, Mutant

MUTANTS = [
    Mutant(
        "worldplay",
        "left and right are swapped",
        'LEFT = ("right", -1)\n    BACK = ("forward", -1)\n    RIGHT = ("right", 1)',
        'LEFT = ("right", 1)\n    BACK = ("forward", -1)\n    RIGHT = ("right", -1)',
    ),
    Mutant("worldplay", "the camera walks a little faster", "walk=0.08", "walk=0.1"),
    Mutant("worldplay", "the camera turns a little less", "np.deg2rad(3)", "np.deg2rad(2.5)"),
    Mutant("worldplay", "another field of view", "969.7 / 1920", "969.7 / 1080"),
    Mutant(
        "worldplay",
        "the numbers of two moves are swapped",
        "(1, 1), (1, -1), (-1, 1)",
        "(1, -1), (1, 1), (-1, 1)",
    ),
    Mutant(
        "worldplay", "a turn counts as a walk", "len(WAYS) * move + turn", "len(WAYS) * turn + move"
    ),
    Mutant(
        "worldplay",
        "the network takes past latents for clean ones",
        "MEMORY_TIME = 14",
        "MEMORY_TIME = 0",
    ),
    Mutant(
        "worldplay", "fewer past latents are in sight", '"memory_frames": 20', '"memory_frames": 16'
    ),
    Mutant(
        "worldplay",
        "a full memory loses the first chunk",
        "[*range(chunk), *range(2 * chunk, count)]",
        "[*range(chunk, count)]",
    ),
    Mutant(
        "worldplay",
        "a full memory keeps the oldest classes of actions",
        "self._classes[kept]",
        "self._classes[: len(kept)]",
    ),
    Mutant(
        "worldplay",
        "a full memory has a chunk less",
        "count > MEMORY_STEPS * chunk",
        "count >= MEMORY_STEPS * chunk",
    ),
    Mutant(
        "worldplay",
        "only near points count when views are compared",
        "50_000, 8.0",
        "50_000, 2.0",
    ),
    Mutant(
        "worldplay",
        "one denoising step less",
        "DENOISING_STEPS = 4",
        "DENOISING_STEPS = 3",
        caught=(GOLDEN_TEST, "LUC510"),
    ),
    Mutant(
        "worldplay",
        "a new prompt keeps the old text in the cache",
        "        if self._prompt.set(prompt):\n            self._text_is_cached = False",
        "        self._prompt.set(prompt)",
    ),
    Mutant(
        "worldplay",
        "the positions of a chunk start at 0",
        '"start_rope_start_idx": past,',
        '"start_rope_start_idx": 0,',
    ),
    Mutant(
        "worldplay",
        "every chunk gets the start picture",
        "seed if start == 0 else torch.zeros_like(seed)",
        "seed",
    ),
    Mutant(
        "worldplay",
        "the decoder starts anew with each chunk",
        "first_chunk=is_first and index == 0",
        "first_chunk=index == 0",
    ),
    Mutant(
        "worldplay",
        "a reset keeps the place of the camera",
        "        self._camera.reset()\n        self._text",
        "        self._text",
    ),
    Mutant(
        "worldplay",
        "a reset keeps the random numbers",
        "self._generator = generator.manual_seed(RNG_SEED)",
        "self._generator = getattr(self, '_generator', None) or generator.manual_seed(RNG_SEED)",
    ),
    Mutant(
        "worldplay",
        "red and blue are swapped",
        ".clamp(-1, 1).transpose(0, 1)",
        ".clamp(-1, 1).transpose(0, 1).flip(1)",
    ),
]
