"""Mistakes in engines that move a camera."""

from __future__ import annotations

from tests.engines.mutants.mutant import Mutant

MUTANTS = [
    # ABot-World
    Mutant("abot-world", "two keys are swapped", 'LEFT = "A"', 'LEFT = "D"'),
    Mutant(
        "abot-world",
        "a new prompt drops the picture",
        "{**kept, **self._pipe.conditional_dict}",
        "self._pipe.conditional_dict",
    ),
    Mutant(
        "abot-world",
        "a reset keeps the memory of the decoder",
        "        pipe.vae.model.clear_cache()\n",
        "",
    ),
    Mutant("abot-world", "a reset keeps the random numbers", "        self._rng.reset()\n", ""),
    Mutant(
        "abot-world",
        "the small autoencoder's frames declared as [0, 1]",
        'PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[-1,1]"',
        'PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[0,1]"',
    ),
    # Zing
    Mutant(
        "zing",
        "two keys are swapped",
        "    LEFT = 1\n    BACK = 2\n    RIGHT = 3\n",
        "    LEFT = 3\n    BACK = 2\n    RIGHT = 1\n",
    ),
    Mutant(
        "zing",
        "the keys of the blocks before are forgotten",
        "cache.action_history[:, -cache.action_history_frames :]",
        "None",
    ),
    Mutant(
        "zing",
        "a new prompt keeps the old text in the cache",
        "prompt_switch=self._prompt_is_new",
        "prompt_switch=False",
    ),
    Mutant("zing", "fewer first latents stay in sight", "33, 5\n", "33, 1\n", caught=("LUC510",)),
    Mutant("zing", "a reset keeps the random numbers", "        self._rng.reset()\n", ""),
    # DreamX-World
    Mutant("dreamx-world", "the camera turns about other axes", ", flies=True)", ")"),
    Mutant(
        "dreamx-world",
        "the cameras are those of the rollout, not of the block",
        "        self._seen_from = poses[-1]\n",
        "",
    ),
    Mutant(
        "dreamx-world",
        "a new prompt keeps the old text in the cache",
        'cache["is_init"] = False',
        "pass",
    ),
    Mutant(
        "dreamx-world",
        "the past is clean instead of a little noisy",
        "pipe.args.context_noise, cameras",
        "0, cameras",
    ),
    # LingBot-World, the base model
    Mutant(
        "lingbot-world",
        "a clip starts at the first frame of the one before",
        "last = (frames[-1] + 1) * 127.5",
        "last = (frames[0] + 1) * 127.5",
    ),
    Mutant(
        "lingbot-world",
        "all clips start from the same noise",
        "seed=RNG_SEED + self._clips,",
        "seed=RNG_SEED,",
    ),
    Mutant("lingbot-world", "the camera turns too fast", "np.deg2rad(2)", "np.deg2rad(3)"),
    Mutant(
        "lingbot-world",
        "the guidance is upstream's default, not that of the model",
        "guide_scale=self._config.sample_guide_scale,",
        "guide_scale=4.0,",
    ),
    # LingBot-World, the fast model
    Mutant(
        "lingbot-world-fast",
        "no clean pass after a chunk",
        "        self._flow(clean, self._times[-1] * 0, seen, rays)\n",
        "",
    ),
    Mutant(
        "lingbot-world-fast",
        "the cache forgets the first chunk",
        "sink_size=SINK,",
        "sink_size=0,",
    ),
    Mutant(
        "lingbot-world-fast",
        "the window is a chunk shorter",
        "WINDOW = 18",
        "WINDOW = 15",
        caught=("LUC510",),
    ),
    Mutant(
        "lingbot-world-fast",
        "a table of more positions than upstream's",
        "POSITIONS = 1024",
        "POSITIONS = 2048",
    ),
    Mutant("lingbot-world-fast", "up and down are swapped", '("up", 1)', '("up", -1)'),
    Mutant("lingbot-world-fast", "the camera rolls the wrong way", '("roll", 1)', '("roll", -1)'),
    Mutant(
        "lingbot-world-fast",
        "left and right are swapped",
        'LEFT = ("right", -1)\n    BACK = ("forward", -1)\n    RIGHT = ("right", 1)',
        'LEFT = ("right", 1)\n    BACK = ("forward", -1)\n    RIGHT = ("right", -1)',
    ),
    Mutant(
        "lingbot-world-fast",
        "the denoising steps are evenly spaced",
        "TIMES = [0, 179, 358, 679]",
        "TIMES = [0, 250, 500, 750]",
    ),
    Mutant("lingbot-world-fast", "the camera turns too fast", "np.deg2rad(2)", "np.deg2rad(3)"),
    Mutant(
        "lingbot-world-2",
        "the denoising steps of the first LingBot-World",
        "[0, 250, 500, 750]",
        "[0, 179, 358, 679]",
    ),
    Mutant(
        "lingbot-world-2",
        "the first step of a chunk sets the scale of all",
        "axis=1).max()",
        "axis=1)[0]",
    ),
    Mutant(
        "lingbot-world-2",
        "the start picture stays in sight",
        "self._seen[min(self._steps, SEEN_STEPS - 1)]",
        "self._seen[0]",
    ),
    Mutant(
        "lingbot-world-2",
        "the decoder gets latents without their mean",
        "latents / scale + mean",
        "latents / scale",
    ),
]
