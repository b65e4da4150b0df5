"""Compare `engine.py` with Matrix-Game 2's own loop on tiny random weights; run with `pytest`.

Upstream's loop is `generate_videos` in inference_streaming.py, which asks for the action of each
block. PATCHES make it small, make it run on a CPU in float32, and let it go on after known blocks.
"""

import contextlib
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from lucid.golden import (
    Frames,
    Rollout,
    check,
    check_texts,
    import_upstream,
    import_with_changes,
    tiny_port,
)

MODE = "universal"
CHECKPOINT = "base_distilled_model/base_distill.safetensors"
WIDTH, HEIGHT = 32, 16
TOKENS = HEIGHT // 16 * (WIDTH // 16)  # of one latent
BLOCK, BLOCKS = 3, 9  # latents, and blocks: upstream's caches roll from the third block on
WINDOW, POSITIONS = 2, 6  # blocks: those that the caches hold, and those with a position
SEEN = 8  # blocks: in the ninth, the tiny autoencoder has forgotten the start picture
STD = 0.1
ACTION = {"blocks": [0, 1], "enable_keyboard": True, "heads_num": 2, "windows_size": 3}
ACTION |= {"enable_mouse": True}
ACTION |= {"hidden_size": 8, "img_hidden_size": 24, "keyboard_hidden_dim": 128, "mouse_dim_in": 2}
ACTION |= {"mouse_hidden_dim": 128, "mouse_qk_dim_list": [8, 28, 28]}
ACTION |= {"rope_dim_list": [8, 28, 28], "patch_size": [1, 2, 2], "rope_theta": 256}
ACTION |= {"qk_norm": True, "qkv_bias": False}
ACTION |= {"vae_time_compression_ratio": 4}
ACTION |= {"keyboard_dim_in": 4}
CONFIG = {"_class_name": "CausalWanModel", "model_type": "i2v", "action_config": ACTION, "dim": 24}
CONFIG |= {"ffn_dim": 16, "freq_dim": 16, "in_dim": 36, "out_dim": 16, "num_heads": 2}
CONFIG |= {"num_layers": 2, "local_attn_size": WINDOW * BLOCK, "sink_size": 0}
CONFIG |= {"text_len": 512, "eps": 1e-6}
IN_TOKENS = {"880": str(TOKENS)}
SMALL = {"dim=96": "dim=8", "num_res_blocks=2": "num_res_blocks=1"}
PATCHES = {
    "wan.modules.action_module": IN_TOKENS,  # before the module that imports it
    "wan.modules.causal_model": {
        **IN_TOKENS,
        "rope_params(1024": f"rope_params({POSITIONS * BLOCK}",
    },
    "utils.wan_wrapper": {"from_config(model_config)": f"from_config({CONFIG!r})"},
    "demo_utils.vae_block3": SMALL,
    "pipeline.causal_inference": {
        **IN_TOKENS,
        "self.num_transformer_blocks = 30": "self.num_transformer_blocks = 2",
        "12, 128]": "2, 12]",
        "16, 64]": "2, 64]",
        "denoised_pred.half()": "denoised_pred.float()",
        # A call may begin with known blocks, whose actions it asks for. The decoder goes on.
        "conditional_dict=cond_current(conditional_dict, current_start_frame, self.num_frame_per_block"
        ", replace=True)": (
            "conditional_dict=cond_current(conditional_dict, current_start_frame, "
            "self.num_frame_per_block, get_current_action(mode=mode), mode)[0]"
        ),
        "copy.deepcopy(ZERO_VAE_CACHE)": "self.decoded",
        "vae_cache[j] = None": "pass",
        "videos += [video]": "videos += [video]; self.decoded, self.latents = vae_cache, output",
        # All frames, before upstream rounds them down.
        "((videos.float() + 1) * 127.5).clip(0, 255).cpu().numpy().astype(np.uint8)[0]": (
            "((videos.float() + 1) / 2).cpu().numpy()[0]"
        ),
    },
    "wan.vae.wanx_vae_src.clip": {
        "vision_layers=32": "vision_layers=2",
        "vision_mlp_ratio=4": "vision_mlp_ratio=1",
        "vocab_size=250002": "vocab_size=8",
        "text_layers=24": "text_layers=1",
        "text_dim=1024": "text_dim=16",
    },
    "wan.vae.wanx_vae_src.vae": SMALL,
    "inference_streaming": {
        'torch.device("cuda")': 'torch.device("cpu")',
        "torch.bfloat16": "torch.float32",
        "torch.float16": "torch.float32",
        'current_vae_decoder.compile(mode="max-autotune-no-cudagraphs")': "pass",
        "size=(352, 640)": f"size=({HEIGHT}, {WIDTH})",
        "image, 352, 640": f"image, {HEIGHT}, {WIDTH}",
        "cond_concat.to(": "cond_concat[:, :, self.first :].to(",
        "videos = self.pipeline.inference(": (
            "return self.pipeline.inference(initial_latent=self.known, "
        ),
    },
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_engine_makes_the_frames_of_upstream_s_loop(tmp_path: Path) -> None:
    with on_a_cpu():
        modules = ("wan", "wan.vae.wanx_vae_src")
        checkout = import_upstream("matrix_game", "Matrix-Game-2", modules=modules)
        code = checkout / "Matrix-Game-2"
        for name, changes in PATCHES.items():
            if name == "inference_streaming":
                use_patched(code)
            import_with_changes(code, name, changes)
        save_weights(tmp_path)
        sizes = {"WIDTH": WIDTH, "HEIGHT": HEIGHT, "SEEN_STEPS": SEEN}
        sizes["POSITIONS"] = POSITIONS * BLOCK
        positions = import_module("matrix_game.engine").POSITIONS
        check_texts(code, {"wan/modules/causal_model.py": f"rope_params({positions}, d "})
        with tiny_port("matrix_game", tmp_path, **sizes) as port:
            # Positions start at 0 again before the seventh block, with the two blocks in sight.
            check(port.MatrixGameModel, Upstream(code, tmp_path), chunks=BLOCKS, tolerance=0.1)


@contextlib.contextmanager
def on_a_cpu() -> Iterator[None]:
    """Import upstream without a GPU and flash-attn, although it asks for both."""
    import torch

    module = ModuleType("flash_attn")
    module.__spec__ = ModuleSpec("flash_attn", None)
    module.flash_attn_func = attention
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "flash_attn", module)
        patch.setattr(torch.cuda, "current_device", lambda: "cpu")
        yield


def attention(q: Any, k: Any, v: Any, causal: bool = False, **_: Any) -> Any:
    """Do the same as flash-attn: the last query sees all keys."""
    import torch

    heads_first = [part.transpose(1, 2) for part in (q, k, v)]
    length, keys = q.shape[1], k.shape[1]
    mask = torch.ones(length, keys, dtype=torch.bool).tril(keys - length) if causal else None
    made = torch.nn.functional.scaled_dot_product_attention(*heads_first, attn_mask=mask)
    return made.transpose(1, 2)


def use_patched(code: Path) -> None:
    """Import again the modules that use patched ones, and replace attention on a GPU."""
    for name in ("wan.modules.model", "wan.vae.wanx_vae_src.clip"):
        import_module(name).flash_attention = attention
    import_module("wan.modules.causal_model").attention = attention
    coder = import_module("wan.vae.wanx_vae_src")
    coder.WanVAE = import_module("wan.vae.wanx_vae_src.vae").WanVAE
    coder.CLIPModel = import_module("wan.vae.wanx_vae_src.clip").CLIPModel
    import_module("pipeline.causal_inference").process_video = lambda *_, **__: None


class Upstream:
    """The interactive session of inference_streaming.py, which gets its answers from the steps."""

    def __init__(self, code: Path, weights: Path) -> None:
        self.weights = weights
        options = {
            "config_path": str(code / f"configs/inference_yaml/inference_{MODE}.yaml"),
            "checkpoint_path": str(weights / CHECKPOINT),
            "pretrained_model_path": str(weights),
            "max_num_output_frames": BLOCK * BLOCKS,
            "output_folder": "",
        }
        module = import_module("inference_streaming")
        self.session = module.InteractiveGameInference(Namespace(**options))
        self.pipeline = import_module("pipeline.causal_inference")

    def __call__(self, steps: Rollout) -> Sequence[Frames]:
        """Make one video from the picture of the first step, with the action of each block.

        The end of the positions begins another call, after the blocks in sight.
        """
        import torch
        from PIL import Image

        grey = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
        picture = steps[0].get("set_seed_frame", grey)
        self.picture = self.weights / "picture.png"
        Image.fromarray(picture).save(self.picture)
        rng = torch.Generator().manual_seed(0)
        size = (HEIGHT // 8, WIDTH // 8)
        times = len(self.session.config.denoising_step_list)
        noise = []  # for each block: a tensor to start from, and one between two denoising steps
        for _ in steps:
            start = torch.randn((1, 16, BLOCK, *size), generator=rng)
            later = [torch.randn((BLOCK, 16, *size), generator=rng) for _ in range(times - 1)]
            noise.append((start, later))
        self.session.pipeline.decoded = [None] * len(self.pipeline.ZERO_VAE_CACHE)
        latents: list[Any] = []  # a tensor per block
        frames: list[Frames] = []
        while (first := len(latents)) < len(steps):
            known = latents[-WINDOW:]
            end = min(first + POSITIONS - len(known), len(steps))
            self.session.first = BLOCK * (first - len(known))  # of the picture's latents
            frames += list(self.extend(known, noise[first:end], steps[first - len(known) : end]))
            latents += self.session.pipeline.latents.split(BLOCK, 2)[len(known) :][: end - first]
        return np.split(np.stack(frames), range(9, len(frames), 12))

    def extend(self, known: list[Any], noise: list[Any], steps: Rollout) -> Frames:
        """Return the frames after the known blocks. The first steps belong to the known blocks."""
        import torch

        self.session.known = torch.cat(known, 2) if known else None
        start = torch.cat([first for first, _ in noise], 2)
        draws = iter([draw for _, later in noise for draw in later])
        answers = iter([str(self.picture), *[""] * (len(noise) - 1), "n"])
        actions = iter([upstream_action(step) for step in steps])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(torch, "randn", lambda *_, **__: start)
            patch.setattr(torch, "randn_like", lambda _: next(draws))
            patch.setattr("builtins.input", lambda _: next(answers))
            patch.setattr(self.pipeline, "get_current_action", lambda mode: next(actions))
            video: Frames = self.session.generate_videos(MODE)
        return video


def upstream_action(step: dict[str, Any]) -> dict[str, Any]:
    """One action as upstream's `get_current_action` makes it from keys."""
    import torch

    names = ["forward", "back", "left", "right"]
    keyboard = [float(bool(step.get(name))) for name in names]
    # Up and right are positive, and 0.1 is as far as upstream's keys turn: 20 pixels.
    dx, dy = (max(-0.1, min(0.1, pixels * 0.005)) for pixels in step.get("look", (0, 0)))
    return {"mouse": torch.tensor([-dy, dx]), "keyboard": torch.tensor(keyboard)}


def save_weights(folder: Path) -> None:
    """Save tiny networks with random weights, with the file names of the repo."""
    import torch
    from safetensors.torch import save_file
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from transformers import PreTrainedTokenizerFast

    torch.manual_seed(0)
    network = import_module("wan.modules.causal_model").CausalWanModel.from_config(CONFIG)
    for weight in network.parameters():  # the last zeros of a new network hide its inputs
        torch.nn.init.normal_(weight, std=STD)
    file = folder / "base_distilled_model/base_distill.safetensors"
    file.parent.mkdir()
    save_file({f"model.{name}": tensor for name, tensor in network.state_dict().items()}, file)
    coder = import_module("wan.vae.wanx_vae_src.vae").VideoVAE_()
    torch.nn.init.normal_(coder.conv1.weight)  # otherwise all pictures look alike
    torch.save(coder.state_dict(), folder / "Wan2.1_VAE.pth")
    clip = import_module("wan.vae.wanx_vae_src.clip").clip_xlm_roberta_vit_h_14()
    name = "models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth"
    torch.save(clip.state_dict(), folder / name)
    words = Tokenizer(WordLevel({"<pad>": 0, "<unk>": 1}, unk_token="<unk>"))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="<pad>", unk_token="<unk>"
    )
    tokenizer.save_pretrained(folder / "xlm-roberta-large")
