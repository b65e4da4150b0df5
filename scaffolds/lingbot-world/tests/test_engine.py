"""Compare `engine.py` with LingBot-World's own loop on tiny random weights; run with `pytest`.

Upstream's loop is `WanI2V.generate`, with both of its networks: it makes a clip. As in the port, the
next clip starts from the last frame, and its camera goes on along the path of the whole rollout.
PATCHES make the other networks small, and let upstream run on a CPU.
"""

import contextlib
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lucid.golden import (
    PROMPTS,
    Frames,
    Rollout,
    check,
    check_texts,
    import_upstream,
    import_with_changes,
    tiny_port,
)

CONTROL = "cam"
WIDTH, HEIGHT = 32, 16
FRAMES = 8  # of a clip, without its first; a multiple of 4
DENOISING_STEPS = 4  # at shift 10, two for each of the networks
CLIPS = 5
WORDS = {"<pad>": 0, "</s>": 1, "<unk>": 2} | {word: 3 + n for n, word in enumerate(PROMPTS)}
STD = 0.14
CONFIG = {"model_type": "i2v", "control_type": CONTROL, "dim": 24, "num_heads": 2, "ffn_dim": 16}
CONFIG |= {"num_layers": 2, "freq_dim": 16, "in_dim": 36, "out_dim": 16, "eps": 1e-6}
VAE = {"dim": 8, "z_dim": 16, "dim_mult": [1, 2, 4, 4], "num_res_blocks": 1, "attn_scales": []}
VAE |= {"temperal_downsample": [False, True, True]}
T5 = {"vocab_size=256384": f"vocab_size={len(WORDS)}", "dim_attn=4096": "dim_attn=16"}
T5 |= {"dim_ffn=10240": "dim_ffn=16", "num_heads=64": "num_heads=2"}
PATCHES = {
    "wan.modules.t5": {**T5, "encoder_layers=24": "encoder_layers=1"},
    "wan.modules.vae2_1": {
        "dim=96": "dim=8",
        "num_res_blocks=2": "num_res_blocks=1",
        "amp.autocast(dtype=self.dtype)": "torch.autocast('cpu', enabled=False)",
    },
    "wan.modules.model": {
        "torch.amp.autocast('cuda', dtype=torch.float32)": "in_float32()",
        "torch.amp.autocast('cuda'": "torch.amp.autocast('cpu'",
        "super().forward(x.float())": "layer_norm(self, x.float())",
    },
    "wan.image2video": {
        "torch.amp.autocast('cuda'": "torch.amp.autocast('cpu'",
        'torch.device(f"cuda:{device_id}")': 'torch.device("cpu")',
        "torch.cuda.synchronize()": "pass",
    },
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_the_engine_makes_the_frames_of_upstream_s_loop(tmp_path: Path) -> None:
    with on_a_cpu():
        checkout = import_upstream("lingbot", modules=("wan",))
        import_patched(checkout)
        engine = import_module("lingbot.engine")
        steps = f"sample_steps = {engine.DENOISING_STEPS}\n"
        check_texts(checkout, {"wan/configs/wan_i2v_A14B.py": steps})
        weights = tmp_path / CONTROL  # upstream reads the kind of control in this path
        save_weights(weights)
        changed = {"WIDTH": WIDTH, "HEIGHT": HEIGHT, "FRAMES_PER_STEP": FRAMES}
        changed |= {"DENOISING_STEPS": DENOISING_STEPS}
        with tiny_port("lingbot", weights, **changed) as port:
            check(port.LingbotModel, Upstream(weights), chunks=CLIPS, tolerance=0.3)


def import_patched(checkout: Path) -> None:
    """Import upstream's modules with PATCHES, and functions that replace GPU code."""
    for name, changes in PATCHES.items():
        import_with_changes(checkout, name, changes)
    network = import_module("wan.modules.model")
    network.layer_norm, network.flash_attention = layer_norm, attention
    network.in_float32 = in_float32
    import_module("wan").WanI2V = import_module("wan.image2video").WanI2V


@contextlib.contextmanager
def on_a_cpu() -> Iterator[None]:
    """Import upstream's code without a GPU, although it asks for the index of the current GPU."""
    import torch

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.cuda, "current_device", lambda: 0)
        yield


def attention(q: Any, k: Any, v: Any, k_lens: Any = None, **_: Any) -> Any:
    """Do the same as flash-attn, which needs a GPU."""
    import torch

    assert k_lens is None or k_lens.tolist() == [k.shape[1]]
    heads_first = (part.transpose(1, 2) for part in (q, k, v))
    return torch.nn.functional.scaled_dot_product_attention(*heads_first).transpose(1, 2)


def layer_norm(norm: Any, x: Any) -> Any:
    """Do the same as autocast on a GPU: it computes a layer norm with float32 weights."""
    import torch

    weights = (part if part is None else part.float() for part in (norm.weight, norm.bias))
    return torch.nn.functional.layer_norm(x, norm.normalized_shape, *weights, norm.eps)


@contextlib.contextmanager
def in_float32() -> Iterator[None]:
    """Do the same as autocast to float32 on a GPU. On a CPU, it does nothing with this dtype."""
    import torch

    class Float32(torch.overrides.TorchFunctionMode):  # type: ignore[misc] # torch is not typed
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            if func is torch.nn.functional.linear:
                args = [given.float() for given in args]
            return func(*args, **(kwargs or {}))

    with torch.autocast("cpu", enabled=False), Float32():
        yield


class Upstream:
    """The pipeline, made and called as in upstream's generate.py."""

    def __init__(self, weights: Path) -> None:
        self.config = import_module("wan.configs").WAN_CONFIGS["i2v-A14B"]
        pipeline = import_module("wan").WanI2V
        self.pipe = pipeline(config=self.config, checkpoint_dir=str(weights), device_id=0)
        self.actions = weights / "actions"
        self.actions.mkdir(exist_ok=True)

    def __call__(self, steps: Rollout) -> Sequence[Frames]:
        """Make a clip for each step."""
        path = camera_path(steps, [FRAMES] * len(steps))
        picture = steps[0].get("set_seed_frame", np.full((HEIGHT, WIDTH, 3), 128, np.uint8))
        prompt, clips = "", []
        for number, step in enumerate(steps):
            prompt = step.get("set_prompt", prompt)
            self.save_path(path[FRAMES * number : FRAMES * (number + 1) + 1])
            clips.append(self.clip(prompt, picture, number))
            picture = (clips[-1][-1] * 255).round().astype(np.uint8)
        return clips

    def save_path(self, path: Any) -> None:
        """Save the camera's path and lens."""
        np.save(self.actions / "poses.npy", path)
        np.save(self.actions / "intrinsics.npy", np.tile([503, 503, 416, 240], (len(path), 1)))

    def clip(self, prompt: str, picture: Any, number: int) -> Frames:
        """Make a clip, and leave out its first frame, which is the picture."""
        from PIL import Image

        video = self.pipe.generate(
            prompt,
            Image.fromarray(picture),
            action_path=str(self.actions),
            vis_ui=False,  # upstream draws the keys into the frames
            max_area=WIDTH * HEIGHT,
            frame_num=FRAMES + 1,
            shift=self.config.sample_shift,
            sampling_steps=DENOISING_STEPS,
            guide_scale=self.config.sample_guide_scale,
            seed=number,
        )
        frames: Frames = (video.permute(1, 2, 3, 0).numpy() + 1) / 2
        return frames[1:]


def camera_path(steps: Rollout, counts: Sequence[int]) -> Any:
    """The poses (frames + 1, 4, 4) of the keys of each step, held for so many frames."""
    names = {"forward": "w", "left": "a", "back": "s", "right": "d"}
    names |= {"look_up": "i", "look_left": "j", "look_down": "k", "look_right": "l"}
    held = [[key for name, key in names.items() if step.get(name)] for step in steps]
    frames = [keys for keys, count in zip(held, counts, strict=True) for _ in range(count)]
    helper = import_module("wan.utils.wasd_ijkl_to_c2ws")
    path = np.stack(helper.generate_and_save_trajectory(frames))

    def sum_of(more: str, less: str) -> Any:
        pulls = [int(step.get(more, False)) - int(step.get(less, False)) for step in steps]
        return np.cumsum(np.repeat(pulls, counts))

    # Upstream has no keys for the other two axes, but its network takes any pose.
    path[1:, 1, 3] -= 0.05 * sum_of("move_up", "move_down")
    angles = np.deg2rad(2) * sum_of("roll_right", "roll_left")
    for pose, angle in zip(path[1:], angles, strict=True):
        pose[:3, :3] @= helper.get_rotation_matrix("z", angle)
    return path


def save_weights(folder: Path) -> None:
    """Save the repo."""
    import torch

    torch.manual_seed(0)
    for name in ("low_noise_model", "high_noise_model"):
        network = import_module("wan.modules.model").WanModel(**CONFIG)
        random_network(network).save_pretrained(folder / name)
    save_base(folder)


def save_base(folder: Path) -> None:
    """Save Wan's own repo: a tokenizer of two words, a text encoder, and an autoencoder."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(WordLevel(WORDS, unk_token="<unk>"))
    words.pre_tokenizer = Whitespace()
    ends = {"single": "$A </s>", "special_tokens": [("</s>", WORDS["</s>"])]}  # as umT5's does
    words.post_processor = TemplateProcessing(**ends)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )
    tokenizer.save_pretrained(folder / "google/umt5-xxl")
    for name in ("special_tokens_map.json", "spiece.model"):
        (folder / "google/umt5-xxl" / name).write_text("{}", "utf-8")
    t5, vae = import_module("wan.modules.t5"), import_module("wan.modules.vae2_1")
    text = t5.umt5_xxl(encoder_only=True, return_tokenizer=False)
    torch.save(text.state_dict(), folder / "models_t5_umt5-xxl-enc-bf16.pth")
    coder = vae.WanVAE_(**VAE)
    torch.nn.init.normal_(coder.conv1.weight)  # otherwise all pictures look alike
    torch.save(coder.state_dict(), folder / "Wan2.1_VAE.pth")


def random_network(network: Any) -> Any:
    """Give every weight a random value, because the last zeros of a new network hide its inputs."""
    import torch

    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=STD)
    return network
