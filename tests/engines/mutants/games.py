"""Mistakes in engines that make one frame per step."""

from __future__ import annotations

from tests.engines.mutants.mutant import GOLDEN_TEST, SEEDED, Mutant

MUTANTS = [
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
    Mutant(
        "oasis",
        "the network takes past frames for clean ones",
        "CONTEXT_LEVEL = 14",
        "CONTEXT_LEVEL = 0",
    ),
    Mutant(
        "oasis",
        "one denoising step less",
        "DENOISING_STEPS = 10",
        "DENOISING_STEPS = 9",
        caught=(GOLDEN_TEST, "LUC510"),
    ),
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
    Mutant("oasis", "a reset keeps the random numbers", SEEDED, ""),
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
    Mutant(
        "diamond", "a rollout ends too soon", "HORIZON = 1000", "HORIZON = 100", caught=("LUC510",)
    ),
    Mutant("diamond", "the horizon is ignored", "if self._horizon.ended:", "if False:"),
    Mutant(
        "diamond",
        "every rollout starts at the same place",
        "spawn = next(self._coming)",
        "spawn = self._spawns[0]",
    ),
    Mutant("diamond", "past frames get no noise", '"s_cond": 0.005', '"s_cond": 0'),
    Mutant("diamond", "the upsampler adds no noise", '"s_churn": 10.0', '"s_churn": 0.0'),
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
        "past actions are not shifted",
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
    Mutant("diamond-atari", "left and right are swapped", 'LEFT = "left"', 'LEFT = "right"'),
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
]
