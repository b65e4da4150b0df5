"""Compare `engine.py` with Zing's own loop on tiny random weights; run with `pytest`.

Upstream's loop is `InferencePipeline.generate`, a call for a clip with the keys of each frame. The
configuration becomes small here, and PATCHES let it run on a CPU.
"""

from collections.abc import Sequence
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
    import_upstream,
    import_with_changes,
    tiny_port,
)

WIDTH, HEIGHT = 64, 32
LATENTS = 8  # channels
BLOCKS, SINK_BLOCKS, CONTEXT = 5, 2, 11  # of the window, and steps from reset to reset
WORDS = {"<pad>": 0, "</s>": 1, "<unk>": 2} | {word: 3 + n for n, word in enumerate(PROMPTS)}
STD = 0.2
SMALL = {
    "generator": {"dim": 24, "num_heads": 2, "num_layers": 2, "ffn_dim": 16, "freq_dim": 16}
    | {"in_dim": LATENTS, "out_dim": LATENTS, "text_dim": 16, "rope_max_seq_len": 4 * CONTEXT},
    "action": {"embed_dim": 8, "hidden_dim": 8},
    "vae": {"z_dim": LATENTS},
}
VAE = {"base_dim": 8, "decoder_base_dim": 8, "z_dim": LATENTS, "dim_mult": [1, 2, 4, 4]}
VAE |= {"num_res_blocks": 1, "is_residual": True, "in_channels": 12, "out_channels": 12}
VAE |= {"patch_size": 2, "scale_factor_spatial": 16}
VAE |= {"latents_mean": [0.1] * LATENTS, "latents_std": [1.2] * LATENTS}
PATCHES = {
    "zing_v0_5.config": {"yaml.safe_load(source)": "small(yaml.safe_load(source))"},
    "zing_v0_5.pipeline": {
        "if not torch.cuda.is_available():": "if False:",
        'torch.device("cuda:0")': 'torch.device("cpu")',
    },
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_the_engine_makes_the_frames_of_upstream_s_loop(tmp_path: Path) -> None:
    checkout = import_upstream("zing", "src", modules=("zing_v0_5", "zing_v0_5.model"))
    for name, changes in PATCHES.items():
        import_with_changes(checkout / "src", name, changes)
    configs = import_module("zing_v0_5.config")
    configs.small = lambda given: {key: part | SMALL.get(key, {}) for key, part in given.items()}
    import_module("zing_v0_5").load_config = configs.load_config
    import_module("zing_v0_5.model.attention").flash_attention_varlen = attention
    config = configs.load_config(checkout / "config/zing.yaml")
    config = configs.with_cache_window(config, 4 * BLOCKS, 4 * SINK_BLOCKS)
    save_weights(tmp_path, config)
    sizes = {"WIDTH": WIDTH, "HEIGHT": HEIGHT, "CONTEXT_STEPS": CONTEXT}
    sizes |= {"WINDOW": 4 * BLOCKS, "SINK": 4 * SINK_BLOCKS}
    with tiny_port("zing", tmp_path, **sizes) as port:
        # The first step of a rollout is one frame, which depends on no key.
        upstream = Upstream(config, tmp_path)
        check(port.ZingModel, upstream, chunks=13, tolerance=0.1, probe_chunks=2)


def attention(query: Any, key: Any, value: Any, *_: Any) -> Any:
    """Do the same as flash-attn for one sample. flash-attn needs a GPU."""
    import torch

    heads_first = (part.transpose(0, 1)[None] for part in (query, key, value))
    return torch.nn.functional.scaled_dot_product_attention(*heads_first)[0].transpose(0, 1)


class Upstream:
    """The pipeline and the processor of requests, as in upstream's main.py."""

    def __init__(self, config: Any, weights: Path) -> None:
        self.pipe = import_module("zing_v0_5.pipeline").InferencePipeline(
            config, weights / "pretrained", weights / "generator/model.pt"
        )
        processors = import_module("zing_v0_5.processor")
        self.processor = processors.MessageProcessor(config, self.pipe.encode_reference)
        self.file = weights / "picture.png"

    def __call__(self, steps: Rollout) -> Sequence[Frames]:
        """Make a clip of up to eleven steps, and the next one from its last frame."""
        picture, prompt = steps[0].get("set_seed_frame"), ""
        chunks: list[Frames] = []
        while len(chunks) < len(steps):
            clip_steps = steps[len(chunks) : len(chunks) + CONTEXT]
            clip = self.clip(picture, prompt, clip_steps)
            chunks += np.split(clip, range(1, len(clip), 16))
            picture = (clip[-1] * 255).round().astype(np.uint8)
            for step in clip_steps:
                prompt = step.get("set_prompt", prompt)
        return chunks

    def clip(self, picture: Frames | None, prompt: str, steps: Rollout) -> Frames:
        """Make one clip; a step after the first one has 16 frames."""
        import torch

        counts = [1] + [4] * (len(steps) - 1)  # latents
        frames = 1 + 16 * (len(steps) - 1)
        starts = [0] + [1 + 16 * n for n in range(len(steps))]
        target: dict[str, Any] = {"role": "target", "type": "video", "controls": []}
        known = picture is not None
        if known:
            from PIL import Image

            Image.fromarray(picture).save(self.file)
            target |= {"reference_frame_count": 1, "uri": str(self.file)}
        target["output"] = {"frames": frames - known, "height": HEIGHT, "width": WIDTH}
        keys = [held(step) for step in steps[1:] for _ in range(16)]
        keyboard = {"type": "keyboard_direction_frame_interval", "actions": keys}
        prompts = [(starts[n], s["set_prompt"]) for n, s in enumerate(steps) if "set_prompt" in s]
        if not prompts or prompts[0][0] > 0:
            prompts.insert(0, (0, prompt))
        ends = [start for start, _ in prompts[1:]] + [frames]
        segments = [
            {"start": start, "end": end, "text": text}
            for (start, text), end in zip(prompts, ends, strict=True)
        ]
        target["controls"] = [keyboard, {"type": "text_prompt_interval", "segments": segments}]
        text = {"role": "user", "type": "text", "content": prompts[0][1]}
        request = self.processor.process({"messages": [text, target]})
        torch.manual_seed(0)
        noise = []
        for number, count in enumerate(counts):  # one to start from, and one after each of 3 steps
            shape = (1, count, LATENTS, HEIGHT // 16, WIDTH // 16)
            draws = 0 if known and not number else 4
            drawn = [torch.randn(shape, dtype=torch.bfloat16) for _ in range(draws)]
            noise.append(drawn or [torch.zeros(shape, dtype=torch.bfloat16)])
        later = [draw for block in noise for draw in block[1:]]
        every = iter([torch.cat([block[0] for block in noise], 1), *later])
        with pytest.MonkeyPatch.context() as patch, torch.no_grad():
            patch.setattr(torch, "randn_like", lambda _: next(every))
            video = self.pipe.generate(request)
        return video[0].permute(0, 2, 3, 1).numpy()


def held(step: dict[str, Any]) -> list[float]:
    """The keys of a step, in the order of upstream's README: W, A, S, D, I, J, K, L."""
    names = ["forward", "left", "back", "right", "look_up", "look_left", "look_down", "look_right"]
    return [float(bool(step.get(name))) for name in names]


def save_weights(folder: Path, config: Any) -> None:
    """Save the repo: tiny networks with random weights, and a tokenizer of two words."""
    import torch
    from diffusers import AutoencoderKLWan
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import PreTrainedTokenizerFast, UMT5Config, UMT5EncoderModel

    torch.manual_seed(0)
    network = import_module("zing_v0_5.model").WanModel(config)
    for weight in network.parameters():  # the last zeros of a new network hide its inputs
        torch.nn.init.normal_(weight, std=STD)
    (folder / "generator").mkdir()
    torch.save(network.state_dict(), folder / "generator/model.pt")
    coder = AutoencoderKLWan(**VAE)
    torch.nn.init.normal_(coder.quant_conv.weight)  # otherwise all pictures look alike
    coder.save_pretrained(folder / "pretrained/vae")
    sizes = {"vocab_size": len(WORDS), "d_model": 16, "d_kv": 4, "d_ff": 16, "num_layers": 1}
    text = UMT5EncoderModel(UMT5Config(**sizes, num_heads=2))
    text.save_pretrained(folder / "pretrained/text_encoder")
    words = Tokenizer(WordLevel(WORDS, unk_token="<unk>"))
    words.pre_tokenizer = Whitespace()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )
    tokenizer.save_pretrained(folder / "pretrained/tokenizer")
