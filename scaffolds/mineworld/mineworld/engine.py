"""The world model: everything that is specific to MineWorld."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

import numpy as np
from lucid import LoadContext, download_weights, read_weights, use_upstream
from lucid.conditioning import Context, ForkedRng, MouseScale, seed_clip, warm_up

REPO = "microsoft/mineworld"
# TODO(lucid): no commit of this repo is known; `lucid update` writes the current one here
COMMIT = "not pinned"
FILES = ["checkpoints/vae/config.json"]
MODEL = "300M_16f"  # other models are larger, or use 32 frames
CHECKPOINT = f"checkpoints/{MODEL}.ckpt"  # a pickle, read with weights_only
VAE = "checkpoints/vae/vae.ckpt"  # also a pickle; upstream's class loads it
WIDTH, HEIGHT = 384, 224
FPS = 6  # the rate of the videos that upstream writes
FRAMES_PER_STEP = 1
CONTEXT_FRAMES = 16
REFERENCE_FRAMES = 8  # kept when the context is full; with 4 or fewer frames it drifts
LAYOUT: Literal["HWC", "CHW"] = "HWC"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "uint8"
MOUSE = MouseScale(per_pixel=1, limit=600)  # in upstream, 600 pixels are 90 degrees
FRAME_TOKENS = WIDTH // 16 * (HEIGHT // 16)  # 336
ACTION_OFFSET = 8192  # action tokens follow those of pictures
RNG_SEED = 0  # the same start and actions give the same world


class Key(Enum):
    """The keys that can be held, by the names of VPT's actions."""

    FORWARD = "forward"
    BACK = "back"
    LEFT = "left"
    RIGHT = "right"
    JUMP = "jump"
    SNEAK = "sneak"
    SPRINT = "sprint"
    ATTACK = "attack"
    USE = "use"
    DROP = "drop"
    HOTBAR_1 = "hotbar.1"
    HOTBAR_2 = "hotbar.2"
    HOTBAR_3 = "hotbar.3"
    HOTBAR_4 = "hotbar.4"
    HOTBAR_5 = "hotbar.5"
    HOTBAR_6 = "hotbar.6"
    HOTBAR_7 = "hotbar.7"
    HOTBAR_8 = "hotbar.8"
    HOTBAR_9 = "hotbar.9"


MOUSE_BUTTONS = (Key.ATTACK, Key.USE)  # in the order of their numbers in upstream's recordings


@dataclass(frozen=True)
class Action:
    """The action of a player during one step."""

    held: tuple[Key, ...] = ()
    """The held keys, in the order in which they were pressed."""
    look: tuple[float, float] = (0.0, 0.0)
    """Motion of the view in the model's unit: +x right, +y down."""


class Engine:
    """One step writes the 11 tokens of the action, and generates the 336 of the next frame.

    Upstream's network needs CUDA when it is created. Lucid makes all calls on one thread.
    """

    def load(self, ctx: LoadContext) -> None:
        """Load the networks, and generate two frames. This compiles for minutes."""
        import torch

        code = use_upstream(__file__)
        from mcdataset import KEYBOARD_BUTTON_MAPPING, MCDataset
        from omegaconf import OmegaConf
        from utils import load_model_from_config

        pickles = [CHECKPOINT, VAE]
        weights = download_weights(REPO, COMMIT, FILES, pickles=pickles, progress=ctx.progress)
        ctx.progress("load weights")
        self._torch, self._actions_of = torch, MCDataset()
        self._keys_of = {name: key for key, name in KEYBOARD_BUTTON_MAPPING.items()}
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        config = OmegaConf.load(code / f"configs/{MODEL}.yaml").model
        vae = config.params.tokenizer_config.params
        vae.config_path = str(weights / "checkpoints/vae/config.json")
        vae.ckpt_path = str(weights / VAE)
        tensors = read_weights(weights / CHECKPOINT, pickles=True)["state_dict"]
        is_gpu = self._device == "cuda"
        model = load_model_from_config(config, tensors, gpu=is_gpu, eval_mode=True)["model"]
        self._model = model.to(torch.float16 if is_gpu else torch.float32)
        self._frames: deque[Any] = deque()
        self._moves: deque[Any] = deque()
        self._context = Context(CONTEXT_FRAMES - 1)
        self._rng = ForkedRng(torch, RNG_SEED)  # upstream samples with torch's own generator
        ctx.progress("compile (minutes, the first time)")
        warm_up(self, Action())

    def reset(self, seed_frame: np.ndarray | None = None) -> None:
        """Start again from a (HEIGHT, WIDTH, 3) uint8 picture, or from plain grey without one."""
        torch = self._torch
        still = seed_clip(seed_frame, (WIDTH, HEIGHT), axes="TCHW", pixel_range="[-1,1]")
        with torch.no_grad(), self._half():
            picture = torch.from_numpy(still).to(self._device)
            tokens = self._model.tokenizer.tokenize_images(picture).reshape(1, -1)
        self._rng.reset()
        self._frames = deque([tokens] * REFERENCE_FRAMES)
        self._moves = deque([self._tokens(Action())] * (REFERENCE_FRAMES - 1))
        self._read_context()

    def step(self, action: Action) -> np.ndarray:
        """Return the next (HEIGHT, WIDTH, 3) uint8 frame."""
        if self._context.ended:  # forget the oldest frames, and read the others again
            for _ in range(len(self._frames) - REFERENCE_FRAMES):
                self._frames.popleft()
                self._moves.popleft()
            self._read_context()
        move = self._tokens(action)
        with self._torch.no_grad(), self._half(), self._rng:
            # One token more than a frame: the last one fills the cache for the next action.
            made, position = self._model.transformer.decode_img_token_for_gradio(
                input_action=move, position_id=self._position, max_new_tokens=FRAME_TOKENS + 1
            )
        self._position = position[0]
        tokens = self._torch.cat(made, dim=-1).to(self._device)
        self._frames.append(tokens)
        self._moves.append(move)
        self._context.fill()
        frame: np.ndarray = self._model.tokenizer.token2image(tokens)
        return frame

    def _read_context(self) -> None:
        """Fill the cleared cache with the frames so far, and the actions between them."""
        transformer = self._model.transformer
        transformer.refresh_kvcache()
        pairs = zip(self._frames, self._moves, strict=False)
        read = [self._torch.cat([frame, move], dim=1) for frame, move in pairs]
        tokens = self._torch.cat([*read, self._frames[-1]], dim=-1)
        with self._rng:
            _, self._position = transformer.prefill_for_gradio(tokens)
        self._context.reset()
        self._context.fill(len(self._moves))

    def _tokens(self, action: Action) -> Any:
        """Return the action as (1, 11) tokens.

        Upstream reads it as one of the recorded games that the model learnt from: degrees are
        whole numbers, and two keys that exclude each other count as none.
        """
        keys = [self._keys_of[key.value] for key in action.held if key not in MOUSE_BUTTONS]
        buttons = [MOUSE_BUTTONS.index(key) for key in action.held if key in MOUSE_BUTTONS]
        dx, dy = MOUSE.axes(action.look)
        mouse = {"dx": dx, "dy": dy, "buttons": buttons}
        played, _ = self._actions_of.json_action_to_env_action(
            {"keyboard": {"keys": keys}, "mouse": mouse}
        )
        indices = self._actions_of.get_action_index_from_actiondict(
            played, action_vocab_offset=ACTION_OFFSET
        )
        return self._torch.tensor(indices, device=self._device)[None]

    def _half(self) -> Any:
        """Return an autocast to half precision on a GPU, as upstream uses it."""
        torch = self._torch
        return torch.autocast(self._device, torch.float16, enabled=self._device == "cuda")
