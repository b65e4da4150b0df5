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
    # HY-WorldPlay
    Mutant(
        "worldplay",
        "left and right are swapped",
        'LEFT = ("right", -1)\n    BACK = ("forward", -1)\n    RIGHT = ("right", 1)',
        'LEFT = ("right", 1)\n    BACK = ("forward", -1)\n    RIGHT = ("right", -1)',
    ),
    Mutant(
        "worldplay",
        "up and down are swapped",
        'UP = ("pitch", 1)\n    LOOK_LEFT = ("yaw", -1)\n    LOOK_DOWN = ("pitch", -1)',
        'UP = ("pitch", -1)\n    LOOK_LEFT = ("yaw", -1)\n    LOOK_DOWN = ("pitch", 1)',
    ),
    Mutant("worldplay", "the camera walks too far", "walk=0.08", "walk=0.1"),
    Mutant("worldplay", "the camera turns too little", "np.deg2rad(3)", "np.deg2rad(2)"),
    Mutant("worldplay", "the camera stays on the ground", ", flies=True)", ")"),
    Mutant("worldplay", "a lens of another angle", "969.7 / 1080, 0.5", "969.7 / 1920, 0.5"),
    Mutant("worldplay", "views are poses, not their inverse", "np.linalg.inv(poses)", "poses"),
    Mutant(
        "worldplay",
        "two classes of actions are swapped",
        "(-1, 0), (0, 1), (0, -1), (1, 1)",
        "(-1, 0), (0, -1), (0, 1), (1, 1)",
    ),
    Mutant(
        "worldplay",
        "the class of a move is that of a turn",
        "len(WAYS) * move + turn",
        "len(WAYS) * turn + move",
    ),
    Mutant("worldplay", "an action leads to the picture", "classes[0] = 0", "pass"),
    Mutant(
        "worldplay",
        "the memory has fewer of the latest latents",
        '"temporal_context_size": 12',
        '"temporal_context_size": 8',
    ),
    Mutant(
        "worldplay",
        "the memory has fewer latents of a similar view",
        '"memory_frames": 20',
        '"memory_frames": 16',
    ),
    Mutant("worldplay", "the past is told to be clean", "MEMORY_TIME = 14", "MEMORY_TIME = 0"),
    Mutant(
        "worldplay",
        "the past has no start picture",
        "self._torch.cat([self._latents, self._seen], 1)",
        "self._torch.cat([self._latents, self._seen * 0], 1)",
    ),
    Mutant(
        "worldplay",
        "positions count from the start of the rollout",
        '"start_rope_start_idx": past,',
        '"start_rope_start_idx": start,',
    ),
    Mutant("worldplay", "one denoising step less", "DENOISING_STEPS = 4", "DENOISING_STEPS = 3"),
    Mutant("worldplay", "the shift of the schedule is wrong", "pipe.config.flow_shift", "3.0"),
    Mutant(
        "worldplay",
        "every chunk starts with the picture",
        "seed if start == 0 else torch.zeros_like(seed)",
        "seed",
    ),
    Mutant(
        "worldplay",
        "the padding of a prompt is read",
        'encoder_attention_mask=given["mask"][row, None]',
        'encoder_attention_mask=torch.ones_like(given["mask"][row, None])',
    ),
    Mutant(
        "worldplay",
        "the prompt is read as one for a picture",
        'data_type="video"',
        'data_type="image"',
    ),
    Mutant(
        "worldplay",
        "a new prompt keeps the old text in the cache",
        "        if self._prompt.set(prompt):\n            self._text_is_cached = False\n",
        "        self._prompt.set(prompt)\n",
    ),
    Mutant(
        "worldplay",
        "a reset keeps the old picture in the cache",
        "        self._text_is_cached = False  # the cache also holds the picture\n",
        "        self._text_is_cached = hasattr(self, '_caches')\n",
    ),
    Mutant(
        "worldplay",
        "the latents are scaled twice",
        "latents / vae.config.scaling_factor",
        "latents / vae.config.scaling_factor**2",
    ),
    Mutant(
        "worldplay",
        "the decoder starts anew with each chunk",
        "first_chunk=is_first and index == 0",
        "first_chunk=index == 0",
    ),
    Mutant(
        "worldplay",
        "a reset keeps the memory of the decoder",
        "        pipe.vae.clear_cache()\n",
        "",
    ),
    Mutant(
        "worldplay",
        "a reset keeps the random numbers",
        "self._generator = generator.manual_seed(RNG_SEED)",
        "self._generator = getattr(self, '_generator', generator.manual_seed(RNG_SEED))",
    ),
]
