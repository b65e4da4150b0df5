"""Compare `engine.py` with DIAMOND's own loop on tiny random weights; run with `pytest`.

Upstream's `Game.run` has a screen and reads the keyboard. Here, what it calls is called as it calls
it: `WorldModelEnv`, on a CPU. Upstream also draws a random reward, which nothing shows: PATCHES
leave it out, so that both sides draw the same numbers. A rollout starts after some steps of the
emulated game, as the engine's does: upstream starts in a game that it recorded.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from lucid.golden import Frames, Rollout, check, import_upstream, import_with_changes, tiny_port

GAME = "BreakoutNoFrameskip-v4"
HORIZON = 3
SIZE = 64
PATCHES = {
    "rew = Categorical(logits=logits_rew).sample().squeeze(1) - 1.0": "rew = logits_rew[:, 0, 0]"
}
LETTERS = {"up": "w", "left": "a", "down": "s", "right": "d", "fire": "space"}
"""Upstream's key of each input."""
UNET = {"cond_channels": 16, "depths": [1, 1], "channels": [32, 32], "attn_depths": [0, 0]}
LSTM = {"lstm_dim": 8, "img_channels": 3, "img_size": SIZE}
AGENT: dict[str, Any] = {
    "denoiser": {
        "sigma_data": 0.5,
        "sigma_offset_noise": 0.3,
        "inner_model": {"img_channels": 3, "num_steps_conditioning": 4, **UNET},
    },
    "rew_end_model": {**LSTM, **UNET},
    "actor_critic": {**LSTM, "channels": [8], "down": [1]},
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_the_engine_makes_the_frames_of_upstream_s_loop(tmp_path: Path) -> None:
    needed = ("ale_py", "envs.atari_preprocessing", "models.diffusion", "game.keymap")
    checkout = import_upstream("breakout", "src", modules=needed)
    save_weights(tmp_path)
    with tiny_port("breakout", tmp_path, HORIZON=HORIZON) as port:
        # The rollout starts in the game again at least twice.
        check(port.BreakoutModel, Upstream(checkout, tmp_path), chunks=7, tolerance=0.01)


class Upstream:
    """The loop of `Game.run`: it steps the world, which starts again when a game ends."""

    def __init__(self, checkout: Path, weights: Path) -> None:
        import torch
        from game.keymap import get_keymap_and_action_names
        from models.diffusion import DiffusionSamplerConfig
        from omegaconf import OmegaConf

        self.envs = import_with_changes(checkout / "src", "envs.world_model_env", PATCHES)
        if not OmegaConf.has_resolver("eval"):
            OmegaConf.register_new_resolver("eval", lambda text: float("inf"))
        values = OmegaConf.load(checkout / "config/trainer.yaml").world_model_env.diffusion_sampler
        sampler = OmegaConf.to_container(values, resolve=True)
        del sampler["_target_"]
        self.config = self.envs.WorldModelEnvConfig(HORIZON, 1, DiffusionSamplerConfig(**sampler))
        self.networks = tiny_networks()
        tensors = torch.load(weights / checkpoint())
        for name, network in self.networks.items():
            network.load_state_dict({key: tensors[f"{name}.{key}"] for key in network.state_dict()})
        keymap, _ = get_keymap_and_action_names(f"atari/{GAME}")
        self.keymap = sorted(keymap.items(), key=lambda item: -len(item[0]))  # as `Game` sorts it

    def __call__(self, steps: Rollout) -> Sequence[Frames]:
        """Make one frame for each step."""
        import torch

        torch.manual_seed(0)
        loader = Starts(self.networks["actor_critic"])
        ends = self.networks["rew_end_model"]
        world = self.envs.WorldModelEnv(self.networks["denoiser"], ends, loader, self.config)
        world.reset()
        frames = []
        for step in steps:
            frame, _, _, _, info = world.step(torch.tensor([self.action(step)]))
            frame = info.get("final_observation", frame)  # else, that of the next start
            frames.append(frame.permute(0, 2, 3, 1).add(1).div(2).numpy())
        return frames

    def action(self, step: dict[str, Any]) -> int:
        """Return what `Game.run` makes of the keys that are down."""
        import pygame

        pressed = {pygame.key.key_code(LETTERS[name]) for name in step}
        return next((number for keys, number in self.keymap if pressed.issuperset(keys)), 0)


class Starts:
    """Replaces upstream's recorded games by the emulator, which the model's policy plays."""

    batch_sampler = SimpleNamespace(batch_size=1)

    def __init__(self, policy: Any) -> None:
        self.policy = policy

    def __iter__(self) -> Iterator[Any]:
        import gymnasium
        from envs.atari_preprocessing import AtariPreprocessing

        made = gymnasium.make(GAME, full_action_space=False, frameskip=1, render_mode="rgb_array")
        game = AtariPreprocessing(made, noop_max=30, frame_skip=4, screen_size=SIZE)
        rng_seed: int | None = 0
        while True:
            yield self.start(game, rng_seed)
            rng_seed = None

    def start(self, game: Any, rng_seed: int | None) -> Any:
        """Return the last four of 30 steps within one game."""
        import torch

        frames, actions, memory = [pixels(game.reset(seed=rng_seed)[0])], [], None
        while len(actions) < 30:
            logits, _, memory = self.policy.predict_act_value(frames[-1], memory)
            actions.append(torch.distributions.Categorical(logits=logits).sample())
            frame, _, end, trunc, _ = game.step(int(actions[-1]))
            frames.append(pixels(frame))
            if end or trunc:
                frames, actions, memory = [pixels(game.reset()[0])], [], None
        actions = [*actions[-3:], torch.zeros(1, dtype=torch.long)]
        return SimpleNamespace(obs=torch.stack(frames[-4:], 1), act=torch.stack(actions, 1))


def pixels(frame: Any) -> Any:
    """Return a (H, W, 3) uint8 frame as upstream's (1, 3, H, W) floats in [-1, 1]."""
    import torch

    return torch.tensor(frame).div(255).mul(2).sub(1).permute(2, 0, 1)[None]


def checkpoint() -> str:
    return f"atari_100k/models/{GAME.removesuffix('NoFrameskip-v4')}.pt"


def tiny_networks() -> dict[str, Any]:
    """Build the three networks with upstream's classes."""
    import gymnasium
    from models.actor_critic import ActorCritic, ActorCriticConfig
    from models.diffusion import Denoiser, DenoiserConfig, InnerModelConfig
    from models.rew_end_model import RewEndModel, RewEndModelConfig

    count = {"num_actions": int(gymnasium.make(GAME, full_action_space=False).action_space.n)}
    inner = InnerModelConfig(**AGENT["denoiser"]["inner_model"], **count)
    return {
        "denoiser": Denoiser(DenoiserConfig(**{**AGENT["denoiser"], "inner_model": inner})).eval(),
        "rew_end_model": RewEndModel(RewEndModelConfig(**AGENT["rew_end_model"], **count)).eval(),
        "actor_critic": ActorCritic(ActorCriticConfig(**AGENT["actor_critic"], **count)).eval(),
    }


def save_weights(folder: Path) -> None:
    """Save random networks and their configuration, in the layout of the repo."""
    import ale_py
    import gymnasium
    import torch
    from omegaconf import OmegaConf

    gymnasium.register_envs(ale_py)
    torch.manual_seed(0)
    env = {"train": {"id": GAME, "size": SIZE}}
    for path, content in (("agent/default", AGENT), ("env/atari", env)):
        file = folder / f"atari_100k/config/{path}.yaml"
        file.parent.mkdir(parents=True)
        file.write_text(OmegaConf.to_yaml(content), "utf-8")
    tensors = {
        f"{name}.{key}": torch.randn_like(tensor) * 0.3
        for name, network in tiny_networks().items()
        for key, tensor in network.state_dict().items()
    }
    (folder / "atari_100k/models").mkdir()
    torch.save(tensors, folder / checkpoint())
