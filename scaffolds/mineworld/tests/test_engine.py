"""Compare `engine.py` with MineWorld's own loop on tiny random weights; run with `pytest`.

Upstream's loop is that of its web page, mineworld.py: `step_video` reads the first frames, and
`run_prediction` makes one more. PATCHES make it small, and make it run on a CPU in float32.
"""

import json
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from lucid.golden import Frames, Rollout, check, import_upstream, import_with_changes, tiny_port

MODEL = "300M_16f"
WIDTH, HEIGHT = 64, 32
TOKENS = WIDTH // 16 * (HEIGHT // 16)  # of one frame, without the 11 of an action
CONTEXT, REFERENCE_FRAMES = 16, 8  # frames; the second one is upstream's default
SIZES = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2}
SIZES |= {"num_attention_heads": 2, "num_key_value_heads": 1}
SIZES |= {"max_position_embeddings": CONTEXT * (TOKENS + 11)}
CODER = {"block_out_channels": [8] * 5, "layers_per_block": 1, "norm_num_groups": 4}
CODER |= {"down_block_types": ["DownEncoderBlock2D"] * 5, "mid_block_add_attention": False}
CODER |= {"up_block_types": ["UpDecoderBlock2D"] * 5, "num_vq_embeddings": 8192}
CODER |= {"latent_channels": 64, "vq_embed_dim": 64}
PATCHES = {
    "utils": {"    model.to(torch.float16)\n": ""},
    "diagonal_decoding": {"336": str(TOKENS)},
    "vae": {"(1, 14, 24, 64)": f"(1, {HEIGHT // 16}, {WIDTH // 16}, 64)"},
    "lvm": {
        ".cuda()": "",
        'device="cuda"': 'device="cpu"',
        "dtype=torch.float16):\n        cache": "dtype=torch.float32):\n        cache",
        "torch.compile(prefill, fullgraph=True, dynamic=True)": "prefill",
        'torch.compile(decode_one_token, mode="max-autotune", fullgraph=True)': "decode_one_token",
        "instantiate_from_config(transformer_config)": (
            f"LlamaConfig(**dict(transformer_config.params, **{SIZES!r}))"
        ),
    },
    "mineworld": {
        "(384, 224)": f"({WIDTH}, {HEIGHT})",
        "TOKEN_PER_IMAGE = 336": f"TOKEN_PER_IMAGE = {TOKENS}",
        '.to("cuda")': "",
        "import gradio as gr\n": "",
        "import cv2\n": "",
        "from torchvision import transforms\n": "",
    },
}
"""These remove the buttons of the page, and replace the video that it reads by a picture."""
KEYS = {"forward": "w", "back": "s", "left": "a", "right": "d", "jump": "space", "drop": "q"}
KEYS |= {"sneak": "left.shift", "sprint": "left.control"}
KEYS |= {f"hotbar_{slot}": str(slot) for slot in range(1, 10)}
"""The keys of the game, as upstream's recordings name them."""
BUTTONS = ("attack", "use")
"""The mouse buttons, in the order of their numbers in these recordings."""


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::UserWarning")
def test_the_engine_makes_the_frames_of_upstream_s_loop(tmp_path: Path) -> None:
    checkout = import_upstream("mineworld", modules=("diffusers", "omegaconf", "rich"))
    for name in ("utils", "mcdataset", "diagonal_decoding", "vae", "lvm"):
        import_with_changes(checkout, name, PATCHES.get(name, {}))
    save_weights(tmp_path)
    sizes = {"WIDTH": WIDTH, "HEIGHT": HEIGHT}
    with tiny_port("mineworld", tmp_path, **sizes) as port:
        # The context has room for the first frames, and for all but the last four of these.
        check(
            port.MineworldModel,
            Upstream(checkout, tmp_path),
            chunks=CONTEXT - 4,
            probe_chunks=4,
        )


class Upstream:
    """The page of mineworld.py, with the values that its last lines set."""

    def __init__(self, checkout: Path, weights: Path) -> None:
        from omegaconf import OmegaConf

        self.weights = weights
        config = OmegaConf.load(checkout / f"configs/{MODEL}.yaml")
        coder = config.model.params.tokenizer_config.params
        coder.config_path = str(weights / "checkpoints/vae/config.json")
        coder.ckpt_path = str(weights / "checkpoints/vae/vae.ckpt")
        self.page: Any = import_with_changes(checkout, "mineworld", PATCHES["mineworld"])
        self.page.CONTEXT_LEN = CONTEXT
        self.page.REFERENCE_FRAME = REFERENCE_FRAMES
        self.page.model = import_module("utils").load_model(
            config, weights / f"checkpoints/{MODEL}.ckpt", gpu=False, eval_mode=True
        )
        self.page.tokenizer = self.page.model.tokenizer
        self.page.transforms = SimpleNamespace(Normalize=normalize)

    def __call__(self, steps: Rollout) -> Sequence[Frames]:
        """Make one frame for each step, after a still picture."""
        import torch

        grey = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
        self.page.cv2 = Cv2(steps[0].get("set_seed_frame", grey))
        still = {"keyboard": {"keys": []}, "mouse": {"dx": 0, "dy": 0, "buttons": []}}
        actions = f"{json.dumps(still)}\n" * REFERENCE_FRAMES
        (self.weights / "scene.jsonl").write_text(actions, "utf-8")
        chunks = []
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.page.step_video(str(self.weights / "scene.mp4"), 0, REFERENCE_FRAMES)
            for step in steps:
                frame, *_ = self.page.run_prediction(*self.choices(step))
                chunks.append(np.asarray(frame)[None])
        return chunks

    def choices(self, step: dict[str, Any]) -> tuple[list[str], int, int]:
        """The choices on the page: buttons, and degrees to the right and down.

        Upstream's own function reads keys and the mouse as those of a recorded game.
        """
        dx, dy = step.get("look", (0, 0))
        pressed = [number for number, name in enumerate(BUTTONS) if step.get(name)]
        keys = [f"key.keyboard.{key}" for name, key in KEYS.items() if step.get(name)]
        recorded = {
            "keyboard": {"keys": keys},
            "mouse": {"dx": dx, "dy": dy, "buttons": pressed},
        }
        action, _ = self.page.MC_ACTION_MAP.json_action_to_env_action(recorded)
        down, right = action.pop("camera")
        return [name for name, held in action.items() if held], right, down


class Cv2:
    """The part of OpenCV that the page uses: a video that shows one picture."""

    CAP_PROP_POS_FRAMES = COLOR_BGR2RGB = INTER_LINEAR = 0

    def __init__(self, picture: Frames) -> None:
        self.picture = picture

    def VideoCapture(self, path: str) -> Any:
        read = lambda: (True, self.picture[..., ::-1].copy())
        return SimpleNamespace(set=lambda *_: True, read=read, release=lambda: None)

    def cvtColor(self, frame: Frames, code: int, dst: Frames) -> None:
        dst[:] = frame[..., ::-1].copy()

    def resize(self, frame: Frames, size: tuple[int, int], interpolation: int) -> Frames:
        assert frame.shape == (size[1], size[0], 3)
        return frame


def normalize(mean: Sequence[float], std: Sequence[float]) -> Any:
    """Do the same as torchvision's class of this name."""
    import torch

    middle, scale = (torch.tensor(values)[:, None, None] for values in (mean, std))
    return lambda pictures: (pictures - middle) / scale


def save_weights(folder: Path) -> None:
    """Save tiny networks with random weights, with the file names of the repo."""
    import torch
    from diffusers import VQModel
    from omegaconf import OmegaConf

    torch.manual_seed(0)
    vae = folder / "checkpoints/vae"
    coder = VQModel(**CODER)
    torch.nn.init.normal_(coder.quantize.embedding.weight, std=0.2)  # as the encoder's output
    coder.save_config(vae)
    names = {f"model.{name}": tensor for name, tensor in coder.state_dict().items()}
    torch.save({"state_dict": names}, vae / "vae.ckpt")
    lvm = import_module("lvm")
    checkout = Path(lvm.__file__).parent
    params = OmegaConf.load(checkout / f"configs/{MODEL}.yaml").model.params.transformer_config
    transformer = lvm.LlamaLVM(params, "lvm.LlamaForCausalLM").transformer
    for name, weight in transformer.named_parameters():  # so strong that each token matters
        torch.nn.init.normal_(weight, std=0.2 if "q_proj" in name or "k_proj" in name else 1)
    tensors = {f"transformer.{name}": value for name, value in transformer.state_dict().items()}
    tensors |= {f"tokenizer.{name}": value for name, value in names.items()}
    torch.save({"state_dict": tensors}, folder / f"checkpoints/{MODEL}.ckpt")
