"""Compare `engine.py` with Matrix-Game 3's own loop on tiny random weights; run with `pytest`.

Upstream's loop is `generate` of its interactive pipeline, which asks for the action of each clip.
PATCHES make it small, let it run on a CPU, let the prompt change in it, and return its frames.
"""

import contextlib
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
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

NETWORK = "base_distilled_model"
WIDTH, HEIGHT = 64, 32
CONTEXT = 3  # steps
TEXT = 8  # tokens: of 512, nearly all would be padding
WORDS = {"<pad>": 0, "</s>": 1, "<unk>": 2} | {word: 3 + n for n, word in enumerate(PROMPTS)}
STD = 0.1
ACTION: dict[str, Any] = {"blocks": [0, 1], "enable_keyboard": True, "enable_mouse": True}
ACTION |= {"heads_num": 2, "windows_size": 3, "hidden_size": 8, "img_hidden_size": 48}
ACTION |= {"keyboard_dim_in": 6, "keyboard_hidden_dim": 128, "mouse_dim_in": 2}
ACTION |= {"mouse_hidden_dim": 128, "mouse_qk_dim_list": [8, 28, 28], "patch_size": [1, 2, 2]}
ACTION |= {"rope_dim_list": [8, 28, 28], "rope_theta": 256, "qk_norm": True, "qkv_bias": False}
ACTION |= {"vae_time_compression_ratio": 4}
CONFIG: dict[str, Any] = {"model_type": "ti2v", "dim": 48, "ffn_dim": 32, "freq_dim": 16}
CONFIG |= {"in_dim": 48, "out_dim": 48, "num_heads": 2, "num_layers": 2, "text_len": TEXT}
CONFIG |= {"use_memory": True, "sigma_theta": 0.8, "action_config": ACTION}
VAE = {"dim": 16, "dec_dim": 32, "z_dim": 48, "num_res_blocks": 1}
VAE |= {"temperal_downsample": [False, True, True]}
T5 = {"vocab_size=256384": f"vocab_size={len(WORDS)}", "dim_attn=4096": "dim_attn=16"}
T5 |= {"dim_ffn=10240": "dim_ffn=16", "num_heads=64": "num_heads=2"}
T5 |= {"self.text_len = text_len": f"text_len = self.text_len = {TEXT}"}
ON_A_CPU = {"torch.amp.autocast('cuda', dtype=torch.float32)": "in_float32()"}
PATCHES = {
    "wan.modules.model": ON_A_CPU,
    "wan.modules.t5": {**T5, "encoder_layers=24": "encoder_layers=1"},
    "wan.modules.vae2_2": {
        "c_dim=160": f"c_dim={VAE['dim']}",
        "dec_dim=256": f"dec_dim={VAE['dec_dim']}",
        "num_res_blocks=2": "num_res_blocks=1",
    },
    "wan.distributed.sequence_parallel": ON_A_CPU,
    "pipeline.vae_config": {'torch.device(f"cuda:{device_id}")': 'torch.device("cpu")'},
    "pipeline.inference_interactive_pipeline": {
        'torch.device(f"cuda:{device_id}")': 'torch.device("cpu")',
        '"context": cond,': '"context": self.context_of(clip_idx),',
        "profiler=vae_profiler": "profiler=None",  # it asks a GPU for the time
        "exit()": "return all_videos_list",
    },
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_engine_makes_the_frames_of_upstream_s_loop(tmp_path: Path) -> None:
    with on_a_cpu():
        needed = ("wan", "cv2", "pandas", "trimesh")
        import_patched(import_upstream("matrix_game_3", "Matrix-Game-3", modules=needed))
        save_weights(tmp_path)
        changed: dict[str, Any] = {"WIDTH": WIDTH, "HEIGHT": HEIGHT, "CONTEXT_STEPS": CONTEXT}
        with tiny_port("matrix_game_3", tmp_path, **changed) as port:
            # In the fourth step, the rollout starts again from its last frame.
            check(port.MatrixGame3Model, Upstream(tmp_path), chunks=5, tolerance=0.5)


@contextlib.contextmanager
def on_a_cpu() -> Iterator[None]:
    """Import upstream's code without a GPU: it asks for the current one."""
    import torch

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.cuda, "current_device", lambda: "cpu")
        yield


def import_patched(checkout: Path) -> None:
    """Import upstream's modules with PATCHES, and what these call in place of GPU code."""
    for name, changes in PATCHES.items():
        module = import_with_changes(checkout / "Matrix-Game-3", name, changes)
        if changes is ON_A_CPU:
            vars(module)["in_float32"] = in_float32
        if name == "wan.modules.model":
            vars(module)["flash_attention"] = attention
            vars(import_module("wan.modules"))["WanModel"] = vars(module)["WanModel"]
    vars(import_module("pipeline.inference_interactive_pipeline")).update(
        process_video=lambda *_, **__: None
    )


def attention(q: Any, k: Any, v: Any, k_lens: Any = None, **_: Any) -> Any:
    """Do the same as flash-attn, which needs a GPU: no query sees a key of the padding."""
    import torch

    end = k.shape[1] if k_lens is None else int(k_lens[0])
    heads_first = (part.bfloat16().transpose(1, 2) for part in (q, k[:, :end], v[:, :end]))
    made = torch.nn.functional.scaled_dot_product_attention(*heads_first)
    return made.transpose(1, 2).type_as(q)


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
    """The pipeline, made and called as in upstream's generate.py with --interactive."""

    def __init__(self, weights: Path) -> None:
        self.module = import_module("pipeline.inference_interactive_pipeline")
        config = import_module("wan.configs").WAN_CONFIGS["matrix_game3"]
        self.args = SimpleNamespace(
            ckpt_dir=str(weights),
            size=f"{HEIGHT}*{WIDTH}",
            vae_type="mg_lightvae_v2",
            output_dir="",
            save_name="",
        )
        self.pipe = self.module.MatrixGame3Pipeline(
            config=config,
            checkpoint_dir=str(weights),
            use_base_model=False,
            args=self.args,
        )
        self.pipe.context_of = self.context_of
        self.config = config

    def __call__(self, steps: Rollout) -> Sequence[Frames]:
        """Make all clips from the picture of the first step; where the context ends, start again."""
        picture = steps[0].get("set_seed_frame", np.full((HEIGHT, WIDTH, 3), 128, np.uint8))
        self.prompt = ""
        chunks: list[Frames] = []
        for first in range(0, len(steps), CONTEXT):
            chunks += self.clips(picture, steps[first : first + CONTEXT])
            picture = np.round(chunks[-1][-1] * 255).astype(np.uint8)
        return chunks

    def clips(self, picture: Frames, steps: Rollout) -> list[Frames]:
        """Make the clips of one call."""
        from PIL import Image

        self.steps = steps
        self.args.num_iterations = len(steps)
        actions = iter([upstream_action(step) for step in steps])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.module, "get_current_action", lambda: next(actions))
            videos = self.pipe.generate(
                "",
                Image.fromarray(picture),
                max_area=WIDTH * HEIGHT,
                shift=self.config.sample_shift,
                num_inference_steps=3,
                guide_scale=self.config.sample_guide_scale,
                seed=0,
                use_base_model=False,
                args=self.args,
            )
        return [(video[0].permute(1, 2, 3, 0).float().numpy() + 1) / 2 for video in videos]

    def context_of(self, clip: int) -> Any:
        """The encoded prompt of a clip."""
        import torch

        self.prompt = self.steps[clip].get("set_prompt", self.prompt)
        with torch.no_grad():
            return self.pipe.text_encoder([self.prompt], self.pipe.device)


def upstream_action(step: dict[str, Any]) -> dict[str, Any]:
    """One action as upstream's `get_current_action` makes it of keys."""
    import torch

    names = ["forward", "back", "left", "right"]
    keyboard = [float(bool(step.get(name))) for name in names] + [0.0, 0.0]
    # Up and right are positive, and 0.1 is as far as upstream's keys turn: 20 pixels.
    dx, dy = (max(-0.1, min(0.1, pixels * 0.005)) for pixels in step.get("look", (0, 0)))
    return {"mouse": torch.tensor([-dy, dx]), "keyboard": torch.tensor(keyboard)}


def save_weights(folder: Path) -> None:
    """Save tiny networks with random weights, with the file names of the repo."""
    import torch

    torch.manual_seed(0)
    save_base(folder)
    network = import_module("wan.modules.model").WanModel(**CONFIG)
    random_network(network).save_pretrained(folder / NETWORK)
    coder = import_module("wan.modules.vae2_2").WanVAE_(**VAE, pruning_rate=0.75)
    torch.save(coder.state_dict(), folder / "MG-LightVAE_v2.pth")


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
