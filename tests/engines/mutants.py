"""Generated ports with one mistake each, and what catches it: the table of docs/proof.md.

``python -m tests.engines.mutants`` writes the table. ``test_engine_mutants.py`` proves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PROOF = Path(__file__).resolve().parents[2] / "docs" / "proof.md"
START, END = "<!-- mutants: python -m tests.engines.mutants -->\n", "<!-- /mutants -->\n"
GOLDEN_TEST = "golden test"


@dataclass(frozen=True)
class Mutant:
    """A change of the text of ``engine.py`` or ``port.py``, and what catches it."""

    folder: str
    """The kept scaffold."""

    what: str
    old: str
    new: str
    file: str = "engine.py"
    caught: tuple[str, ...] = (GOLDEN_TEST,)
    """All that find it: the golden test, codes of rules."""

    @property
    def rules(self) -> set[str]:
        """The codes of the rules that find it."""
        return {name for name in self.caught if name.startswith("LUC")}


_SEEDED = "        self._generator.manual_seed(RNG_SEED)\n"

MUTANTS = [
    # Helios
    Mutant(
        "helios",
        "the prompt takes effect one step late",
        "engine.set_prompt(self.prompt)",
        "engine.set_prompt(getattr(self, 'late', self.prompt)); self.late = self.prompt",
        "port.py",
    ),
    Mutant(
        "helios", "the frames of a chunk are reversed", "return frames\n", "return frames[::-1]\n"
    ),
    Mutant("helios", "red and blue are swapped", "return frames\n", "return frames[..., ::-1]\n"),
    Mutant("helios", "the pictures are mirrored", "return frames\n", "return frames[:, :, ::-1]\n"),
    Mutant(
        "helios",
        "a reset keeps the history",
        "self._first = self._history = None",
        "self._first, self._history = None, getattr(self, '_history', None)",
    ),
    Mutant("helios", "a reset keeps the random numbers", _SEEDED, ""),
    Mutant("helios", "the context is one latent short", "16 + 2 + 1 ", "16 + 2 "),
    Mutant("helios", "too few denoising steps", "[2, 2, 2] if", "[2, 2, 1] if"),
    Mutant(
        "helios",
        "the first chunk gets no more steps than others",
        "self._is_distilled and self._steps == 0",
        "False",
    ),
    Mutant(
        "helios",
        "guidance for a model without it",
        "1.0 if self._is_distilled",
        "1.5 if self._is_distilled",
    ),
    Mutant("helios", "the start picture gets too much noise", "(0.111, 0.135)", "(0.135, 0.2)"),
    Mutant(
        "helios",
        "another latent than the first one is the anchor",
        "latents[:, :, :1]",
        "latents[:, :, -1:]",
    ),
    # SANA-WM
    Mutant(
        "sana-wm",
        "left and right are swapped",
        'LEFT = ("right", -1)\n    BACK = ("forward", -1)\n    RIGHT = ("right", 1)',
        'LEFT = ("right", 1)\n    BACK = ("forward", -1)\n    RIGHT = ("right", -1)',
    ),
    Mutant(
        "sana-wm",
        "the keys that look up and down are swapped in the port",
        "self.held.hold(Key.LOOK_UP, pressed)",
        "self.held.hold(Key.LOOK_DOWN, pressed)",
        "port.py",
    ),
    Mutant("sana-wm", "the camera walks twice as far", "walk=0.05", "walk=0.1"),
    Mutant("sana-wm", "the camera turns a little less", "deg2rad(1.2)", "deg2rad(1.0)"),
    Mutant("sana-wm", "a lens of another angle", "0.625 * WIDTH", "0.5 * WIDTH"),
    Mutant(
        "sana-wm",
        "the path goes on from the clip before",
        "        self._camera.reset()",
        "        0",
    ),
    Mutant("sana-wm", "the first frame is shown twice", "return clip[1:]", "return clip[:-1]"),
    Mutant(
        "sana-wm",
        "a clip starts at the first frame of the one before",
        "clip[-1] * 255",
        "clip[0] * 255",
    ),
    Mutant("sana-wm", "a reset keeps the random numbers", _SEEDED, ""),
    Mutant(
        "sana-wm",
        "pictures in [-1, 1] declared as [0, 1]",
        "return clip[1:]",
        "return clip[1:] * 2 - 1",
    ),
    Mutant(
        "sana-wm",
        "30 frames per second instead of 16",
        "FPS = 16",
        "FPS = 30",
        caught=(GOLDEN_TEST, "LUC510"),
    ),
    Mutant(
        "sana-wm",
        "half the denoising steps",
        '{"num_inference_steps": 60}',
        '{"num_inference_steps": 30}',
    ),
    # Oasis
    Mutant("oasis", "the order of pitch and yaw is swapped", 'order="yx"', 'order="xy"'),
    Mutant("oasis", "the mouse is twice as fast", "per_pixel=0.15 / 20", "per_pixel=0.3 / 20"),
    Mutant(
        "oasis",
        "two places of the action vector are swapped",
        "FORWARD = 11\n    BACK = 12",
        "FORWARD = 12\n    BACK = 11",
    ),
    Mutant("oasis", "the scale of the latents is wrong", "0.07843137255", "0.1843137255"),
    Mutant("oasis", "past frames are told to be clean", "CONTEXT_LEVEL = 14", "CONTEXT_LEVEL = 0"),
    Mutant("oasis", "one denoising step less", "DENOISING_STEPS = 10", "DENOISING_STEPS = 9"),
    Mutant(
        "oasis",
        "the context is one frame short",
        "self._dit.max_frames - 1",
        "self._dit.max_frames - 2",
    ),
    Mutant(
        "oasis",
        "the engine forgets the action before",
        "self._actions.append(vectors[:, -1:])",
        "self._actions.append(vectors[:, -1:] * 0)",
    ),
    Mutant("oasis", "a reset keeps the random numbers", _SEEDED, ""),
    Mutant(
        "oasis",
        "the noise schedule starts elsewhere",
        "torch.linspace(-3, 3",
        "torch.linspace(-2, 3",
    ),
    Mutant(
        "oasis", "the last denoising step leaves noise", "if next_level < 0:", "if next_level < -5:"
    ),
    # DIAMOND's Counter-Strike
    Mutant(
        "diamond",
        "of two opposite keys, both are sent",
        "if not any({key, other} in OPPOSITES for other in held):",
        "if True:",
    ),
    Mutant("diamond", "the horizon is ignored", "if self._horizon.ended:", "if False:"),
    Mutant(
        "diamond",
        "every rollout starts at the same place",
        "spawn = next(self._coming)",
        "spawn = self._spawns[0]",
    ),
    Mutant("diamond", "past frames get no noise", '"s_cond": 0.005', '"s_cond": 0'),
    Mutant("diamond", "the enlargement is not stochastic", '"s_churn": 10.0', '"s_churn": 0.0'),
    Mutant(
        "diamond",
        "a lower first noise level",
        '"sigma_max": 5.0, "s_cond"',
        '"sigma_max": 4.0, "s_cond"',
    ),
    Mutant("diamond", "the mouse is slower", "per_pixel=10", "per_pixel=5"),
    Mutant(
        "diamond",
        "the bins of pitch are mirrored",
        "multi_hot([nearest(y, Y_BINS)], 15)",
        "multi_hot([nearest(-y, Y_BINS)], 15)",
    ),
    Mutant(
        "diamond",
        "past actions stay where they are",
        "self._actions = self._actions.roll(-1, 1)",
        "pass",
    ),
    Mutant(
        "diamond",
        "red and blue are swapped",
        "return large[0].clamp(-1, 1)",
        "return large[0].clamp(-1, 1).flip(0)",
    ),
    Mutant("diamond", "a reset keeps the random numbers", "        self._rng.reset()\n", ""),
    Mutant(
        "diamond", "two keys are swapped", "JUMP = 4\n    CROUCH = 5", "JUMP = 5\n    CROUCH = 4"
    ),
    # DIAMOND's Atari games
    Mutant("diamond-atari", "left is right", 'LEFT = "left"', 'LEFT = "right"'),
    Mutant("diamond-atari", "the horizon is ignored", "self._horizon.ended", "False"),
    Mutant(
        "diamond-atari",
        "the end of a game is ignored",
        "self._is_over = bool(ended)",
        "self._is_over = False",
    ),
    Mutant("diamond-atari", "one denoising step less", '_denoising": 3', '_denoising": 2'),
    Mutant(
        "diamond-atari",
        "the network that predicts the end forgets",
        "frame[:, None], self._memory",
        "frame[:, None], None",
    ),
    Mutant(
        "diamond-atari",
        "single keys come before combinations",
        "for name in COMBINATIONS",
        "for name in reversed(COMBINATIONS)",
    ),
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
    # MineWorld
    Mutant(
        "mineworld",
        "left and right are swapped",
        'LEFT = "left"\n    RIGHT = "right"',
        'LEFT = "right"\n    RIGHT = "left"',
    ),
    Mutant("mineworld", "the mouse is twice as fast", "per_pixel=1,", "per_pixel=2,"),
    Mutant("mineworld", "pitch and yaw are swapped", "dx, dy = MOUSE", "dy, dx = MOUSE"),
    Mutant(
        "mineworld",
        "two buttons of the mouse are swapped",
        "(Key.ATTACK, Key.USE)",
        "(Key.USE, Key.ATTACK)",
    ),
    Mutant(
        "mineworld",
        "the context is one frame short",
        "Context(CONTEXT_FRAMES - 1)",
        "Context(CONTEXT_FRAMES - 2)",
    ),
    Mutant(
        "mineworld",
        "a new context has one frame less",
        "REFERENCE_FRAMES = 8",
        "REFERENCE_FRAMES = 7",
    ),
    Mutant(
        "mineworld",
        "the next action is one position too far",
        "self._position = position[0]",
        "self._position = position[0] + 1",
    ),
    Mutant(
        "mineworld",
        "past actions are forgotten",
        "self._moves.append(move)",
        "self._moves.append(self._tokens(Action()))",
    ),
    Mutant("mineworld", "a reset keeps the random numbers", "        self._rng.reset()\n", ""),
    Mutant(
        "mineworld",
        "red and blue are swapped",
        "return frame\n",
        "return frame[..., ::-1].copy()\n",
    ),
    # Waypoint 1
    Mutant(
        "waypoint-1",
        "the prompt is set after the picture is read",
        """            engine.set_prompt(self.prompt)  # first: a reset may encode it too
            if self.restart:
                self.restart = False
                engine.reset(seed_frame=self.seed_frame)
""",
        """            if self.restart:
                self.restart = False
                engine.reset(seed_frame=self.seed_frame)
            engine.set_prompt(self.prompt)
""",
        "port.py",
    ),
    Mutant(
        "waypoint-1",
        "two keys are swapped",
        "0x10  # Shift\n    CROUCH = 0x11",
        "0x11\n    CROUCH = 0x10",
    ),
    Mutant("waypoint-1", "the mouse is twice as fast", "per_pixel=0.0075", "per_pixel=0.015"),
    Mutant("waypoint-1", "the wheel turns the other way", "=action.scroll", "=-action.scroll"),
    Mutant(
        "waypoint-1",
        "the context is one frame too long",
        "Context(CONTEXT_STEPS - 2)",
        "Context(CONTEXT_STEPS - 1)",
    ),
    Mutant(
        "waypoint-1",
        "a new context starts from noise",
        "self._restart(self._last_frame.clone())",
        "self._restart(None)",
    ),
    Mutant("waypoint-1", "a reset keeps the random numbers", "        self._rng.reset()\n", ""),
    Mutant("waypoint-1", "red and blue are swapped", "return frames\n", "return frames.flip(-1)\n"),
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
]


def table() -> str:
    """Return the table of docs/proof.md."""
    rows = [f"| {it.folder} | {it.what} | {', '.join(it.caught)} |" for it in MUTANTS]
    return "\n".join(["| port | mistake | caught by |", "| --- | --- | --- |", *rows]) + "\n"


def page() -> str:
    """Return docs/proof.md with this table between its marks."""
    before, rest = PROOF.read_text("utf-8").split(START)
    return before + START + table() + END + rest.split(END)[1]


if __name__ == "__main__":
    PROOF.write_text(page(), "utf-8")
