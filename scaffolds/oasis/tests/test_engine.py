"""Compare `engine.py` with open-oasis' own loop on tiny random weights; run with `pytest`.

Upstream's loop is `main` of its `generate.py`. PATCHES make it run on a CPU and without video files.
"""

import importlib
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lucid.golden import Frames, Rollout, check, import_upstream, import_with_changes, tiny_port

WIDTH, HEIGHT = 80, 40
DIT = {"input_h": 2, "input_w": 4, "hidden_size": 32, "depth": 1, "num_heads": 2, "max_frames": 6}
VAE = {"input_height": HEIGHT, "input_width": WIDTH, "patch_size": 20, "enc_dim": 32}
VAE |= {"enc_depth": 1, "enc_heads": 2, "dec_dim": 32, "dec_depth": 1, "dec_heads": 2}
PATCHES = {
    "utils": {
        "from torchvision.io import read_image, read_video\n": "",
        "from torchvision.transforms.functional import resize\n": "",
    },
    "generate": {
        "assert torch.cuda.is_available()\n": "",
        'device = "cuda:0"\n': 'device = "cpu"\n',
        "from torchvision.io import read_video, write_video\n": "",
    },
}
"""Upstream needs CUDA, and file functions that new releases of torchvision do not have."""
NAMES = {
    "forward": "forward",
    "back": "back",
    "left": "left",
    "right": "right",
    "jump": "jump",
    "sneak": "sneak",
    "sprint": "sprint",
    "attack": "attack",
    "use": "use",
    "pick_item": "pickItem",
    "drop": "drop",
    "swap_hands": "swapHands",
    "inventory": "inventory",
    **{f"hotbar_{slot}": f"hotbar.{slot}" for slot in range(1, 10)},
}
"""Upstream's name of each key."""
STEPS_PER_PIXEL = 0.15 / 0.5  # 0.15 degrees are a pixel in the game, and half a degree is a step


@pytest.mark.filterwarnings("ignore:.*CUDA is not available:UserWarning")
def test_the_engine_makes_the_frames_of_upstream_s_loop(tmp_path: Path) -> None:
    checkout = import_upstream("oasis", modules=("dit", "vae"))
    save_weights(tmp_path)
    with tiny_port("oasis", tmp_path, WIDTH=WIDTH, HEIGHT=HEIGHT) as port:
        # The network sees six frames, so the last chunks are beyond its context.
        check(port.OasisModel, Upstream(checkout, tmp_path), chunks=12)


class Upstream:
    """`main` of generate.py. A picture and the frames replace its files."""

    def __init__(self, checkout: Path, weights: Path) -> None:
        self.weights, self.checkout = weights, checkout
        import_with_changes(checkout, "utils", PATCHES["utils"])
        self.generate = import_with_changes(checkout, "generate", PATCHES["generate"])

    def __call__(self, steps: Rollout) -> Sequence[Frames]:
        """Make one frame for each step, after the first picture."""
        import torch
        from PIL import Image

        written: list[Any] = []
        with Image.open(self.checkout / "sample_data/sample_image_0.png") as sample:
            start = np.asarray(sample.convert("RGB").resize((WIDTH, HEIGHT)))
        picture = torch.from_numpy(steps[0].get("set_seed_frame", start).copy())

        def load_prompt(path: str, **_: Any) -> Any:
            torch.manual_seed(0)  # upstream calls it before its networks draw numbers
            return picture.permute(2, 0, 1)[None, None] / 255

        actions = self.weights / "script.actions.pt"
        torch.save([upstream_action(step) for step in steps], actions)
        self.generate.load_prompt = load_prompt
        self.generate.write_video = lambda path, frames, fps: written.append(frames)
        self.generate.main(
            Namespace(
                oasis_ckpt=str(self.weights / "oasis500m.safetensors"),
                vae_ckpt=str(self.weights / "vit-l-20.safetensors"),
                num_frames=1 + len(steps),
                prompt_path="",
                actions_path=str(actions),
                video_offset=None,
                n_prompt_frames=1,
                output_path="",
                fps=20,
                ddim_steps=10,
            )
        )
        return list(written[0][1:, None].numpy())


def upstream_action(step: dict[str, Any]) -> dict[str, Any]:
    """One action as upstream records it: keys by name, and the camera's steps from 0 to 80."""
    dx, dy = step.get("look", (0, 0))
    camera = [40 + max(-40, min(40, round(pixels * STEPS_PER_PIXEL))) for pixels in (dy, dx)]
    keys = {theirs: step.get(ours, 0) for ours, theirs in NAMES.items()}
    return {"ESC": 0, "camera": camera, **keys}


def save_weights(folder: Path) -> None:
    """Save tiny networks with random weights, and let upstream build networks of this size."""
    import torch
    from safetensors.torch import save_model

    dit, vae = importlib.import_module("dit"), importlib.import_module("vae")
    dit.DiT_models["DiT-S/2"] = lambda: dit.DiT(**DIT)
    vae.VAE_models["vit-l-20-shallow-encoder"] = lambda: vae.AutoencoderKL(latent_dim=16, **VAE)
    torch.manual_seed(0)
    network = dit.DiT_models["DiT-S/2"]()
    for weight in network.parameters():  # a new last layer is zero
        torch.nn.init.normal_(weight, std=0.2)
    save_model(network, str(folder / "oasis500m.safetensors"))
    network = vae.VAE_models["vit-l-20-shallow-encoder"]()
    save_model(network, str(folder / "vit-l-20.safetensors"))
