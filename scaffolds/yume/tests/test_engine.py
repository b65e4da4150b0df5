"""Compare `engine.py` with Yume's own loop on tiny random weights; run with `pytest`.

Upstream's loop is `sample_one` in sample_5b.py, which makes a video from a picture or from text.
PATCHES make it small, make it run on a CPU, and let it forget old chunks. Modules that it imports
but does not use are replaced.
"""

import ast
import contextlib
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest
from lucid.golden import (
    Frames,
    Rollout,
    Step,
    check,
    import_upstream,
    import_with_changes,
    tiny_port,
)

WIDTH, HEIGHT = 64, 32
CHUNK = 8  # latents
WINDOW = 7  # chunks that are remembered, with the picture
TEXT = 40  # tokens: of 512, nearly all would be padding
SENTENCES = (
    "<pad> </s> <unk> forest desert First person perspective The camera s movement rotation "
    "direction remains stationary pushes pulls moves pans tilts to the of and "
    "forward back left right up down W A S D"
)
WORDS = {word: number for number, word in enumerate(SENTENCES.split())}
STD = 0.1
CONFIG = {"model_type": "ti2v", "dim": 24, "num_heads": 2, "num_layers": 2, "ffn_dim": 16}
CONFIG |= {"freq_dim": 16, "in_dim": 48, "out_dim": 48, "text_len": TEXT, "eps": 1e-6}
VAE = {"dim": 8, "dec_dim": 8, "z_dim": 48, "dim_mult": [1, 2, 4, 4], "num_res_blocks": 1}
VAE |= {"attn_scales": [], "temperal_downsample": [False, True, True]}
T5 = {"vocab_size=256384": f"vocab_size={len(WORDS)}", "dim=4096": "dim=64"}
T5 |= {"dim_attn=4096": "dim_attn=16", "dim_ffn=10240": "dim_ffn=16", "num_heads=64": "num_heads=2"}
PATCHES = {
    "wan23.configs.shared_config": {"text_len = 512": f"text_len = {TEXT}"},
    "wan23.modules.t5": {**T5, "encoder_layers=24": "encoder_layers=1"},
    "wan23.modules.vae2_2": {
        "c_dim=160": "c_dim=8",
        "dec_dim=256": "dec_dim=8",
        "num_res_blocks=2": "num_res_blocks=1",
        "amp.autocast(dtype=self.dtype)": "torch.autocast('cpu', enabled=False)",
    },
    "wan23.modules.model": {
        "text_dim=4096": "text_dim=64",
        "torch.amp.autocast('cuda', dtype=torch.float32)": "in_float32()",
        "super().forward(x.float())": "layer_norm(self, x.float())",
    },
    "wan23.textimage2video": {
        'torch.device(f"cuda:{device_id}")': 'torch.device("cpu")',
        '"dim": 3072': '"dim": 24',
        '"ffn_dim": 14336': '"ffn_dim": 16',
        '"num_heads": 24': '"num_heads": 2',
        '"num_layers": 30': '"num_layers": 2',
        "out_channels=5120": "out_channels=24",
        "size=(1280, 704)": f"size=({WIDTH}, {HEIGHT})",
    },
    "fastvideo.sample.sample_5b": {
        'torch.autocast("cuda"': 'torch.autocast("cpu"',
        "max_area = 704 * 1280": f"max_area = {WIDTH} * {HEIGHT}",
        # Upstream uses the caption of the previous chunk for a chunk, and never uses the last one.
        "caption[step_sample],": "caption[step_sample + 1],",
        "img =  model_input#": "img = model_input = remembered(model_input, t2v) #",
    },
}
UNUSED = [
    "bitsandbytes",
    "decord",
    "fastvideo.distill.solver",
    "fastvideo.models.mochi_hf.mochi_latents_utils",
    "fastvideo.models.mochi_hf.pipeline_mochi",
    "fastvideo.utils.dataset_utils",
    "fastvideo.utils.fsdp_util",
    "fastvideo.utils.load",
    "hyvideo.diffusion",
    "scipy.spatial.transform",
]
"""Modules for training, other models and videos."""


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_the_engine_makes_the_frames_of_upstream_s_loop(tmp_path: Path) -> None:
    with on_a_cpu():
        checkout = import_upstream("yume", modules=("wan23", "torchvision"))
        import_patched(checkout)
        save_weights(tmp_path)
        sizes = {"WIDTH": WIDTH, "HEIGHT": HEIGHT, "WINDOW_STEPS": WINDOW}
        with tiny_port("yume", tmp_path, **sizes) as port:
            # The network compresses older latents more: seven chunks reach the third of its levels.
            # Before the eighth and the ninth chunk, the port forgets the oldest one.
            check(port.YumeModel, Upstream(checkout, tmp_path), chunks=9, tolerance=0.01)


def import_patched(checkout: Path) -> None:
    """Import upstream's modules with PATCHES, and functions that replace GPU code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCAL_RANK", "0")
        for name in UNUSED:
            patch.setitem(sys.modules, name, MagicMock())
        for name, changes in PATCHES.items():
            import_with_changes(checkout, name, changes)
    network = import_module("wan23.modules.model")
    network.flash_attention, network.layer_norm = attention, layer_norm
    network.in_float32 = in_float32
    import_module("wan23").Yume = import_module("wan23.textimage2video").Yume


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
    """The networks, made and called as in upstream's sample_5b.py."""

    def __init__(self, checkout: Path, weights: Path) -> None:
        import torch

        self.loop = import_module("fastvideo.sample.sample_5b")
        self.loop.remembered = remembered
        config = import_module("wan23.configs").WAN_CONFIGS["ti2v-5B"]
        self.yume = import_module("wan23").Yume(config=config, checkpoint_dir=str(weights))
        self.network = self.yume.model.eval().requires_grad_(False).to(torch.bfloat16)
        self.folder = weights / "upstream"
        self.folder.mkdir(exist_ok=True)
        self.moves, self.turns = sentences(checkout)
        captions = (checkout / "caption_re.txt").read_text("utf-8")
        assert captions.startswith(self.caption({"forward": True}, ""))

    def __call__(self, steps: Rollout) -> Sequence[Frames]:
        """Make one video, with a caption for each chunk."""
        prompt, captions = "", []
        for step in steps:
            prompt = step.get("set_prompt", prompt)
            captions.append(self.caption(step, prompt))
        return self.video(steps[0].get("set_seed_frame"), captions)

    def caption(self, step: Step, prompt: str) -> str:
        """The sentences of the held keys. Opposite ones cancel."""
        along = ("S", "", "W")[1 + step.get("forward", 0) - step.get("back", 0)]
        aside = ("A", "", "D")[1 + step.get("right", 0) - step.get("left", 0)]
        tilt = ("\u2193", "", "\u2191")[1 + step.get("look_up", 0) - step.get("look_down", 0)]
        pan = ("\u2190", "", "\u2192")[1 + step.get("look_right", 0) - step.get("look_left", 0)]
        move = self.moves["+".join(filter(None, (along, aside))) or "None"]
        turn = self.turns[tilt + pan or "\u00b7"]
        return f"First-person perspective. {move} {turn} {prompt}"

    def video(self, picture: Frames | None, captions: list[str]) -> list[Frames]:
        """Make one chunk for each caption."""
        import torch
        from PIL import Image

        rng = torch.Generator().manual_seed(43)
        shape = (48, CHUNK, HEIGHT // 16, WIDTH // 16)
        noise = [torch.randn(shape, generator=rng) for _ in captions]
        first, later = iter(noise[:1]), iter(noise[1:])
        videos: list[Any] = []
        rates: set[int] = set()
        text = self.folder / "captions.txt"
        text.write_text("".join(f"{caption}\n" for caption in captions), "utf-8")
        data = None
        if picture is not None:
            Image.fromarray(picture).save(self.folder / "1.png")
            data, _ = self.loop.create_scaled_videos(str(self.folder), H1=HEIGHT, W1=WIDTH)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LOCAL_RANK", "0")
            # Each time that the latents grow, upstream draws one tensor more, and does not use it.
            patch.setattr(torch, "randn", lambda *size, **_: at_the_end(size, next(first, 0)))
            patch.setattr(torch, "randn_like", lambda x: at_the_end(x.shape, next(later)))
            patch.setattr(self.loop, "save_video", lambda video: [videos.append(video)])
            patch.setattr(self.loop, "export_to_video", lambda *_, fps: rates.add(fps))
            self.loop.sample_one(
                self.network,
                False,
                "cpu",
                num_euler_timesteps=4,
                dataset_ddp=data,
                video_output_dir="",
                vae=self.yume.vae,
                step=1,
                wan_i2v=self.yume,
                rank=0,
                world_size=1,
                image_sample=data is not None,
                caption_path=str(text),
                # It would describe the picture, and the captions are complete without that.
                camption_model=SimpleNamespace(chat=lambda *_: ""),
                t2v=data is None,
                prompt1="",
            )
        assert rates == {import_module("yume.engine").FPS}
        frames = (videos[-1].permute(1, 2, 3, 0).numpy() + 1) / 2
        return np.split(frames, len(captions))


def at_the_end(size: Sequence[int], noise: Any) -> Any:
    """Zeros for the latents so far, which upstream does not use, and then the noise."""
    import torch

    full = torch.zeros(size)
    full[:, -CHUNK:] = noise
    return full


def remembered(latents: Any, starts_from_text: bool) -> Any:
    """The latents of the latest chunks, and of the first chunk or the picture."""
    import torch

    sink, room = (CHUNK if starts_from_text else 5), CHUNK * (WINDOW - 1)
    if latents.shape[1] <= sink + room:
        return latents
    return torch.cat([latents[:, :sink], latents[:, -room:]], 1)


def sentences(checkout: Path) -> list[dict[str, str]]:
    """The sentences of upstream's web app for moves and for turns, from one of its functions."""
    tree = ast.parse((checkout / "webapp_single_gpu.py").read_text("utf-8"))
    tables = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    named = {ast.unparse(node.targets[0]): node.value for node in tables}
    return [ast.literal_eval(named[name]) for name in ("vocab1", "vocab2")]


def save_weights(folder: Path) -> None:
    """Save the repo, in the layout for the engine and for upstream."""
    import torch

    torch.manual_seed(0)
    save_base(folder)
    network = import_module("wan23.modules.model").WanModel(**CONFIG)
    random_network(network).save_pretrained(folder)


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
    t5, vae = import_module("wan23.modules.t5"), import_module("wan23.modules.vae2_2")
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
