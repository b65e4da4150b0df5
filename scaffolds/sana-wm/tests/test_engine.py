"""Compare `engine.py` with diffusers' own pipeline on tiny random weights; run with `pytest`.

Upstream makes one clip per call of `SanaWMPipeline`, along a path that it makes from the names of
keys; it has no loop over clips. It runs on a CPU as it is.
"""

from collections.abc import Sequence
from inspect import signature
from pathlib import Path

import numpy as np
import pytest
from lucid.golden import PROMPTS, Frames, Rollout, check, tiny_port

WIDTH, HEIGHT = 96, 64
FRAMES = 8  # of a clip, without its first; a multiple of 8
DENOISING_STEPS = 2
LETTERS = {
    "forward": "w",
    "left": "a",
    "back": "s",
    "right": "d",
    "look_up": "i",
    "look_left": "j",
    "look_down": "k",
    "look_right": "l",
}
"""Upstream's name of each key."""
WORDS = {"<pad>": 0, "</s>": 1, "<unk>": 2} | {word: 3 + n for n, word in enumerate(PROMPTS)}


@pytest.fixture(autouse=True)
def needs_upstream() -> None:
    pytest.importorskip("torch", reason="run `lucid sync .`, and pytest in its environment")
    pytest.importorskip("diffusers", reason="run `lucid sync .`, and pytest in its environment")


def test_the_constants_are_upstream_s() -> None:
    from diffusers import SanaWMPipeline

    from sana_wm.engine import FPS, FRAMES_PER_STEP, HEIGHT, OPTIONS, WIDTH

    defaults = {
        name: parameter.default
        for name, parameter in signature(SanaWMPipeline.__call__).parameters.items()
    }
    assert (defaults["width"], defaults["height"], defaults["fps"]) == (WIDTH, HEIGHT, FPS)
    assert defaults["num_frames"] == 2 * FRAMES_PER_STEP + 1  # half as long: a shorter wait
    assert {**defaults, **OPTIONS} == defaults


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_the_engine_makes_the_frames_of_upstream_s_loop(tmp_path: Path) -> None:
    save_weights(tmp_path)
    tiny = {
        "WIDTH": WIDTH,
        "HEIGHT": HEIGHT,
        "FRAMES_PER_STEP": FRAMES,
        "OPTIONS": {"num_inference_steps": DENOISING_STEPS},
    }
    with tiny_port("sana_wm", tmp_path, **tiny) as port:
        check(port.SanaWmModel, Upstream(tmp_path), chunks=5, tolerance=0.01)


class Upstream:
    """diffusers' pipeline, as its users call it, from the last frame of the clip before."""

    def __init__(self, weights: Path) -> None:
        from diffusers import SanaWMPipeline

        self.pipe = SanaWMPipeline.from_pretrained(weights)
        self.pipe.set_progress_bar_config(disable=True)

    def __call__(self, steps: Rollout) -> Sequence[Frames]:
        """Make the clips of a rollout; without a picture it starts at plain grey."""
        import torch
        from PIL import Image

        generator = torch.Generator().manual_seed(0)
        last = steps[0].get("set_seed_frame", np.full((HEIGHT, WIDTH, 3), 128, np.uint8))
        prompt, clips = "", []
        for step in steps:
            prompt = step.get("set_prompt", prompt)
            held = "".join(LETTERS[key] for key in step if key in LETTERS)
            clip = self.pipe(
                image=Image.fromarray(last),
                prompt=prompt,
                action=f"{held or 'none'}-{FRAMES}",
                intrinsics=[0.625 * WIDTH, 0.625 * WIDTH, WIDTH / 2, HEIGHT / 2],
                height=HEIGHT,
                width=WIDTH,
                num_frames=FRAMES + 1,
                num_inference_steps=DENOISING_STEPS,
                generator=generator,
            ).frames
            last = (clip[-1] * 255).round().astype(np.uint8)
            clips.append(clip[1:])
        return clips


def save_weights(folder: Path) -> None:
    """Save a random pipeline, two layers wide, in the layout of the repo."""
    import torch
    from diffusers import (
        AutoencoderKLLTX2Video,
        FlowMatchEulerDiscreteScheduler,
        SanaWMPipeline,
        SanaWMTransformer3DModel,
    )
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import Gemma2Config, Gemma2Model, PreTrainedTokenizerFast

    torch.manual_seed(0)
    words = Tokenizer(WordLevel(WORDS, unk_token="<unk>"))
    words.pre_tokenizer = Whitespace()
    widths = (16, 32, 64, 128)
    transformer = SanaWMTransformer3DModel(
        in_channels=16,
        num_layers=2,
        hidden_size=224,
        num_attention_heads=2,
        caption_channels=16,
        chunk_plucker_post_attn_blocks=2,
    )
    for weight in transformer.parameters():  # new weights ignore the camera
        torch.nn.init.normal_(weight, std=0.1)
    SanaWMPipeline(
        tokenizer=PreTrainedTokenizerFast(
            tokenizer_object=words, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
        ),
        text_encoder=Gemma2Model(
            Gemma2Config(
                vocab_size=len(WORDS),
                hidden_size=16,
                intermediate_size=16,
                num_hidden_layers=1,
                num_attention_heads=2,
                num_key_value_heads=1,
                head_dim=8,
            )
        ),
        vae=AutoencoderKLLTX2Video(
            latent_channels=16,
            block_out_channels=widths,
            decoder_block_out_channels=widths[:3],
            layers_per_block=(1, 1, 1, 1, 1),
            decoder_layers_per_block=(1, 1, 1, 1),
            spatial_compression_ratio=32,
            temporal_compression_ratio=8,
        ),
        transformer=transformer,
        scheduler=FlowMatchEulerDiscreteScheduler(),
    ).save_pretrained(folder)
