"""Compare `engine.py` with DIAMOND's own loop on tiny random weights; run with `pytest`.

Upstream's `Game.run` has a screen and reads the keyboard. Here, the two things that it calls are
called as it calls them: `WorldModelEnv` and `CSGOAction`. They run on a CPU; PATCHES spare them the
packages of networks that this model does not have.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from lucid.golden import Frames, Rollout, check, import_upstream, import_with_changes, tiny_port

HEIGHT, WIDTH, SCALE = 10, 14, 2
HORIZON = 5
PATCHES = {"from models.rew_end_model import RewEndModel\n": "RewEndModel = None\n"}
NAMES = {
    "forward": "up",
    "left": "left",
    "back": "down",
    "right": "right",
    "jump": "jump",
    "crouch": "crouch",
    "walk": "walk",
    "weapon_1": "weapon1",
    "weapon_2": "weapon2",
    "weapon_3": "weapon3",
    "reload": "reload",
}
"""Upstream's name of each key; `fire` and `aim` are its left and right click."""


def test_the_engine_makes_the_frames_of_upstream_s_loop(tmp_path: Path) -> None:
    needed = ("models.diffusion", "csgo.action_processing")
    checkout = import_upstream("diamond", "src", modules=needed)
    save_weights(tmp_path)
    size = {"WIDTH": WIDTH * SCALE, "HEIGHT": HEIGHT * SCALE}
    with tiny_port("diamond", tmp_path, HORIZON=HORIZON, **size) as port:
        # The rollout starts again twice, each time at another recorded start.
        check(port.DiamondModel, Upstream(checkout, tmp_path), chunks=12, tolerance=0.01)


class Upstream:
    """The loop of `Game.run`: it steps the world, and resets it when its horizon is reached."""

    def __init__(self, checkout: Path, weights: Path) -> None:
        from models.diffusion import DiffusionSamplerConfig
        from omegaconf import OmegaConf

        envs = import_with_changes(checkout / "src", "envs.world_model_env", PATCHES)
        if not OmegaConf.has_resolver("eval"):
            OmegaConf.register_new_resolver("eval", lambda text: float("inf"))
        fast = OmegaConf.load(checkout / "config/world_model_env/fast.yaml")
        values = OmegaConf.to_container(fast, resolve=True)
        samplers = {name: own(value) for name, value in values.items() if isinstance(value, dict)}
        config = envs.WorldModelEnvConfig(
            horizon=HORIZON,
            num_batches_to_preload=1,
            **{name: DiffusionSamplerConfig(**value) for name, value in samplers.items()},
        )
        spawns, networks = weights / "csgo/spawn", tiny_networks(weights)
        self.new_world = lambda: envs.WorldModelEnv(*networks, None, spawns, 1, 4, config)

    def __call__(self, steps: Rollout) -> Sequence[Frames]:
        """Make one frame for each step."""
        import torch
        from csgo.action_processing import encode_csgo_action

        torch.manual_seed(0)
        world, frames = self.new_world(), []
        world.reset()
        for step in steps:
            action = encode_csgo_action(upstream_action(step), torch.device("cpu"))
            frame, _, end, trunc, _ = world.step(action)
            frames.append(frame.permute(0, 2, 3, 1).add(1).div(2).numpy())
            if end or trunc:
                world.reset()
        return frames


def upstream_action(step: dict[str, Any]) -> Any:
    """What `Game.run` makes of the keys that are down, in the order in which they were pressed."""
    from csgo.action_processing import CSGOAction
    from csgo.keymap import CSGO_KEYMAP

    codes = {name: code for code, name in CSGO_KEYMAP.items()}
    keys = [codes[NAMES[name]] for name in step if name in NAMES]
    dx, dy = step.get("look", (0, 0))
    return CSGOAction(keys, 10 * dx, 10 * dy, "fire" in step, "aim" in step)


def own(config: dict[str, Any]) -> dict[str, Any]:
    """A configuration without the name of its class."""
    return {key: value for key, value in config.items() if key != "_target_"}


def network(past: int, **more: Any) -> dict[str, Any]:
    inner = {
        "_target_": "models.diffusion.InnerModelConfig",
        "img_channels": 3,
        "num_steps_conditioning": past,
        "cond_channels": 32,
        "depths": [1, 1],
        "channels": [32, 32],
        "attn_depths": [0, 0],
    }
    target = "models.diffusion.DenoiserConfig"
    sigmas = {"sigma_data": 0.5, "sigma_offset_noise": 0.1}
    return {"_target_": target, **sigmas, "inner_model": inner, **more}


AGENT = {
    "denoiser": network(4, noise_previous_obs=True, upsampling_factor=None),
    "upsampler": network(1, noise_previous_obs=False, upsampling_factor=SCALE),
}


def tiny_networks(weights: Path | None = None) -> list[Any]:
    """Build the denoiser and the upsampler with upstream's classes, and load their weights."""
    import torch
    from models.diffusion import Denoiser, DenoiserConfig, InnerModelConfig

    tensors = torch.load(weights / "csgo/model/csgo.pt") if weights else {}
    networks = []
    for name, config in AGENT.items():
        inner = InnerModelConfig(num_actions=51, **own(config["inner_model"]))
        made = Denoiser(DenoiserConfig(**{**own(config), "inner_model": inner})).eval()
        if weights:
            made.load_state_dict({key: tensors[f"{name}.{key}"] for key in made.state_dict()})
        networks.append(made)
    return networks


def save_weights(folder: Path) -> None:
    """Save random networks, their configuration and three recorded starts, in the repo's layout."""
    import torch
    from omegaconf import OmegaConf

    torch.manual_seed(0)
    config = folder / "csgo/config/agent/csgo.yaml"
    config.parent.mkdir(parents=True)
    config.write_text(OmegaConf.to_yaml(AGENT), "utf-8")
    tensors = {
        f"{name}.{key}": torch.randn_like(tensor) * 0.3
        for name, made in zip(AGENT, tiny_networks(), strict=True)
        for key, tensor in made.state_dict().items()
    }
    (folder / "csgo/model").mkdir()
    torch.save(tensors, folder / "csgo/model/csgo.pt")
    rng = np.random.default_rng(0)
    for number in range(3):
        spawn = folder / "csgo/spawn" / str(number)
        spawn.mkdir(parents=True)
        small = rng.integers(0, 256, (4, 3, HEIGHT, WIDTH), dtype=np.uint8)
        actions = np.zeros((4, 51), np.uint8)
        actions[:, [number, 13 + 11, 13 + 23 + 7]] = 1  # a key, and the mouse at rest
        recorded = {"low_res": small, "full_res": small.repeat(SCALE, 2).repeat(SCALE, 3)}
        for name, array in {**recorded, "act": actions, "next_act": actions}.items():
            np.save(spawn / f"{name}.npy", array)
