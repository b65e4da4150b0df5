"""The world model: everything that is specific to DIAMOND's Atari games."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

import numpy as np
from lucid import LoadContext, download_weights, read_weights, use_upstream
from lucid.conditioning import Context, ForkedRng, warm_up

REPO = "eloialonso/diamond"
COMMIT = "5d4abca9af6ab1b3ab1c6fc228cacb7281130f7f"
AGENT, ENV = "atari_100k/config/agent/default.yaml", "atari_100k/config/env/atari.yaml"
GAME = "BreakoutNoFrameskip-v4"  # each game has its own model and keys
CHECKPOINT = f"atari_100k/models/{GAME.removesuffix('NoFrameskip-v4')}.pt"  # read as tensors only
WIDTH, HEIGHT = 64, 64
FPS = 15
FRAMES_PER_STEP = 1
LAYOUT: Literal["HWC", "CHW"] = "CHW"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[-1,1]"
HORIZON = 50  # upstream's player can extend it with a key
START_STEPS = 30  # in the emulated game, played by the model's own policy
RNG_SEED = 0  # the same actions give the same game
SAMPLING = {"num_steps_denoising": 3, "sigma_min": 2e-3, "sigma_max": 5.0}


class Key(Enum):
    """The keys that can be held. The name of an action consists of them."""

    LEFT = "left"
    RIGHT = "right"
    FIRE = "fire"


COMBINATIONS = (
    "uprightfire",
    "upleftfire",
    "downrightfire",
    "downleftfire",
    "upright",
    "upleft",
    "downright",
    "downleft",
    "upfire",
    "rightfire",
    "leftfire",
    "downfire",
    "fire",
    "up",
    "right",
    "left",
    "down",
)
"""All actions except none, those with most keys first. A game has some of them."""


@dataclass(frozen=True)
class Action:
    """The action of a player during one step."""

    held: tuple[Key, ...] = ()
    """The held keys, in the order in which they were pressed."""


class Engine:
    """One step generates one frame from the last four and their actions.

    A rollout starts in the emulated game, and ends when the model says that the game ends.
    Lucid makes all calls on one thread.
    """

    def load(self, ctx: LoadContext) -> None:
        """Load the networks and the emulator, and generate two frames."""
        import torch

        use_upstream(__file__, "src")
        import ale_py
        import gymnasium
        from envs.atari_preprocessing import AtariPreprocessing
        from models.diffusion import DiffusionSampler, DiffusionSamplerConfig
        from omegaconf import OmegaConf

        files = [AGENT, ENV]
        weights = download_weights(REPO, COMMIT, files, pickles=[CHECKPOINT], progress=ctx.progress)
        ctx.progress("load weights")
        self._torch = torch
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        gymnasium.register_envs(ale_py)
        game = gymnasium.make(GAME, full_action_space=False, frameskip=1, render_mode="rgb_array")
        # The number of an action depends on the game. The emulator knows it.
        self._actions = [name.lower() for name in game.unwrapped.get_action_meanings()]
        self._game = AtariPreprocessing(game, noop_max=30, frame_skip=4, screen_size=HEIGHT)
        whole = OmegaConf.create(
            {"agent": OmegaConf.load(weights / AGENT), "env": OmegaConf.load(weights / ENV)}
        )
        config = OmegaConf.to_container(whole.agent, resolve=True)
        tensors = read_weights(weights / CHECKPOINT, device=self._device, pickles=True)
        denoiser = self._load_networks(config, tensors)
        self._sampler = DiffusionSampler(denoiser, DiffusionSamplerConfig(**SAMPLING))
        self._past = config["denoiser"]["inner_model"]["num_steps_conditioning"]
        self._horizon = Context(HORIZON)
        self._rng = ForkedRng(torch, RNG_SEED)
        ctx.progress("warm up")
        warm_up(self, Action())

    def reset(self) -> None:
        """Start again from the last frames and actions of a game that is played for a while."""
        self._rng.reset()
        self._start(RNG_SEED)

    def _start(self, rng_seed: int | None = None) -> None:
        """Start in the game. Without a seed, the game continues its own random numbers."""
        with self._torch.no_grad(), self._rng:
            self._frames, self._numbers = self._play(rng_seed)
            # The network that predicts the end starts with the same frames.
            *_, self._memory = self._end.predict_rew_end(
                self._frames[:, :-1], self._numbers[:, :-1], self._frames[:, 1:]
            )
        self._is_over = False
        self._horizon.reset()

    def step(self, action: Action) -> Any:
        """Return the next (3, HEIGHT, WIDTH) float frame in [-1, 1]."""
        if self._is_over or self._horizon.ended:
            self._start()
        torch = self._torch
        self._numbers[:, -1] = self._number(action)
        with torch.no_grad(), self._rng:
            frame, _ = self._sampler.sample(self._frames, self._numbers)
            _, ends, self._memory = self._end.predict_rew_end(
                self._frames[:, -1:], self._numbers[:, -1:], frame[:, None], self._memory
            )
            ended = torch.distributions.Categorical(logits=ends[0, 0]).sample()
        self._is_over = bool(ended)
        self._frames = torch.cat([self._frames[:, 1:], frame[:, None]], 1)
        # The last element is for the next action.
        self._numbers = self._numbers.roll(-1, 1)
        self._horizon.fill()
        return frame[0].clamp(-1, 1)

    def _play(self, rng_seed: int | None) -> tuple[Any, Any]:
        """Return frames (1, 4, 3, H, W) of the emulated game, and the actions (1, 4) after each."""
        torch = self._torch
        frame, _ = self._game.reset(seed=rng_seed)
        frames, numbers, memory = [self._pixels(frame)], [], None
        while len(numbers) < START_STEPS:
            logits, _, memory = self._policy.predict_act_value(frames[-1], memory)
            number = torch.distributions.Categorical(logits=logits).sample()
            frame, _, is_over, is_cut, _ = self._game.step(int(number))
            if is_over or is_cut:
                frame, _ = self._game.reset()
                frames, numbers, memory = [self._pixels(frame)], [], None
                continue
            frames.append(self._pixels(frame))
            numbers.append(number)
        last = [*numbers[1 - self._past :], torch.zeros_like(numbers[0])]
        return torch.stack(frames[-self._past :], 1), torch.stack(last, 1)

    def _number(self, action: Action) -> int:
        """Return the number of the action with most of the held keys."""
        for name in COMBINATIONS:
            keys = {key for key in Key if key.value in name}
            if keys.issubset(action.held) and name in self._actions:
                return self._actions.index(name)
        return 0

    def _load_networks(self, config: dict[str, Any], tensors: dict[str, Any]) -> Any:
        """Return the denoiser. Keep the policy and the network that predicts the end of a game."""
        from models.actor_critic import ActorCritic, ActorCriticConfig
        from models.diffusion import Denoiser, DenoiserConfig, InnerModelConfig
        from models.rew_end_model import RewEndModel, RewEndModelConfig

        count = {"num_actions": len(self._actions)}
        values = {name: own(config[name]) for name in ("denoiser", "rew_end_model", "actor_critic")}
        inner = InnerModelConfig(**own(values["denoiser"].pop("inner_model")), **count)
        networks = {
            "denoiser": Denoiser(DenoiserConfig(inner_model=inner, **values["denoiser"])),
            "rew_end_model": RewEndModel(RewEndModelConfig(**values["rew_end_model"], **count)),
            "actor_critic": ActorCritic(ActorCriticConfig(**values["actor_critic"], **count)),
        }
        for name, network in networks.items():
            parts = {key: t for key, t in tensors.items() if key.startswith(f"{name}.")}
            network.load_state_dict({key[len(name) + 1 :]: t for key, t in parts.items()})
            network.to(self._device).eval()
        self._end, self._policy = networks["rew_end_model"], networks["actor_critic"]
        return networks["denoiser"]

    def _pixels(self, frame: np.ndarray) -> Any:
        """Convert a (H, W, 3) uint8 frame to (1, 3, H, W) floats in [-1, 1]."""
        pixels = self._torch.from_numpy(frame).to(self._device).permute(2, 0, 1)[None]
        return pixels.float() / 127.5 - 1


def own(config: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration of a network without its class name: the weights choose no class."""
    return {key: value for key, value in config.items() if key != "_target_"}
