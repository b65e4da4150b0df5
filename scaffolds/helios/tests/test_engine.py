"""Compare `engine.py` with diffusers' own loop on tiny random weights; run with `pytest`.

Upstream's loop is one call of `HeliosPyramidPipeline` for all chunks. It runs on a CPU as it is.
"""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lucid import LoadContext
from lucid.golden import PROMPTS, Frames, Rollout, check, tiny_port

# Multiples of 64: the first of three sizes is a quarter, and the autoencoder's 1/8.
WIDTH, HEIGHT = 128, 64
STEPS = [2, 2, 2]
WORDS = {"<pad>": 0, "</s>": 1, "<unk>": 2} | {word: 3 + n for n, word in enumerate(PROMPTS)}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_the_engine_makes_the_frames_of_upstream_s_loop(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="run `lucid sync .`, and pytest in its environment")
    pytest.importorskip("diffusers", reason="run `lucid sync .`, and pytest in its environment")
    save_weights(tmp_path)
    with tiny_port("helios", tmp_path, WIDTH=WIDTH, HEIGHT=HEIGHT) as port:
        # The model sees 19 past latents. The third chunk is the first that no longer sees all.
        check(port.HeliosModel, Upstream(tmp_path), chunks=4, tolerance=0.01)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_the_engine_goes_on_from_a_clip_as_upstream_does(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="needs `pip install '.[engine]'`")
    pytest.importorskip("diffusers", reason="needs `pip install '.[engine]'`")
    save_weights(tmp_path)
    clip = np.random.default_rng(0).integers(0, 256, (33, HEIGHT, WIDTH, 3), dtype=np.uint8)
    with tiny_port("helios", tmp_path, WIDTH=WIDTH, HEIGHT=HEIGHT) as port:
        engine = port.Engine()
        engine.load(LoadContext(logging.getLogger("test"), lambda stage, fraction: None))
        engine.set_prompt(PROMPTS[0])
        engine.reset(clip)
        ours = engine.step()
    theirs = Upstream(tmp_path).frames(PROMPTS[0], chunks=1, video=list(clip / 255))
    assert np.abs(ours - theirs).max() < 0.1 / 255


class Upstream:
    """diffusers' pipeline, as its users call it."""

    def __init__(self, weights: Path) -> None:
        from diffusers import HeliosPyramidPipeline

        self.pipe = HeliosPyramidPipeline.from_pretrained(weights)
        self.pipe.set_progress_bar_config(disable=True)

    def __call__(self, steps: Rollout) -> Sequence[Frames]:
        """Make all chunks in one call. A new prompt starts with its chunk."""
        from PIL import Image

        picture = steps[0].get("set_seed_frame")
        frames = self.frames(
            steps[0]["set_prompt"],
            len(steps),
            image=None if picture is None else Image.fromarray(picture),
            callback_on_step_end=self.prompts_of(steps),
        )
        # The pipeline drops the last frames, because it treats the chunks as one long video.
        return [frames[start : start + 33] for start in range(0, len(frames), 33)]

    def frames(self, prompt: str, chunks: int, **more: Any) -> Frames:
        """Call the pipeline once."""
        import torch

        made: Frames = self.pipe(
            prompt=prompt,
            height=HEIGHT,
            width=WIDTH,
            num_frames=33 * chunks,
            pyramid_num_inference_steps_list=STEPS,
            guidance_scale=1.0,
            is_amplify_first_chunk=True,
            generator=torch.Generator().manual_seed(0),
            **more,
        ).frames[0]
        return made

    def prompts_of(self, steps: Rollout) -> Callable[..., dict[str, Any]]:
        """Change the prompt after the last denoising step of the previous chunk."""
        calls = 0
        first = 2 * sum(STEPS)  # of the first chunk: `is_amplify_first_chunk` doubles it
        prompts = {
            first + (chunk - 1) * sum(STEPS): step["set_prompt"]
            for chunk, step in enumerate(steps)
            if chunk and "set_prompt" in step
        }

        def after_each_step(pipe: Any, *_: Any) -> dict[str, Any]:
            nonlocal calls
            calls += 1
            if calls not in prompts:
                return {}
            embeds, _ = pipe.encode_prompt(prompts[calls], max_sequence_length=512)
            return {"prompt_embeds": embeds}

        return after_each_step


def save_weights(folder: Path) -> None:
    """Save a random pipeline, two layers wide, in the layout of the repo."""
    import torch
    from diffusers import (
        AutoencoderKLWan,
        HeliosDMDScheduler,
        HeliosPyramidPipeline,
        HeliosTransformer3DModel,
    )
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import PreTrainedTokenizerFast, UMT5Config, UMT5EncoderModel

    torch.manual_seed(0)
    words = Tokenizer(WordLevel(WORDS, unk_token="<unk>"))
    words.pre_tokenizer = Whitespace()
    HeliosPyramidPipeline(
        tokenizer=PreTrainedTokenizerFast(
            tokenizer_object=words, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
        ),
        text_encoder=UMT5EncoderModel(
            UMT5Config(
                vocab_size=len(WORDS), d_model=16, d_kv=4, d_ff=16, num_layers=1, num_heads=2
            )
        ),
        vae=AutoencoderKLWan(base_dim=4, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1),
        # With a gamma of 1/3, a matrix is not positive-definite in float32 on a CPU.
        scheduler=HeliosDMDScheduler(gamma=0.3),
        transformer=HeliosTransformer3DModel(
            num_attention_heads=2,
            attention_head_dim=12,
            text_dim=16,
            freq_dim=16,
            ffn_dim=32,
            num_layers=2,
            rope_dim=(4, 4, 4),
        ),
        is_distilled=True,
    ).save_pretrained(folder)
