"""Compare `engine.py` with upstream's own loop on tiny random weights; run with `pytest`.

Upstream's loop is `CausalInferencePipeline.inference`, with its rolling cache. It extends a video if
it gets the latents so far.
PATCHES make it small, and make it run on a CPU.
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

WIDTH, HEIGHT = 32, 16
TOKENS = HEIGHT // 16 * (WIDTH // 16)  # of one latent
BLOCK = 3  # latents
FIRST = 4 * BLOCK - 3  # frames of a first block: its first latent is one frame
WINDOW, SINK, POSITIONS = 4, 1, 7  # blocks
WORDS = {"<pad>": 0, "</s>": 1, "<unk>": 2} | {word: 3 + n for n, word in enumerate(PROMPTS)}
NAMES = ("generator", "generator_ema")
STD = 0.06
CONFIG = {"model_type": "t2v", "dim": 24, "num_heads": 2, "num_layers": 2, "ffn_dim": 16}
CONFIG |= {"freq_dim": 16, "in_dim": 16, "out_dim": 16, "text_len": 512, "eps": 1e-6}
VAE = {"dim": 8, "z_dim": 16, "dim_mult": [1, 2, 4, 4], "num_res_blocks": 1, "attn_scales": []}
VAE |= {"temperal_downsample": [False, True, True]}
T5 = {"vocab_size=256384": f"vocab_size={len(WORDS)}", "dim_attn=4096": "dim_attn=16"}
T5 |= {"dim_ffn=10240": "dim_ffn=16", "num_heads=64": "num_heads=2"}
PATCHES = {
    "wan.modules.t5": {**T5, "encoder_layers=24": "encoder_layers=1"},
    "wan.modules.vae": {"dim=96": "dim=8", "num_res_blocks=2": "num_res_blocks=1"},
    "utils.wan_wrapper": {"return torch.cuda.current_device()": 'return torch.device("cpu")'},
    "pipeline.causal_inference": {
        "self.num_transformer_blocks = 30": "self.num_transformer_blocks = 2",
        "self.frame_seq_length = 1560": f"self.frame_seq_length = {TOKENS}",
        "12, 128]": "2, 12]",
    },
}
"""Changes of sizes and of the device of prompts. `on_a_cpu` makes the other changes."""


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_the_engine_makes_the_frames_of_upstream_s_loop(tmp_path: Path) -> None:
    with on_a_cpu(), contextlib.chdir(tmp_path):
        modules = ("wan", "omegaconf")
        checkout = import_upstream("self_forcing", modules=modules)
        for name, changes in PATCHES.items():
            import_with_changes(checkout, name, changes)
        import_module("wan.modules.model").flash_attention = attention
        save_weights(tmp_path)
        sizes = {"WIDTH": WIDTH, "HEIGHT": HEIGHT, "WINDOW_STEPS": WINDOW}
        sizes["POSITIONS"] = POSITIONS * BLOCK
        engine = import_module("self_forcing.engine")
        trained = engine.WINDOW_STEPS * BLOCK
        said = {"configs/default_config.yaml": f"num_training_frames: {trained}\n"}
        said["wan/modules/causal_model.py"] = f"rope_params({engine.POSITIONS}, d "
        check_texts(checkout, said)
        with tiny_port("self_forcing", tmp_path, **sizes) as port:
            # The window rolls from the fifth block on. Positions start at 0 again with the prompt of
            # the seventh block, and before the tenth block, because they end there.
            check(port.SelfForcingModel, Upstream(checkout, tmp_path), chunks=12, tolerance=0.1)


@contextlib.contextmanager
def on_a_cpu() -> Iterator[None]:
    """Import upstream without a GPU, although it asks for the index of the current GPU."""
    import torch

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.cuda, "current_device", lambda: 0)
        yield


def attention(q: Any, k: Any, v: Any, k_lens: Any = None, **_: Any) -> Any:
    """Do the same as flash-attn, which needs a GPU."""
    import torch

    assert k_lens is None
    heads_first = (part.transpose(1, 2) for part in (q, k, v))
    return torch.nn.functional.scaled_dot_product_attention(*heads_first).transpose(1, 2)


class Upstream:
    """The pipeline, made and called as in upstream's inference.py."""

    def __init__(self, checkout: Path, weights: Path) -> None:
        import torch
        from omegaconf import OmegaConf

        own = OmegaConf.load(checkout / "configs/self_forcing_dmd.yaml")
        config = OmegaConf.merge(OmegaConf.load(checkout / "configs/default_config.yaml"), own)
        config.model_kwargs |= {"local_attn_size": WINDOW * BLOCK, "sink_size": SINK * BLOCK}
        pipelines = import_module("pipeline.causal_inference")
        with torch.no_grad():
            self.pipe = pipelines.CausalInferencePipeline(config, device="cpu")
        tensors = torch.load(weights / "checkpoints/self_forcing_dmd.pt")
        # The key is the one that upstream's README names: --use_ema, or not.
        self.pipe.generator.load_state_dict(tensors["generator_ema"])
        self.pipe.to(dtype=torch.bfloat16)

    def __call__(self, steps: Rollout) -> Sequence[Frames]:
        """Make the blocks; a new prompt and the last position each begin another call."""
        import torch

        rng = torch.Generator().manual_seed(0)
        shape = (1, BLOCK, 16, HEIGHT // 8, WIDTH // 8)
        # For each block, one tensor to start from, and one before each denoising step but the first.
        options: dict[str, Any] = {"generator": rng, "dtype": torch.bfloat16}
        noise = [[torch.randn(shape, **options) for _ in range(4)] for _ in steps]
        latents: list[Any] = []  # a tensor per block
        prompt = ""
        while (first := len(latents)) < len(steps):
            prompt = steps[first].get("set_prompt", prompt)
            known = latents[:SINK] + latents[SINK:][-(WINDOW - SINK) :]
            prompts = (n for n in range(first + 1, len(steps)) if "set_prompt" in steps[n])
            end = min(first + POSITIONS - len(known), next(prompts, len(steps)))
            latents += self.extend(known, noise[first:end], prompt)
        video = self.pipe.vae.decode_to_pixel(torch.cat(latents, 1))
        frames = (video[0] * 0.5 + 0.5).clamp(0, 1).permute(0, 2, 3, 1).numpy()
        return np.split(frames, range(FIRST, len(frames), 4 * BLOCK))

    def extend(self, known: list[Any], noise: list[list[Any]], prompt: str) -> list[Any]:
        """Return the latents of the blocks after the known blocks."""
        import torch

        later = iter([step.flatten(0, 1) for block in noise for step in block[1:]])
        with pytest.MonkeyPatch.context() as patch, torch.no_grad():
            patch.setattr(torch, "randn_like", lambda _: next(later))
            _, latents = self.pipe.inference(
                noise=torch.cat([block[0] for block in noise], 1),
                text_prompts=[prompt],
                initial_latent=torch.cat(known, 1) if known else None,
                return_latents=True,
            )
        return list(latents.split(BLOCK, 1)[len(known) :])


def save_weights(folder: Path) -> None:
    """Save the repo and Wan's repo, in the layout for the engine and for upstream."""
    import torch

    torch.manual_seed(0)
    save_base(folder)
    base = folder / "wan_models/Wan2.1-T2V-1.3B"
    base.parent.mkdir()
    base.symlink_to(folder)
    causal = import_module("wan.modules.causal_model").CausalWanModel
    random_network(causal.from_config(CONFIG)).save_pretrained(folder)
    networks = {name: random_network(causal.from_config(CONFIG)) for name in NAMES}
    file = folder / "checkpoints/self_forcing_dmd.pt"
    file.parent.mkdir(parents=True)
    tensors = {
        name: {f"model.{key}": tensor for key, tensor in network.state_dict().items()}
        for name, network in networks.items()
    }
    torch.save(tensors, file)


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
    t5, vae = import_module("wan.modules.t5"), import_module("wan.modules.vae")
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
