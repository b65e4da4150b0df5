"""Mistakes in engines whose upstream is diffusers."""

from __future__ import annotations

from tests.engines.mutants.mutant import GOLDEN_TEST, SEEDED, WEIGHTS_CHECK, Mutant

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
    Mutant("helios", "a reset keeps the random numbers", SEEDED, ""),
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
    Mutant(
        "helios",
        "the first player waits for the kernels",
        "        warm_up(self, seed_size=(HEIGHT, WIDTH))\n",
        "",
        caught=("LUC412",),
    ),
    Mutant(
        "helios",
        "a new prompt waits for the step after a reset",
        "            engine.set_prompt(self.prompt)  # first: a reset may encode it too\n",
        "            if not self.restart:\n                engine.set_prompt(self.prompt)\n",
        "port.py",
    ),
    Mutant(
        "helios",
        "latents of the start picture have the wrong scale",
        '"latents_std": 1 / std',
        '"latents_std": std',
    ),
    Mutant(
        "helios",
        "width and height are swapped",
        "            height=HEIGHT,\n            width=WIDTH,\n",
        "            height=WIDTH,\n            width=HEIGHT,\n",
    ),
    Mutant(
        "helios",
        "the prompt is padded to fewer tokens",
        "max_sequence_length=512",
        "max_sequence_length=226",
    ),
    Mutant(
        "helios",
        "the history gets its noise before the first latent",
        "self._first, self._history = self._noised(first), self._noised(history)",
        "self._history, self._first = self._noised(history), self._noised(first)",
    ),
    Mutant(
        "helios",
        "a reset keeps the anchor",
        "self._first = self._history = None",
        "self._first, self._history = getattr(self, '_first', None), None",
    ),
    Mutant(
        "helios",
        "all latents of a start video get the same amount of noise",
        "torch.rand(frames, **options).view(1, 1, frames, 1, 1)",
        "torch.rand(1, **options).view(1, 1, 1, 1, 1)",
    ),
    Mutant(
        "helios",
        "the anchor gets no noise",
        "self._noised(first), self._noised(history)",
        "first, self._noised(history)",
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
    Mutant("sana-wm", "another field of view", "0.625 * WIDTH", "0.5 * WIDTH"),
    Mutant(
        "sana-wm",
        "the path continues from the clip before",
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
    Mutant("sana-wm", "a reset keeps the random numbers", SEEDED, ""),
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
    Mutant(
        "sana-wm",
        "the network keeps its random weights",
        "        self._pipe.to(self._device)\n",
        "        network = self._pipe.transformer\n"
        "        self._pipe.transformer = type(network).from_config(network.config)\n"
        "        self._pipe.to(self._device)\n",
        caught=(WEIGHTS_CHECK,),
    ),
    Mutant(
        "sana-wm",
        "the keys of the network get other names",
        "        self._pipe.to(self._device)\n",
        "        network, file = self._pipe.transformer, 'diffusion_pytorch_model.safetensors'\n"
        "        self._pipe.transformer = network = type(network).from_config(network.config)\n"
        "        from lucid import read_weights\n"
        "        tensors = read_weights(weights / 'transformer' / file)\n"
        "        tensors = {name.replace('attn', 'attention'): t for name, t in tensors.items()}\n"
        "        network.load_state_dict(tensors, strict=False)\n"
        "        self._pipe.to(self._device)\n",
        caught=(WEIGHTS_CHECK,),
    ),
    Mutant(
        "sana-wm",
        "the centre of the lens has its axes swapped",
        "WIDTH / 2, HEIGHT / 2",
        "HEIGHT / 2, WIDTH / 2",
    ),
    Mutant(
        "sana-wm",
        "an action counts one clip too late",
        "engine.step(self.take_action())",
        "engine.step((vars(self).setdefault('late', [Action()]).append(self.take_action()), "
        "self.late.pop(0))[1])",
        "port.py",
    ),
    Mutant(
        "sana-wm",
        "a negative prompt",
        "            prompt=self._prompt,\n",
        "            prompt=self._prompt,\n            negative_prompt='forest',\n",
    ),
    Mutant(
        "sana-wm",
        "another guidance scale",
        "            prompt=self._prompt,\n",
        "            prompt=self._prompt,\n            guidance_scale=3.0,\n",
    ),
    Mutant(
        "sana-wm",
        "words are added to the prompt",
        "prompt=self._prompt,",
        "prompt='high quality ' + self._prompt,",
    ),
    Mutant(
        "sana-wm", "the last frame is not rounded", "(clip[-1] * 255).round()", "(clip[-1] * 255)"
    ),
    Mutant(
        "sana-wm",
        "the path starts one frame ahead",
        "self._camera.path(FRAMES_PER_STEP, **pull)",
        "self._camera.path(FRAMES_PER_STEP + 1, **pull)[1:]",
    ),
    Mutant(
        "sana-wm",
        "poses in half precision",
        "**pull).astype(np.float32)",
        "**pull).astype(np.float16).astype(np.float32)",
    ),
    # Cosmos 3
    Mutant(
        "cosmos-3",
        "the opening of the gripper is forgotten between clips",
        "        self._grip = float(grip[-1])\n",
        "",
    ),
    Mutant(
        "cosmos-3",
        "a reset keeps the opening of the gripper",
        "        self._grip = 0.5\n",
        "        self._grip = getattr(self, '_grip', 0.5)\n",
    ),
    Mutant(
        "cosmos-3",
        "the actions are in [0, 1]",
        "2 * (vectors - low) / (high - low) - 1",
        "(vectors - low) / (high - low)",
    ),
    Mutant(
        "cosmos-3", "rows of the rotation instead of columns", "[:, :2].T.ravel()", "[:2].ravel()"
    ),
    Mutant("cosmos-3", "up is down", "pull(Axis.DY, value)", "pull(Axis.DY, -value)", "port.py"),
    Mutant("cosmos-3", "the shift of the schedule is wrong", "flow_shift=10.0", "flow_shift=5.0"),
    Mutant(
        "cosmos-3",
        "the noise levels of another schedule",
        "use_karras_sigmas=False",
        "use_karras_sigmas=True",
    ),
    Mutant(
        "cosmos-3",
        "the gripper moves one frame late",
        "np.arange(1, FRAMES_PER_STEP + 1)",
        "np.arange(FRAMES_PER_STEP)",
    ),
    Mutant(
        "cosmos-3", "guidance for a model without it", "guidance_scale=1.0", "guidance_scale=3.0"
    ),
    Mutant(
        "cosmos-3",
        "a clip starts at the first frame of the one before",
        "clip[-1] * 255",
        "clip[0] * 255",
    ),
    Mutant(
        "cosmos-3",
        "a system prompt comes before the prompt",
        "use_system_prompt=False",
        "use_system_prompt=True",
    ),
    Mutant(
        "cosmos-3",
        "the network expects another frame rate",
        "            fps=FPS,\n",
        "            fps=24,\n",
    ),
    Mutant("cosmos-3", "another robot", "bridge_orig_lerobot", "av"),
    Mutant(
        "cosmos-3",
        "every clip gets the same noise",
        "        clip: np.ndarray = self._pipe(\n",
        "        self._generator.manual_seed(RNG_SEED)\n        clip: np.ndarray = self._pipe(\n",
    ),
    Mutant("cosmos-3", "the gripper opens without a limit", "* ahead, 0, 1)", "* ahead, -9, 9)"),
    Mutant(
        "cosmos-3",
        "a smaller size than in training",
        "RESOLUTION_TIER = 480",
        "RESOLUTION_TIER = 256",
        caught=("LUC510",),
    ),
    Mutant("cosmos-3", "the gripper starts closed", "self._grip = 0.5\n", "self._grip = 0.0\n"),
    Mutant(
        "cosmos-3", "the last frame is not rounded", "(clip[-1] * 255).round()", "(clip[-1] * 255)"
    ),
    Mutant(
        "cosmos-3",
        "actions in half precision",
        "- 1).astype(np.float32)",
        "- 1).astype(np.float16).astype(np.float32)",
    ),
    Mutant(
        "cosmos-3",
        "random numbers of all sessions",
        "generator=self._generator",
        "generator=None",
    ),
    Mutant(
        "cosmos-3",
        "a network in half precision",
        'torch.bfloat16 if self._device == "cuda" else torch.float32',
        "torch.bfloat16",
    ),
    Mutant(
        "cosmos-3",
        "the rotation is only right for small angles",
        "+ 0.5 * np.sinc(angle / (2 * np.pi)) ** 2 * cross @ cross",
        "+ 0 * cross",
    ),
]
