"""Compare `engine.py` with LingBot-World's own loop on tiny random weights; run with `pytest`.

Upstream's loop is `WanI2VFast.generate` with its rolling cache, one call for the whole rollout.
PATCHES make it small, let it run on a CPU, and let the prompt change in it.
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

BASE = "lingbot-world-base-cam"
WIDTH, HEIGHT = 32, 16
CHUNK = 3  # latents
WINDOW, SINK = 12, 3  # latents: the cache rolls from the fifth chunk on
SEEN = 8  # chunks: in the ninth, the tiny autoencoder has forgotten the start picture
CHUNKS = SEEN + 1
TEXT = 8  # tokens: of 512, nearly all would be padding
WORDS = {"<pad>": 0, "</s>": 1, "<unk>": 2} | {word: 3 + n for n, word in enumerate(PROMPTS)}
STD = 0.14
CONFIG = {"model_type": "i2v", "dim": 24, "num_heads": 2, "num_layers": 2, "ffn_dim": 16}
CONFIG |= {"freq_dim": 16, "in_dim": 36, "out_dim": 16, "text_len": TEXT, "eps": 1e-6}
VAE = {"dim": 8, "z_dim": 16, "dim_mult": [1, 2, 4, 4], "num_res_blocks": 1, "attn_scales": []}
VAE |= {"temperal_downsample": [False, True, True]}
T5 = {"vocab_size=256384": f"vocab_size={len(WORDS)}", "dim_attn=4096": "dim_attn=16"}
T5 |= {"dim_ffn=10240": "dim_ffn=16", "num_heads=64": "num_heads=2"}
ON_A_CPU = {
    "torch.amp.autocast('cuda', dtype=torch.float32)": "in_float32()",
    "torch.amp.autocast('cuda'": "torch.amp.autocast('cpu'",
}
PATCHES = {
    "wan.modules.t5": {**T5, "encoder_layers=24": "encoder_layers=1"},
    "wan.modules.vae2_1": {
        "dim=96": "dim=8",
        "num_res_blocks=2": "num_res_blocks=1",
        "amp.autocast(dtype=self.dtype)": "torch.autocast('cpu', enabled=False)",
    },
    "wan.modules.model": {
        **ON_A_CPU,
        "super().forward(x.float())": "layer_norm(self, x.float())",
    },
    "wan.modules.model_fast": {"torch.amp.autocast('cuda', dtype=torch.float32)": "in_float32()"},
    # Upstream divides the steps of a clip by the longest one. The rest of a rollout is unknown, so
    # the engine divides those of a chunk, at least by a step at full speed.
    "wan.utils.cam_utils": {
        "torch.norm(translations, dim=-1).max()": "longest(translations)",
        "if max_norm > 0:": "if True:",
    },
    "wan.image2video_fast": {
        "torch.amp.autocast('cuda'": "torch.amp.autocast('cpu'",
        'torch.device(f"cuda:{device_id}")': 'torch.device("cpu")',
        "'context': [context[0]],": "'context': self.context_of(chunk_id),",
    },
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_the_engine_makes_the_frames_of_upstream_s_loop(tmp_path: Path) -> None:
    with on_a_cpu():
        checkout = import_upstream("lingbot_fast", modules=("wan",))
        import_patched(checkout)
        engine = import_module("lingbot_fast.engine")
        check_texts(checkout, {"wan/configs/shared_config.py": f"text_len = {engine.WORDS}\n"})
        check_texts(checkout, {"wan/modules/model_fast.py": f"rope_params({engine.POSITIONS}, d "})
        save_weights(tmp_path)
        base = tmp_path / BASE
        changed = {"WIDTH": WIDTH, "HEIGHT": HEIGHT, "WORDS": TEXT, "BASE": str(base)}
        changed |= {"WINDOW": WINDOW, "SINK": SINK, "SEEN_STEPS": SEEN}
        with tiny_port("lingbot_fast", tmp_path, **changed) as port:
            check(port.LingbotFastModel, Upstream(base), chunks=CHUNKS, tolerance=0.3)


def import_patched(checkout: Path) -> None:
    """Import upstream's modules with PATCHES, and functions that replace GPU code."""
    for name, changes in PATCHES.items():
        import_with_changes(checkout, name, changes)
    import_module("wan.modules.model").layer_norm = layer_norm
    network = import_module("wan.modules.model_fast")
    network.flash_attention, network.in_float32 = attention, in_float32
    import_module("wan.utils.cam_utils").longest = longest
    import_module("wan").WanI2VFast = import_module("wan.image2video_fast").WanI2VFast


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


def longest(translations: Any) -> Any:
    """The longest step of each chunk, at least four frames at upstream's speed."""
    steps = translations.norm(dim=-1).unflatten(0, (-1, CHUNK)).amax(1).clamp(min=4 * 0.05)
    return steps.repeat_interleave(CHUNK)[:, None]


class Upstream:
    """The pipeline, made and called as in upstream's generate_fast.py."""

    def __init__(self, base: Path) -> None:
        configs = import_module("wan.configs")
        self.config = configs.WAN_CONFIGS["i2v-A14B"]
        pipeline = import_module("wan").WanI2VFast
        rolling = {"local_attn_size": WINDOW, "sink_size": SINK}
        folder = str(base)
        self.pipe = pipeline(config=self.config, checkpoint_dir=folder, device_id=0, **rolling)
        self.pipe.context_of = self.context_of
        self.actions = base / "actions"
        self.actions.mkdir(exist_ok=True)

    def __call__(self, steps: Rollout) -> Sequence[Frames]:
        """Make all chunks from the picture of the first step."""
        import torch
        from PIL import Image

        grey = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
        picture = steps[0].get("set_seed_frame", grey)
        self.prompt = ""
        self.steps = steps
        self.save_path(steps)
        rng = torch.Generator().manual_seed(42)
        shape = (16, CHUNK, HEIGHT // 8, WIDTH // 8)
        # For each chunk, one tensor to start from, and one before each denoising step but the first.
        noise = [[torch.randn(shape, generator=rng) for _ in range(4)] for _ in steps]
        later = [tensor for chunk in noise for tensor in chunk[1:]]
        draws = iter([torch.cat([chunk[0] for chunk in noise], 1), *later])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(torch, "randn", lambda *_, **__: next(draws))
            video = self.pipe.generate(
                "",
                Image.fromarray(picture),
                action_path=str(self.actions),
                max_area=WIDTH * HEIGHT,
                frame_num=4 * CHUNK * len(steps) - 3,
                shift=self.config.sample_shift,
                seed=42,
                offload_model=False,
                max_sequence_length=TEXT,
            )
        frames = (video.permute(1, 2, 3, 0).numpy() + 1) / 2
        return np.split(frames, range(4 * CHUNK - 3, len(frames), 4 * CHUNK))

    def save_path(self, steps: Rollout) -> None:
        """Save the camera's path and lens."""
        counts = [4 * CHUNK - 4] + [4 * CHUNK] * (len(steps) - 1)  # frames
        path = camera_path(steps, counts)
        np.save(self.actions / "poses.npy", path)
        np.save(self.actions / "intrinsics.npy", np.tile([503, 503, 416, 240], (len(path), 1)))

    def context_of(self, chunk: int) -> Any:
        """The encoded prompt of a chunk. The cross-attention reads a new prompt once."""
        import torch

        self.prompt = self.steps[chunk].get("set_prompt", self.prompt)
        if chunk and "set_prompt" in self.steps[chunk]:
            self.pipe._cross_attn_initialized = False
        with torch.no_grad():
            return self.pipe.text_encoder([self.prompt], self.pipe.device)


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
    """Save the repo and the repo of the base model, where upstream looks for them."""
    import torch

    torch.manual_seed(0)
    network = import_module("wan.modules.model_fast").WanModelFast(**CONFIG)
    random_network(network).save_pretrained(folder)
    base = folder / BASE
    save_base(base)
    (base / "lingbot_world_fast").symlink_to(folder)


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
