"""Compare `engine.py` with DreamX-World's own loop on tiny random weights; run with `pytest`.

Upstream's loop is `CausalCameraInferencePipeline.inference`, a call for a video, which it then
decodes. PATCHES make it small, let it run on a CPU, and let the prompt change in it.
"""

import contextlib
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from lucid.golden import (
    PROMPTS,
    Frames,
    Rollout,
    check,
    import_upstream,
    import_with_changes,
    tiny_port,
)

WIDTH, HEIGHT = 64, 32
TOKENS = HEIGHT // 32 * (WIDTH // 32)  # of one latent
BLOCK = 3  # latents
WORDS = {"<pad>": 0, "</s>": 1, "<unk>": 2} | {word: 3 + n for n, word in enumerate(PROMPTS)}
STD = 0.14
CONFIG = {"model_type": "ti2v", "dim": 24, "num_heads": 2, "num_layers": 2, "ffn_dim": 16}
CONFIG |= {"freq_dim": 16, "in_dim": 48, "out_dim": 48, "text_len": 512, "eps": 1e-6}
CONFIG |= {"local_attn_size": 12, "sink_size": 3, "add_control_adapter": True}
CONFIG |= {"cam_method": "prope", "attn_compress": 3, "cam_self_attn_layers": [0, 1]}
VAE = {"dim": 8, "dec_dim": 8, "z_dim": 48, "num_res_blocks": 1}
VAE |= {"temperal_downsample": [False, True, True]}
T5 = {"vocab_size=256384": f"vocab_size={len(WORDS)}", "dim_attn=4096": "dim_attn=16"}
T5 |= {"dim_ffn=10240": "dim_ffn=16", "num_heads=64": "num_heads=2"}
PATCHES = {
    "wan.modules.t5": {**T5, "encoder_layers=24": "encoder_layers=1"},
    "wan.modules.vae_2_2": {
        "dec_dim=256": "dec_dim=8",
        "dim=160": "dim=8",
        "num_res_blocks=2": "num_res_blocks=1",
    },
    "wan.modules.causal_camera_model_2_2_prope_infinity": {
        "local_attn_size * 880": f"local_attn_size * {TOKENS}",
    },
    "utils.wan_wrapper": {
        "return torch.cuda.current_device()": 'return torch.device("cpu")',
        "880 * num_output_frames": f"{TOKENS} * num_output_frames",
    },
    "pipeline.pipeline_causal_camera": {
        "self.num_transformer_blocks = 30": "self.num_transformer_blocks = 2",
        "self.frame_seq_length = 880": f"self.frame_seq_length = {TOKENS}",
        "num_head = 24": "num_head = 2",
        "num_head, 128]": "num_head, 12]",
        "            latents = noisy_input\n": (
            "            latents = noisy_input\n"
            "            conditional_dict = self.conditions_of(i)\n"
        ),
    },
    "inference_ar_forcing": {"expand(-1, 880, -1, -1)": f"expand(-1, {TOKENS}, -1, -1)"},
}
NOT_NEEDED = {
    "cv2": [],
    "imageio": [],
    "torchvision": ["transforms"],
    "torchvision.io": ["write_video"],
}
"""Modules that upstream imports for video files, and the names that it imports from them."""


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_the_engine_makes_the_frames_of_upstream_s_loop(tmp_path: Path) -> None:
    with on_a_cpu():
        checkout = import_upstream("dreamx", modules=("wan", "omegaconf", "einops"))
        for name, changes in PATCHES.items():
            import_with_changes(checkout, name, changes)
        import_module("wan.modules.model_2_2").flash_attention = attention
        save_weights(tmp_path)
        with tiny_port("dreamx", tmp_path, WIDTH=WIDTH, HEIGHT=HEIGHT) as port:
            # The window holds four blocks. Later blocks replace all but the first.
            check(port.DreamxModel, Upstream(checkout, tmp_path), chunks=9, tolerance=0.1)


@contextlib.contextmanager
def on_a_cpu() -> Iterator[None]:
    """Import upstream without a GPU, and without the modules that it needs for video files."""
    import diffusers  # noqa: F401 - like the two below, it looks for torchvision
    import torch
    from transformers import AutoTokenizer, T5EncoderModel  # noqa: F401

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.cuda, "current_device", lambda: 0)
        for name, functions in NOT_NEEDED.items():
            module = ModuleType(name)
            for function in functions:
                setattr(module, function, None)
            patch.setitem(sys.modules, name, module)
        yield


def attention(q: Any, k: Any, v: Any, k_lens: Any = None, **_: Any) -> Any:
    """Do the same as flash-attn, which needs a GPU."""
    import torch

    assert k_lens is None
    heads_first = (part.transpose(1, 2) for part in (q, k, v))
    return torch.nn.functional.scaled_dot_product_attention(*heads_first).transpose(1, 2)


class Upstream:
    """The pipeline, made and called as in upstream's inference_ar_forcing.py."""

    def __init__(self, checkout: Path, weights: Path) -> None:
        import torch
        from omegaconf import OmegaConf

        folder = checkout / "configs/dreamx-ar"
        own = OmegaConf.load(folder / "causal_camera_forcing_5b.yaml")
        config = OmegaConf.merge(OmegaConf.load(folder / "default_config.yaml"), own)
        self.script = import_module("inference_ar_forcing")
        names = {"model_name": str(weights), "transformer_path": str(weights), "vae_path": None}
        names |= {"base_checkpoint_path": str(weights / "model.safetensors"), "lora_ckpt": None}
        with torch.no_grad():
            given = Namespace(**names, num_output_frames=BLOCK)
            self.pipe = self.script.load_pipeline(given, config, "cpu").to(dtype=torch.bfloat16)
        self.pipe.conditions_of = self.conditions_of

    def __call__(self, steps: Rollout) -> Sequence[Frames]:
        """Make one video from the picture, along the path of the keys."""
        import torch

        self.steps, self.prompt = steps, ""
        picture = steps[0].get("set_seed_frame", np.full((HEIGHT, WIDTH, 3), 128, np.uint8))
        pixels = (torch.from_numpy(picture).permute(2, 0, 1) / 255 - 0.5) / 0.5
        pixels = pixels[None, :, None].to(torch.bfloat16)
        rng = torch.Generator().manual_seed(42)
        shape = (1, BLOCK, 48, HEIGHT // 16, WIDTH // 16)
        # For each block, one tensor to start from, and one before each denoising step but the first.
        options: dict[str, Any] = {"generator": rng, "dtype": torch.bfloat16}
        noise = [[torch.randn(shape, **options) for _ in range(4)] for _ in steps]
        later = iter([draw[0] for block in noise for draw in block[1:]])
        whole = torch.cat([block[0] for block in noise], 1)
        with pytest.MonkeyPatch.context() as patch, torch.no_grad():
            patch.setattr(torch, "randn_like", lambda _: next(later))
            whole[:, 0] = self.pipe.vae.encode_to_latent(pixels).to(torch.bfloat16)
            video = self.pipe.inference(
                noise=whole, text_prompts=[""], y=None, y_camera=self.cameras(steps)
            )
        return np.split(video[0].permute(0, 2, 3, 1).numpy(), range(9, 12 * len(steps) - 3, 12))

    def cameras(self, steps: Rollout) -> Any:
        """The cameras of the latents, with a part of the path for the keys of each step."""
        names = {"forward": "w", "left": "a", "back": "s", "right": "d"}
        names |= {"look_up": "i", "look_left": "j", "look_down": "k", "look_right": "l"}
        held = ["".join(key for name, key in names.items() if step.get(name)) for step in steps]
        spec = [(keys, 12 if n else 9) for n, keys in enumerate(held)]
        frames = 12 * len(steps) - 3
        paths = import_module("utils.trajectory_processor")
        _, entries, _ = paths.generate_trajectory_from_json(
            spec, frames, width=WIDTH, height=HEIGHT, return_cam_params=True
        )
        cameras = [paths.Camera(entry.tolist()) for entry in entries]
        return self.script.cam_params_to_prope_dict(cameras, device="cpu", chunk_relative=True)

    def conditions_of(self, block: int) -> Any:
        """The encoded prompt of a block. The cross-attention reads a new prompt once."""
        if "set_prompt" in self.steps[block]:
            self.prompt = self.steps[block]["set_prompt"]
            for cache in self.pipe.crossattn_cache:
                cache["is_init"] = False
        return self.pipe.text_encoder(text_prompts=[self.prompt])


def save_weights(folder: Path) -> None:
    """Save the repo, and the repo of the base model."""
    import json

    import torch
    from safetensors.torch import save_file

    torch.manual_seed(0)
    save_base(folder)
    causal = import_module("wan.modules.causal_camera_model_2_2_prope_infinity").CausalWanModel
    network = random_network(causal(**CONFIG))
    save_file(network.state_dict(), folder / "model.safetensors")
    named = {"_class_name": "CausalWanModel", **CONFIG}
    (folder / "config.json").write_text(json.dumps(named), "utf-8")


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
    t5, vae = import_module("wan.modules.t5"), import_module("wan.modules.vae_2_2")
    text = t5.umt5_xxl(encoder_only=True, return_tokenizer=False)
    torch.save(text.state_dict(), folder / "models_t5_umt5-xxl-enc-bf16.pth")
    coder = vae.WanVAE_(**VAE)
    torch.nn.init.normal_(coder.conv1.weight)  # otherwise all pictures look alike
    torch.save(coder.state_dict(), folder / "Wan2.2_VAE.pth")


def random_network(network: Any) -> Any:
    """Give every weight a random value, because the last zeros of a new network hide its inputs."""
    import torch

    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=STD)
    return network
