"""Mistakes in engines of Wan's video models that follow prompts or game keys."""

from __future__ import annotations

from tests.engines.mutants.mutant import SEEDED, Mutant

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
        "other blocks are read again than the cache holds",
        "sink=SINK_STEPS, ",
        "sink=0, ",
    ),
    Mutant("self-forcing", "the shift of the schedule is wrong", "shift=shift,", "shift=3.0,"),
    # Krea Realtime
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
    Mutant("yume", "one denoising step less", "DENOISING_STEPS = 4", "DENOISING_STEPS = 3"),
    Mutant("yume", "the time is a share, not one of 1000", "1000 * sigma", "sigma"),
    Mutant(
        "yume",
        "past latents are told to be noisy",
        "        times[:, : -tokens * chunk] = 0\n",
        "",
    ),
    Mutant("yume", "the start picture stands still too briefly", "FRAMES = 17", "FRAMES = 13"),
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
    Mutant("yume", "turns are told before moves", "{move} {turn}", "{turn} {move}"),
    Mutant(
        "yume",
        "up and down are swapped",
        'UP = ("pitch", 1)\n    LOOK_LEFT = ("yaw", -1)\n    LOOK_DOWN = ("pitch", -1)',
        'UP = ("pitch", -1)\n    LOOK_LEFT = ("yaw", -1)\n    LOOK_DOWN = ("pitch", 1)',
    ),
    # Causal Forcing, by chunks and by frames
    Mutant(
        "causal-forcing",
        "the EMA in place of the generator",
        'NETWORK = "generator"',
        'NETWORK = "generator_ema"',
    ),
    Mutant(
        "causal-forcing",
        "no clean pass after a block",
        "        self._predict_next(latents, self._pipe.args.context_noise)\n",
        "",
    ),
    Mutant(
        "causal-forcing-framewise",
        "the generator in place of its EMA",
        'NETWORK = "generator_ema"',
        'NETWORK = "generator"',
    ),
    Mutant(
        "causal-forcing-framewise",
        "the start picture is not in the cache",
        "            self._keep(latents)\n            self._decode",
        "            self._decode",
    ),
    Mutant(
        "causal-forcing-framewise",
        "the decoder does not see the start picture",
        "            self._decode(latents)  # not shown: this fills the cache of the autoencoder\n",
        "",
    ),
    Mutant(
        "causal-forcing-framewise",
        "the start picture is dark",
        'axes="CTHW", pixel_range="[-1,1]"',
        'axes="CTHW", pixel_range="[0,1]"',
    ),
    Mutant(
        "causal-forcing-2-steps",
        "the first block gets no more steps than others",
        "        if self._is_new:",
        "        if False:",
    ),
    Mutant(
        "causal-forcing-2-steps",
        "a reset gives the first block no more steps",
        "        self._is_new = True\n",
        "        self._is_new = not hasattr(self, '_is_new')\n",
    ),
    # Rolling Forcing
    Mutant(
        "rolling-forcing",
        "no clean pass after a block",
        "        self._predict(blocks[0], context, self._first, updating_cache=True)\n",
        "",
    ),
    Mutant(
        "rolling-forcing",
        "the noisy pass is kept in the cache",
        "updating_cache=updating_cache,",
        "updating_cache=True,",
    ),
    Mutant(
        "rolling-forcing",
        "the noisiest block comes first",
        ".flip(0).to(self._device)",
        ".to(self._device)",
    ),
    Mutant(
        "rolling-forcing",
        "blocks stay as noisy as they were",
        "self._times[free + place - 1]",
        "self._times[free + place]",
    ),
    Mutant(
        "rolling-forcing",
        "the window does not move on",
        "self._first += leaves * LATENTS_PER_STEP",
        "self._first += leaves",
    ),
    Mutant(
        "rolling-forcing",
        "a new prompt keeps the old text in the cache",
        '                cache["is_init"] = False\n',
        "                pass\n",
    ),
    Mutant(
        "rolling-forcing",
        "a reset keeps the window",
        "        self._window: list[Any] = []\n",
        "        self._window = getattr(self, '_window', [])\n",
    ),
    Mutant("rolling-forcing", "a reset keeps the random numbers", SEEDED, ""),
    # Matrix-Game 2
    Mutant(
        "matrix-game-2",
        "left and right are swapped",
        "LEFT = 2\n    RIGHT = 3",
        "LEFT = 3\n    RIGHT = 2",
    ),
    Mutant(
        "matrix-game-2",
        "forward and back are swapped",
        "FORWARD = 0\n    BACK = 1",
        "FORWARD = 1\n    BACK = 0",
    ),
    Mutant("matrix-game-2", "pitch and yaw are swapped", 'order="yx"', 'order="xy"'),
    Mutant("matrix-game-2", "up and down are swapped", "up=1)", "up=-1)"),
    Mutant("matrix-game-2", "the mouse is twice as fast", "per_pixel=0.005", "per_pixel=0.01"),
    Mutant("matrix-game-2", "the mouse has no limit", "limit=0.1", "limit=10.0"),
    Mutant(
        "matrix-game-2",
        "no clean pass after a block",
        "self._predict(clean, self._pipe.args.context_noise, self._conditions(seen, moved))",
        "self._conditions(seen, moved)",
    ),
    Mutant("matrix-game-2", "the past is told to be noisy", "self._pipe.args.context_noise", "500"),
    Mutant(
        "matrix-game-2",
        "every block sees the picture",
        "self._seen[min(self._steps, SEEN_STEPS - 1)]",
        "self._seen[0]",
    ),
    Mutant(
        "matrix-game-2", "all latents are told to be given", "        is_given[:, :, 1:] = 0\n", ""
    ),
    Mutant(
        "matrix-game-2",
        "the positions of blocks are those of latents",
        "self._window.position * LATENTS_PER_STEP * pipe.frame_seq_length",
        "self._window.position * pipe.frame_seq_length",
    ),
    Mutant(
        "matrix-game-2",
        "past actions are forgotten",
        "        now, self._history = self._cond_current(\n            self._history,",
        "        now, _ = self._cond_current(\n"
        "            {name: part.clone() for name, part in self._history.items()},",
    ),
    Mutant(
        "matrix-game-2",
        "the network sees a plain picture",
        "self._vae.clip.encode_video(picture)",
        "self._vae.clip.encode_video(picture * 0)",
    ),
    Mutant(
        "matrix-game-2",
        "one denoising step less",
        "denoise(noise, pipe.denoising_step_list,",
        "denoise(noise, pipe.denoising_step_list[1:],",
    ),
    Mutant(
        "matrix-game-2",
        "a reset keeps the memory of the decoder",
        "self._vae_cache: list[Any] = [None] * self._vae_parts",
        "self._vae_cache = getattr(self, '_vae_cache', [None] * self._vae_parts)",
    ),
    Mutant("matrix-game-2", "a reset keeps the random numbers", SEEDED, ""),
    Mutant(
        "matrix-game-2",
        "the frames of a chunk are reversed",
        "frames[0].float().clamp(-1, 1)",
        "frames[0].float().clamp(-1, 1).flip(0)",
    ),
    Mutant(
        "matrix-game-2",
        "pictures in [-1, 1] declared as [0, 1]",
        'PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[-1,1]"',
        'PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[0,1]"',
    ),
    Mutant(
        "matrix-game-2",
        "the caches are empty after the last position",
        "            self._keep(*block)\n",
        "            pass\n",
    ),
    Mutant(
        "matrix-game-2", "other blocks are read again than the cache holds", "sink=0, ", "sink=1, "
    ),
]
