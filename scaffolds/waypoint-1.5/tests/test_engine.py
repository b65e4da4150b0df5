"""Compare `engine.py` with world_engine's own calls on tiny random weights; run with `pytest`.

Upstream has no loop: its README calls `append_frame` and `gen_frame`. On a CPU it runs in bfloat16
and without its compiler. Its autoencoder has its own size, and does not resize the frames.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from lucid import start_pictures
from lucid.conditioning import read_picture
from lucid.golden import Frames, Rollout, check, tiny_port

MODEL = "Overworld/Waypoint-1.5-1B"
AUTOENCODER = "Overworld-Models/taehv1_5"
WIDTH, HEIGHT = 32, 16
CONTEXT = 8  # positions
CONFIG = {"d_model": 64, "n_heads": 2, "n_kv_heads": 1, "n_layers": 2, "mlp_ratio": 2}
CONFIG |= {"patch": [1, 1], "height": 1, "width": 2}
CONFIG |= {"tokens_per_frame": 2, "channels": 32}
CONFIG |= {"n_frames": CONTEXT, "n_buttons": 256}
CONFIG |= {"local_window": 2, "global_window": 4, "global_pinned_dilation": 2}
CONFIG |= {"global_attn_period": 2, "global_attn_offset": -1, "causal": True}
CONFIG |= {"gated_attn": False, "value_residual": True, "rope_impl": "ortho"}
CONFIG |= {"noise_conditioning": "wan", "scheduler_sigmas": [1.0, 0.4, 0.0]}
CONFIG |= {"ctrl_conditioning": "mlp_fusion", "ctrl_conditioning_period": 3}
CONFIG |= {"ctrl_cond_dropout": 0.0}
CONFIG |= {"prompt_conditioning": None}
CONFIG |= {"taehv_ae": True, "auto_aspect_ratio": False, "temporal_compression": 4}
CONFIG |= {"base_fps": 15, "inference_fps": 60, "moe": False}
CONFIG |= {"rope_theta": 10000.0, "rope_nyquist_frac": 0.8}
CODES = {"forward": 0x57, "left": 0x41, "back": 0x53, "right": 0x44, "jump": 0x20}
CODES |= {"sprint": 0x10, "crouch": 0x11, "primary": 0x01, "secondary": 0x02}
"""Windows' code of each key, from its table of virtual keys."""


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_engine_makes_the_frames_of_upstream_s_loop(tmp_path: Path) -> None:
    how = "run `lucid sync`, and pytest with .lucid/venv/bin/python"
    torch = pytest.importorskip("torch", reason=how)
    pytest.importorskip("world_engine", reason=how)
    pytest.importorskip("taehv", reason=how)
    save_weights(tmp_path)
    sizes = {"WIDTH": WIDTH, "HEIGHT": HEIGHT, "CONTEXT_STEPS": CONTEXT}
    eager = torch.compiler.set_stance("force_eager")
    with eager, tiny_port("waypoint", tmp_path, **sizes) as port:
        # The last chunks are beyond the model's context.
        check(port.WaypointModel, Upstream(tmp_path), chunks=12, tolerance=0.5)


class Upstream:
    """world_engine, as its README uses it; before the context ends, it starts again."""

    def __init__(self, weights: Path) -> None:
        import torch
        from world_engine import WorldEngine

        self.world = WorldEngine(str(weights / MODEL), device="cpu", dtype=torch.bfloat16)

    def __call__(self, steps: Rollout) -> Sequence[Frames]:
        """Make the frames of each step, from the picture of the first one."""
        import torch

        # The first picture of the port's gallery, where a player starts.
        meadow = read_picture(start_pictures("places") / "meadow_tower.webp", (WIDTH, HEIGHT))
        chunks: list[Frames] = []
        with torch.random.fork_rng():
            torch.manual_seed(0)
            for number, step in enumerate(steps):
                if number == 0:
                    self.start(steps[0].get("set_seed_frame", meadow))
                elif self.world.frame_ts.item() == CONTEXT - 2:
                    self.start(chunks[-1][-1])
                frames = self.world.gen_frame(ctrl=upstream_action(step))
                chunks.append(frames.numpy().copy())
        return chunks

    def start(self, picture: Frames) -> None:
        """Forget all frames, and read a picture."""
        import torch

        self.world.reset()
        self.world.append_frame(torch.tensor(picture).repeat(4, 1, 1, 1))


def upstream_action(step: dict[str, Any]) -> Any:
    """One action as upstream takes it: a set of codes, a velocity, and the sign of the wheel."""
    from world_engine import CtrlInput

    dx, dy = (max(-0.4, min(0.4, pixels * 0.15 / 20)) for pixels in step.get("look", (0, 0)))
    return CtrlInput(
        button={code for name, code in CODES.items() if step.get(name)},
        mouse=(dx, dy),
        scroll_wheel=int(step.get("scroll", 0)),
    )


def save_weights(folder: Path) -> None:
    """Save tiny networks with random weights, each in a folder with the files of its repo."""
    import torch
    from omegaconf import OmegaConf
    from safetensors.torch import save_file
    from world_engine import WorldModel

    torch.manual_seed(0)
    model, coder = folder / MODEL, folder / AUTOENCODER
    config = OmegaConf.create({**CONFIG, "ae_uri": str(coder)})
    network = WorldModel(config)
    for name, weight in network.named_parameters():  # the zeros of a new network hide its inputs
        std = 0.02 if name.startswith("unpatchify") else 0.2
        torch.nn.init.normal_(weight, std=std)
    model.mkdir(parents=True)
    OmegaConf.save(config, model / "config.yaml")
    # Its blocks share tensors: each becomes one of its own.
    tensors = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    save_file(tensors, model / "model.safetensors")
    coder.mkdir(parents=True)
    from taehv import TAEHV

    network = TAEHV(None, patch_size=2, latent_channels=32)
    for weight in network.parameters():
        if weight.ndim == 4:  # as large as its input: otherwise all pictures are grey
            torch.nn.init.kaiming_normal_(weight)
    torch.nn.init.normal_(network.decoder[-1].weight, std=0.005)  # within 0 and 1
    torch.nn.init.constant_(network.decoder[-1].bias, 0.5)
    torch.save(network.state_dict(), coder / "taehv1_5.pth")
