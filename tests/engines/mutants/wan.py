"""Mistakes in engines of Wan's video models that follow prompts or game keys."""

from __future__ import annotations

from tests.engines.mutants.mutant import GOLDEN_TEST, Mutant

MUTANTS = [
    # Self-Forcing
    Mutant(
        "self-forcing",
        "the generator in place of its EMA",
        'NETWORK = "generator_ema"',
        'NETWORK = "generator"',
    ),
    Mutant(
        "self-forcing",
        "no clean pass after a block",
        "        self._predict_next(latents, self._pipe.args.context_noise)\n",
        "",
    ),
    Mutant(
        "self-forcing",
        "the window forgets the first block",
        '"sink_size": sink}',
        '"sink_size": 0}',
    ),
    Mutant(
        "self-forcing",
        "the blocks that are read again are not those of the cache",
        "sink=SINK_STEPS, ",
        "sink=0, ",
    ),
    Mutant("self-forcing", "the shift of the schedule is wrong", "shift=shift,", "shift=3.0,"),
    # Krea Realtime
    Mutant(
        "self-forcing",
        "latents are scaled twice",
        "latents.transpose(1, 2), self._vae.scale)",
        "latents.transpose(1, 2) * 1.1, self._vae.scale)",
    ),
    Mutant(
        "self-forcing",
        "the positions are one latent too far",
        "self._window.position * LATENTS_PER_STEP)",
        "self._window.position * LATENTS_PER_STEP + 1)",
    ),
    Mutant(
        "self-forcing",
        "the times of the steps are not whole numbers",
        "dtype=torch.int64) * time",
        "dtype=torch.float32) * (time + 0.5)",
    ),
    Mutant(
        "krea-realtime",
        "the past is not read before a block",
        "        self._predict(self._past, 0, start=CONTEXT_LATENTS)\n",
        "",
    ),
    Mutant(
        "krea-realtime",
        "the past starts with a moving latent",
        "if not self._starts_still:",
        "if False:",
    ),
    Mutant(
        "krea-realtime",
        "one denoising step less",
        "DENOISING_STEPS = 5",
        "DENOISING_STEPS = 4",
    ),
    # Yume
    Mutant("yume", "the shift of the schedule is wrong", "SHIFT = 7.0", "SHIFT = 5.0"),
    Mutant(
        "yume",
        "one denoising step less",
        "DENOISING_STEPS = 4",
        "DENOISING_STEPS = 3",
        caught=(GOLDEN_TEST, "LUC510"),
    ),
    Mutant("yume", "the time is in 0..1 instead of 0..1000", "1000 * sigma", "sigma"),
    Mutant(
        "yume",
        "the network takes past latents for noisy ones",
        "        times[:, : -tokens * chunk] = 0\n",
        "",
    ),
    Mutant("yume", "the start clip is too short", "FRAMES = 17", "FRAMES = 13"),
    Mutant(
        "yume",
        "only the last chunk is remembered",
        "torch.cat([*past, latents], 1)",
        "torch.cat([*past[-1:], latents], 1)",
    ),
    Mutant(
        "yume",
        "a reset keeps the random numbers",
        "self._generator = torch",
        "self._generator = getattr(self, '_generator', None) or torch",
    ),
    Mutant("yume", "the prompt names the turn before the move", "{move} {turn}", "{turn} {move}"),
    Mutant(
        "yume",
        "up and down are swapped",
        'UP = ("pitch", 1)\n    LOOK_LEFT = ("yaw", -1)\n    LOOK_DOWN = ("pitch", -1)',
        'UP = ("pitch", -1)\n    LOOK_LEFT = ("yaw", -1)\n    LOOK_DOWN = ("pitch", 1)',
    ),
]
