"""Compare `engine.py` with Krea's own loop on tiny random weights; run with `pytest`.

Upstream's loop is `GenerationSession.generate_block_internal` in release_server.py. PATCHES make
it small, and make it run on a CPU in float32 where it uses float16.
"""

import contextlib
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

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

WIDTH, HEIGHT = 32, 16
TOKENS = HEIGHT // 16 * (WIDTH // 16)  # of one latent
BLOCK, DENOISING_STEPS = 3, 5
WORDS = {"<pad>": 0, "</s>": 1, "<unk>": 2} | {word: 3 + n for n, word in enumerate(PROMPTS)}
STD = 0.12
CONFIG = {"model_type": "t2v", "dim": 24, "num_heads": 2, "num_layers": 2, "ffn_dim": 16}
CONFIG |= {"freq_dim": 16, "in_dim": 16, "out_dim": 16, "text_len": 512, "eps": 1e-6}
VAE = {"dim": 8, "z_dim": 16, "dim_mult": [1, 2, 4, 4], "num_res_blocks": 1, "attn_scales": []}
VAE |= {"temperal_downsample": [False, True, True]}
T5 = {"vocab_size=256384": f"vocab_size={len(WORDS)}", "dim_attn=4096": "dim_attn=16"}
T5 |= {"dim_ffn=10240": "dim_ffn=16", "num_heads=64": "num_heads=2"}
SMALL = {"dim=96": "dim=8", "num_res_blocks=2": "num_res_blocks=1"}
PATCHES = {
    "wan.modules.t5": {**T5, "encoder_layers=24": "encoder_layers=1"},
    "wan.modules.vae": SMALL,
    "wan.modules.causal_model": {"1560": str(TOKENS)},
    "utils.wan_wrapper": {
        "torch.cuda.current_device()": 'torch.device("cpu")',
        "'cuda'": "'cpu'",
    },
    "demo_utils.vae_block3": SMALL,
    "pipeline.causal_inference": {"1560": str(TOKENS), "32760": str(21 * TOKENS)},
    "v2v": {"frames.cuda()": "frames", "dtype=torch.float16": "dtype=torch.float32"},
    "release_server": {
        "torch.cuda.current_device()": '"cpu"',
        "torch.cuda.Stream(device=gpu)": "None",
        'device="cuda"': 'device="cpu"',
        "dtype=vae_dtype)": 'dtype=vae_dtype, device="cpu")',
        "torch.float16": "torch.float32",
        ".half()": ".float()",
        "height=480, width=832": f"height={HEIGHT}, width={WIDTH}",
        "torch.cuda.Event()": "threading.Event()",
        "event.record()": "event.set()",
        # The server drops three frames of a session's first nine.
        "pixels = pixels[:, 3:, :, :, :]": "pass",
    },
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_the_engine_makes_the_frames_of_upstream_s_loop(tmp_path: Path) -> None:
    with on_a_cpu(tmp_path):
        checkout = import_upstream("krea", modules=("wan", "omegaconf"))
        for package in ("fastapi", "msgpack", "multipart"):  # of upstream's server alone
            pytest.importorskip(package, reason="`pip install fastapi msgpack python-multipart`")
        for name, changes in PATCHES.items():
            import_with_changes(checkout, name, changes)
        replace_gpu_code()
        save_weights(tmp_path)
        with tiny_port("krea", tmp_path, WIDTH=WIDTH, HEIGHT=HEIGHT) as port:
            # The network sees one past block, so the last blocks are far beyond its context.
            check(port.KreaModel, Upstream(checkout, tmp_path), chunks=9, tolerance=0.1)


@contextlib.contextmanager
def on_a_cpu(weights: Path) -> Iterator[None]:
    """Import upstream without a GPU, although it asks for its index, and let it find its models."""
    import torch

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.cuda, "current_device", lambda: 0)
        patch.setenv("MODEL_FOLDER", str(weights))
        patch.setenv("DO_COMPILE", "false")
        yield


def replace_gpu_code() -> None:
    """Replace flash-attn, and a compiled attention with a mask, by code for a CPU."""
    import torch
    from torch.nn.attention import flex_attention

    import_module("wan.modules.model").flash_attention = attention
    import_module("wan.modules.causal_model").flex_attention = flex_attention.flex_attention
    flex_attention._FLEX_ATTENTION_DISABLE_COMPILE_DEBUG = True
    torch.cuda.current_device = lambda: "cpu"  # upstream makes tensors there


def attention(q: Any, k: Any, v: Any, k_lens: Any = None, **_: Any) -> Any:
    """Do the same as flash-attn, which needs a GPU."""
    import torch

    assert k_lens is None
    heads_first = (part.transpose(1, 2) for part in (q, k, v))
    return torch.nn.functional.scaled_dot_product_attention(*heads_first).transpose(1, 2)


class Upstream:
    """The session of upstream's server. Its models are loaded as in the server."""

    def __init__(self, checkout: Path, weights: Path) -> None:
        self.server = import_module("release_server")
        with contextlib.chdir(checkout):
            self.config = self.server.load_merge_config("configs/self_forcing_server_14b.yaml")
        self.config.checkpoint_path = str(weights / "krea-realtime-video-14b.safetensors")
        self.config.enable_fp8 = False
        self.models = self.server.load_all(self.config)

    def __call__(self, steps: Rollout) -> Sequence[Frames]:
        """Make the blocks in one session, which moves gradually to each new prompt."""
        import torch

        rng = torch.Generator().manual_seed(0)
        shape = (1, BLOCK, 16, HEIGHT // 8, WIDTH // 8)
        options: dict[str, Any] = {"generator": rng, "dtype": torch.bfloat16}
        noise = [[torch.randn(shape, **options) for _ in range(DENOISING_STEPS)] for _ in steps]
        later = iter([tensor.flatten(0, 1) for block in noise for tensor in block[1:]])
        session = self.server.GenerationSession(
            self.server.GenerateParams(
                prompt=steps[0]["set_prompt"],
                width=WIDTH,
                height=HEIGHT,
                seed=0,
                num_blocks=len(steps),
                num_denoising_steps=DENOISING_STEPS,
            ),
            self.config,
            frame_callback=lambda *_: None,
            models=self.models,
        )
        session.noise = torch.cat([block[0] for block in noise], 1)
        chunks: list[Frames] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(torch, "randn", lambda *_, **__: next(later))
            for number, step in enumerate(steps):
                if number and "set_prompt" in step:
                    session.interpolate_prompt_embeds(self.models, step["set_prompt"], 4)
                    session.interpolated_prompt_embeds.pop(0)  # the old prompt itself
                pixels = session.generate_block_internal(self.models)
                chunks.append((pixels[0].float().permute(0, 2, 3, 1).numpy() + 1) / 2)
        return chunks


def save_weights(folder: Path) -> None:
    """Save the repo and Wan's repo, in the layout for the engine and for upstream."""
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(0)
    save_base(folder)
    text = torch.load(folder / "models_t5_umt5-xxl-enc-bf16.pth")
    save_file(text, folder / "models_t5_umt5-xxl-enc-bf16.safetensors")
    for name in ("Wan2.1-T2V-1.3B", "Wan2.1-T2V-14B"):
        (folder / name).symlink_to(folder)
    causal = import_module("wan.modules.causal_model").CausalWanModel
    random_network(causal.from_config(CONFIG)).save_pretrained(folder)
    network = random_network(causal.from_config(CONFIG))
    tensors = {f"model.{name}": tensor for name, tensor in network.state_dict().items()}
    save_file(tensors, folder / "krea-realtime-video-14b.safetensors")


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
