"""Mistakes in engines that roll their memory, and start anew when it ends."""

from __future__ import annotations

from tests.engines.mutants.mutant import SEEDED, Mutant

MUTANTS = [
    Mutant(
        "matrix-game-2",
        "left and right are swapped",
        "LEFT = 2\n    RIGHT = 3",
        "LEFT = 3\n    RIGHT = 2",
    ),
    Mutant("matrix-game-2", "pitch and yaw are swapped", 'order="yx"', 'order="xy"'),
    Mutant("matrix-game-2", "up and down are swapped", "up=1)", "up=-1)"),
    Mutant("matrix-game-2", "the mouse is twice as fast", "per_pixel=0.005", "per_pixel=0.01"),
    Mutant("matrix-game-2", "the mouse turns further than a key", "limit=0.1", "limit=0.2"),
    Mutant(
        "matrix-game-2",
        "no clean pass after a block",
        "self._predict(clean, self._pipe.args.context_noise, self._conditions(seen, moved))",
        "self._conditions(seen, moved)",
    ),
    Mutant(
        "matrix-game-2",
        "the start picture stays in sight too briefly",
        "min(self._steps, SEEN_STEPS - 1)",
        "min(self._steps, 1)",
    ),
    Mutant(
        "matrix-game-2",
        "the encoded picture is too short",
        "SEEN_STEPS = 11",
        "SEEN_STEPS = 9",
        caught=("LUC510",),
    ),
    Mutant(
        "matrix-game-2",
        "the network takes every latent for the start picture",
        "        is_given[:, :, 1:] = 0\n",
        "",
    ),
    Mutant(
        "matrix-game-2",
        "one denoising step less",
        "pipe.denoising_step_list, predict",
        "pipe.denoising_step_list[1:], predict",
    ),
    Mutant(
        "matrix-game-2",
        "the positions have no end",
        ", positions=POSITIONS // LATENTS_PER_STEP)",
        ")",
    ),
    Mutant(
        "matrix-game-2",
        "a table of more positions than upstream's",
        "POSITIONS = 1024",
        "POSITIONS = 2048",
    ),
    Mutant(
        "matrix-game-2",
        "too few blocks are read again at the end of the positions",
        "generator.model.local_attn_size // LATENTS_PER_STEP",
        "1",
    ),
    Mutant(
        "matrix-game-2",
        "the blocks that are read again lose their actions",
        "self._keep(*block)",
        "self._keep(*block[:2], self._tensors(Action()))",
    ),
    Mutant(
        "matrix-game-2",
        "the positions go on after the blocks are read again",
        "        for block in self._window.restart():\n",
        "        for block in self._window.kept:\n",
    ),
    Mutant(
        "matrix-game-2",
        "the decoder starts anew with each block",
        "frames, self._vae_cache = pipe",
        "frames, _ = pipe",
    ),
    Mutant("matrix-game-2", "a reset keeps the random numbers", SEEDED, ""),
    Mutant(
        "matrix-game-2",
        "red and blue are swapped",
        "return frames[0].float().clamp(-1, 1)",
        "return frames[0].float().clamp(-1, 1).flip(1)",
    ),
    Mutant(
        "matrix-game-2",
        "FRAMES_PER_STEP is that of the first step",
        "frames_of_latents(LATENTS_PER_STEP, first=False)",
        "frames_of_latents(LATENTS_PER_STEP, first=True)",
    ),
    Mutant(
        "causal-forcing",
        "the EMA in place of the generator",
        'NETWORK = "generator"',
        'NETWORK = "generator_ema"',
    ),
    Mutant(
        "causal-forcing",
        "a smaller window than in training",
        "WINDOW_STEPS = 7",
        "WINDOW_STEPS = 5",
    ),
    Mutant(
        "causal-forcing", "the first block leaves the window", "SINK_STEPS = 1", "SINK_STEPS = 0"
    ),
    Mutant(
        "causal-forcing",
        "the network takes the past for noisy",
        "self._pipe.args.context_noise",
        "100",
    ),
    Mutant(
        "causal-forcing",
        "a new prompt keeps the past of the old one",
        "old prompt.\n            self._read_window()",
        "old prompt.\n            pass",
    ),
    Mutant(
        "causal-forcing",
        "the padding of the prompt is not zeroed",
        "        embeds[:, int(mask.sum()) :] = 0  # padding has no meaning\n",
        "",
    ),
    Mutant(
        "causal-forcing",
        "the prompt has no end token",
        "return_mask=True, add_special_tokens=True",
        "return_mask=True, add_special_tokens=False",
    ),
    Mutant(
        "causal-forcing",
        "a table of more positions than upstream's",
        "POSITIONS = 1024",
        "POSITIONS = 2048",
    ),
    Mutant("causal-forcing", "a reset keeps the random numbers", SEEDED, ""),
    Mutant(
        "causal-forcing-framewise",
        "the generator in place of its EMA",
        'NETWORK = "generator_ema"',
        'NETWORK = "generator"',
    ),
    Mutant(
        "causal-forcing-framewise",
        "the network does not see the start picture",
        "            self._keep(latents)\n            self._decode(latents)",
        "            self._decode(latents)",
    ),
    Mutant(
        "causal-forcing-framewise",
        "the decoder does not see the start picture",
        "            self._decode(latents)  # not shown: this fills the cache of the autoencoder\n",
        "",
    ),
    Mutant(
        "causal-forcing-framewise",
        "red and blue of the start picture are swapped",
        "picture = seed_clip(seed_frame,",
        "picture = seed_clip(seed_frame if seed_frame is None else seed_frame[..., ::-1],",
    ),
    Mutant(
        "causal-forcing-2-steps",
        "the first block has the steps of the others",
        "self._is_new = True",
        "self._is_new = False",
    ),
    Mutant(
        "causal-forcing-2-steps",
        "all blocks have the steps of the first",
        "        self._is_new = False\n",
        "",
    ),
    Mutant(
        "rolling-forcing", "the generator in place of its EMA", '["generator_ema"]', '["generator"]'
    ),
    Mutant(
        "rolling-forcing",
        "the window has a block less",
        "denoising_step_list.flip(0)",
        "denoising_step_list[1:].flip(0)",
    ),
    Mutant(
        "rolling-forcing",
        "the noise levels are the other way round",
        "denoising_step_list.flip(0)",
        "denoising_step_list",
    ),
    Mutant(
        "rolling-forcing",
        "blocks get too much noise again",
        "self._times[free + place - 1]",
        "self._times[free + place]",
    ),
    Mutant(
        "rolling-forcing",
        "the first block is not read without noise",
        "        self._predict(blocks[0], context, self._first, updating_cache=True)\n",
        "",
    ),
    Mutant(
        "rolling-forcing",
        "the window stays where it starts",
        "self._first += leaves * LATENTS_PER_STEP",
        "self._first += 0",
    ),
    Mutant(
        "rolling-forcing",
        "a new prompt keeps the old text in the cache",
        'cache["is_init"] = False',
        "pass",
    ),
    Mutant("rolling-forcing", "the positions have no end", "if self._context.ended:", "if False:"),
    Mutant("rolling-forcing", "a rollout ends too late", " - len(self._times))", ")"),
    Mutant(
        "rolling-forcing",
        "a new rollout begins with the old window",
        "        self._window: list[Any] = []\n",
        "        self._window: list[Any] = getattr(self, '_window', [])\n",
    ),
    Mutant(
        "rolling-forcing",
        "a new rollout keeps the place of the old one",
        "        self._first = 0  # the latent at which the window starts\n",
        "        self._first = getattr(self, '_first', 0)\n",
    ),
    Mutant(
        "rolling-forcing",
        "the table of positions is as short as upstream's",
        "        network.model.freqs = self._angles(network.model.config)\n",
        "",
    ),
    Mutant("rolling-forcing", "a reset keeps the random numbers", SEEDED, ""),
    Mutant("yume", "the first chunk is forgotten", "SINK_STEPS = 1", "SINK_STEPS = 0"),
    Mutant(
        "yume",
        "the prompt comes before the keys",
        "{PERSPECTIVE} {move} {turn} {prompt}",
        "{prompt} {PERSPECTIVE} {move} {turn}",
    ),
]
