"""Compare `engine.py` with ABot-World's own loop on tiny random weights; run with `pytest`.

Upstream's loop is `_inference_worker` of its web page. PATCHES make it small, let it run on a CPU,
and correct one mistake: a new prompt drops the reference pictures.
"""

import contextlib
import sys
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

CHECKPOINTS = "checkpoints/ABot-World-0-5B-LF"  # where upstream's configs look
WIDTH, HEIGHT = 64, 32
WORDS = {"<pad>": 0, "</s>": 1, "<unk>": 2} | {word: 3 + n for n, word in enumerate(PROMPTS)}
STD = 0.06
CONFIG = {"model_type": "ti2v", "dim": 24, "num_heads": 2, "num_layers": 2, "ffn_dim": 16}
CONFIG |= {"freq_dim": 16, "in_dim": 48, "out_dim": 48, "text_len": 512, "eps": 1e-6}
CONFIG |= {"downscale_factor_control_adapter": 16}
VAE = {"dim": 8, "dec_dim": 8, "z_dim": 48, "num_res_blocks": 1}
T5 = {"vocab_size=256384": f"vocab_size={len(WORDS)}", "dim_attn=4096": "dim_attn=16"}
T5 |= {"dim_ffn=10240": "dim_ffn=16", "num_heads=64": "num_heads=2"}
PATCHES = {
    "wan.modules.t5": {**T5, "encoder_layers=24": "encoder_layers=1"},
    "wan.modules.vae2_2": {
        "dec_dim=256": "dec_dim=8",
        "dim=160": "dim=8",
        "num_res_blocks=2": "num_res_blocks=1",
    },
    "wan.modules.taehv": {"n_f = [256, 128, 64, 64]": "n_f = [8, 8, 8, 8]"},
    "utils.wan_wrapper": {},
    "pipeline.causal_inference": {
        "self.num_transformer_blocks = 30": "self.num_transformer_blocks = 2",
        "torch.cuda.synchronize()": "pass",
        # All frames, before upstream rounds them down.
        "(vid[0].permute(0,2,3,1) * 255.0).clamp(0,255).to(torch.uint8).numpy()": (
            "vid[0].permute(0, 2, 3, 1).numpy()"
        ),
    },
    "web_client.inference": {
        "pipeline.set_prompts([current_prompt], device=device)": (
            "kept = pipeline.conditional_dict; "
            "pipeline.set_prompts([current_prompt], device=device); "
            "pipeline.conditional_dict = {**kept, **pipeline.conditional_dict}"
        ),
    },
}
NOT_NEEDED = {
    "gradio": [],
    "imageio": [],
    "quantizer": ["apply_fp8_quantization"],
    "wan.modules.helios_kernels": [
        "replace_all_norms_with_flash_norms",
        "replace_rope_with_flash_rope",
    ],
    "wan.modules.sla_attn": ["get_block_map"],
    "wan.modules.sla_kernel": ["_attention"],
}
"""Modules that the loop imports for the web page and a GPU, and the names imported from them."""


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_engine_makes_the_frames_of_upstream_s_loop(tmp_path: Path) -> None:
    with on_a_cpu(), contextlib.chdir(tmp_path):
        checkout = import_upstream("abot_world", modules=("wan", "omegaconf"))
        for name, changes in PATCHES.items():
            import_with_changes(checkout, name, changes)
        network = import_module("wan.modules.causal_model")
        network.attention = network.flash_attention = attention
        save_weights(tmp_path)
        with tiny_port("abot_world", tmp_path, WIDTH=WIDTH, HEIGHT=HEIGHT) as port:
            # The window holds seven blocks, so the last two replace the first ones.
            check(port.AbotWorldModel, Upstream(checkout, tmp_path), chunks=9, tolerance=0.1)


@contextlib.contextmanager
def on_a_cpu() -> Iterator[None]:
    """Import upstream without a GPU and without a web page."""
    import torch

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
    """The pipeline, made as in upstream's pipeline_loader.py, and the worker of its web page."""

    def __init__(self, checkout: Path, weights: Path) -> None:
        import torch
        from omegaconf import OmegaConf

        own = OmegaConf.load(checkout / "configs/long_forcing_dmd.yaml")
        config = OmegaConf.merge(OmegaConf.load(checkout / "configs/default_config.yaml"), own)
        config.image_or_video_shape[3:] = [HEIGHT // 16, WIDTH // 16]
        vae = import_module("utils.wan_wrapper").create_vae_from_config(config)
        pipelines = import_module("pipeline.causal_inference")
        self.device = torch.device("cpu")
        self.pipe = pipelines.CausalInferencePipeline(config, device=self.device, vae=vae)
        self.pipe = self.pipe.to(dtype=torch.bfloat16)
        self.web, self.picture = import_module("web_client.inference"), weights / "picture.png"
        self.web.STREAM_HEIGHT, self.web.STREAM_WIDTH = HEIGHT, WIDTH

    def __call__(self, steps: Rollout) -> Sequence[Frames]:
        """Start a stream as the web page does, and let its worker make the blocks."""
        import torch
        from PIL import Image

        pipe, web = self.pipe, self.web
        picture = steps[0].get("set_seed_frame", np.full((HEIGHT, WIDTH, 3), 128, np.uint8))
        Image.fromarray(picture).save(self.picture)
        queue = Queue(web.state, steps)
        with torch.no_grad():
            torch.manual_seed(42)
            noise = torch.randn([1, 3, 48, HEIGHT // 16, WIDTH // 16], dtype=torch.bfloat16)
            pipe.set_prompts([web.state.shared_prompt], device=self.device)
            pipe.set_ref_latent_mask_from_exists_paths(ref_dir="none", device=self.device)
            pipe.reset_stream(batch_size=1, dtype=torch.bfloat16, device=self.device)
            pipe.set_first_frame_latent(
                str(self.picture), height=HEIGHT, width=WIDTH, device=self.device
            )
            pipe.vae.model.clear_cache()
            web._inference_worker(pipe, noise, self.device, queue, pipe.num_frame_per_block)
        assert web.state.worker_error is None, web.state.worker_error
        return queue.chunks


class Queue:
    """The queue of the worker: keeps its blocks, and sends the inputs of the next step."""

    def __init__(self, state: Any, steps: Rollout) -> None:
        self.state, self.steps = state, steps
        self.chunks: list[Frames] = []
        state.shared_prompt, state.worker_error = "", None
        state.reset_stats()
        self._send()

    def _send(self) -> None:
        self.state.is_running = len(self.chunks) < len(self.steps)
        if not self.state.is_running:
            return
        step = self.steps[len(self.chunks)]
        names = {"forward": "W", "left": "A", "back": "S", "right": "D"}
        names |= {"look_up": "I", "look_left": "J", "look_down": "K", "look_right": "L"}
        self.state.frontend_pressed = {key for name, key in names.items() if step.get(name)}
        self.state.shared_prompt = step.get("set_prompt", self.state.shared_prompt)

    def put(self, item: Any) -> None:
        """Take the frames of a block, or the end of the stream."""
        if item is not None:
            self.chunks.append(np.stack(item[0]))
            self._send()


def save_weights(folder: Path) -> None:
    """Save the repo, and a link where upstream's configs look for it."""
    import torch

    torch.manual_seed(0)
    save_base(folder)
    network = import_module("wan.modules.causal_model").CausalWanModel(**CONFIG)
    random_network(network).save_pretrained(folder)
    decoder = import_module("wan.modules.taehv").TAEHV(None, patch_size=2, latent_channels=48)
    torch.save(decoder.state_dict(), folder / "taew2_2.pth")
    Path(CHECKPOINTS).parent.mkdir()
    Path(CHECKPOINTS).symlink_to(folder)


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
    t5, vae = import_module("wan.modules.t5"), import_module("wan.modules.vae2_2")
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
