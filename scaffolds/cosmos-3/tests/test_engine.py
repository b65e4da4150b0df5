"""Compare `engine.py` with diffusers' own pipeline on tiny random weights; run with `pytest`.

Upstream makes one clip per call of `Cosmos3OmniPipeline`, from actions that NVIDIA's data set code
makes from poses of the gripper; it has no loop over clips. It runs on a CPU as it is.
"""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from lucid.golden import PROMPTS, Frames, Rollout, check, tiny_port

WIDTH, HEIGHT = 64, 48
FRAMES = 4  # of a clip, without its first; a multiple of 4
DENOISING_STEPS = 2
AXES = ("dx", "dy", "dz", "tilt", "turn", "roll")
# fmt: off
LOW = (-0.038884, -0.028667, -0.03784, 0.976292, -0.163098, -0.081545, -0.160193, 0.976322, -0.078872, 0)
HIGH = (0.039722, 0.029068, 0.026702, 1, 0.160195, 0.081655, 0.163227, 1, 0.095189, 1)
# fmt: on
"""NVIDIA's normalizer_stats/bridge_orig_lerobot_stats.json."""
SPECIAL = ("<pad>", "<unk>", "<|im_start|>", "<|im_end|>", "<|vision_start|>")
WORDS = {word: n for n, word in enumerate((*SPECIAL, *PROMPTS))}


@pytest.fixture(autouse=True)
def needs_upstream() -> None:
    pytest.importorskip("torch", reason="run `lucid sync .`, and pytest in its environment")
    pytest.importorskip("diffusers", reason="run `lucid sync .`, and pytest in its environment")


def test_the_robot_has_as_many_numbers_as_upstream_s() -> None:
    from diffusers import CosmosActionCondition

    from cosmos3.engine import ACTION_SIZE, DOMAIN, Q01, Q99, RESOLUTION_TIER

    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    upstream = CosmosActionCondition("policy", 16, DOMAIN, RESOLUTION_TIER, image=picture)
    assert upstream.raw_action_dim == ACTION_SIZE == len(Q01) == len(Q99)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_the_engine_makes_the_frames_of_upstream_s_loop(tmp_path: Path) -> None:
    from diffusers.pipelines.cosmos import pipeline_cosmos3_omni

    # Upstream pads a picture to the nearest of its sizes; the smallest one takes long on a CPU.
    sizes = {"256": {str(HEIGHT / WIDTH): (HEIGHT, WIDTH)}}
    save_weights(tmp_path)
    tiny = {
        "WIDTH": WIDTH,
        "HEIGHT": HEIGHT,
        "FRAMES_PER_STEP": FRAMES,
        "DENOISING_STEPS": DENOISING_STEPS,
        "RESOLUTION_TIER": 256,
        "GUARDRAIL": False,
    }
    with (
        pytest.MonkeyPatch.context() as patched,
        tiny_port("cosmos3", tmp_path, **tiny) as port,
    ):
        patched.setattr(pipeline_cosmos3_omni, "_ACTION_RESOLUTION_BINS", sizes)
        check(port.Cosmos3Model, Upstream(tmp_path), chunks=5, tolerance=0.03)


class Upstream:
    """diffusers' pipeline, as its page shows it, from the last frame of the clip before."""

    def __init__(self, weights: Path) -> None:
        from diffusers import Cosmos3OmniPipeline, UniPCMultistepScheduler

        self.pipe = Cosmos3OmniPipeline.from_pretrained(weights, enable_safety_checker=False)
        self.pipe.scheduler = UniPCMultistepScheduler.from_config(
            self.pipe.scheduler.config, flow_shift=10.0, use_karras_sigmas=False
        )
        self.pipe.set_progress_bar_config(disable=True)

    def __call__(self, steps: Rollout) -> Sequence[Frames]:
        """Make the clips of a rollout; without a picture it starts at plain grey."""
        import torch
        from diffusers import CosmosActionCondition
        from PIL import Image

        generator = torch.Generator().manual_seed(0)
        last = steps[0].get("set_seed_frame", np.full((HEIGHT, WIDTH, 3), 128, np.uint8))
        prompt, opening, clips = "", 0.5, []
        for step in steps:
            prompt = step.get("set_prompt", prompt)
            actions = []
            for motion in motions([step.get(name, 0.0) for name in AXES]):
                opening = min(1.0, max(0.0, opening + 0.25 * step.get("gripper", 0.0)))
                actions.append([*motion, opening])
            low, high, moves = (torch.tensor(x, dtype=torch.float64) for x in (LOW, HIGH, actions))
            clip = self.pipe(
                prompt=prompt,
                action=CosmosActionCondition(
                    mode="forward_dynamics",
                    chunk_size=FRAMES,
                    domain_name="bridge_orig_lerobot",
                    resolution_tier=256,
                    raw_actions=(2 * (moves - low) / (high - low) - 1).float(),
                    image=Image.fromarray(last),
                ),
                fps=5,
                num_inference_steps=DENOISING_STEPS,
                guidance_scale=1.0,
                generator=generator,
                output_type="np",
                use_system_prompt=False,
            ).video
            last = (clip[-1] * 255).round().astype(np.uint8)
            clips.append(clip[1:])
        return clips


def motions(pull: Sequence[float]) -> list[list[float]]:
    """Return the relative poses of a path, as NVIDIA's `pose_abs_to_rel` makes them.

    The path is (FRAMES + 1, 4, 4) in the world; a pose is 2 cm and 0.05 rad from the one before.
    """
    import torch

    x, y, z = (0.05 * angle for angle in pull[3:])
    cross = torch.tensor([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]], dtype=torch.float64)
    moved = torch.eye(4, dtype=torch.float64)
    moved[:3, :3] = torch.linalg.matrix_exp(cross)
    moved[:3, 3] = 0.02 * torch.tensor(pull[:3], dtype=torch.float64)
    poses = [torch.eye(4, dtype=torch.float64)]
    for _ in range(FRAMES):
        poses.append(poses[-1] @ moved)
    steps = [torch.linalg.inv(one) @ other for one, other in pairwise(poses)]
    return [[*step[:3, 3], *step[:3, 0], *step[:3, 1]] for step in steps]


def save_weights(folder: Path) -> None:
    """Save a random pipeline, two layers wide, in the layout of the repo."""
    import torch
    from diffusers import (
        AutoencoderKLWan,
        Cosmos3OmniPipeline,
        Cosmos3OmniTransformer,
        UniPCMultistepScheduler,
    )
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import PreTrainedTokenizerFast

    torch.manual_seed(0)
    words = Tokenizer(WordLevel(WORDS, unk_token="<unk>"))
    words.pre_tokenizer = Whitespace()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words,
        pad_token="<pad>",
        unk_token="<unk>",
        eos_token="<|im_end|>",
        additional_special_tokens=[SPECIAL[2], SPECIAL[4]],
        chat_template="{% for m in messages %}{{ m.content }} {% endfor %}",
    )
    transformer = Cosmos3OmniTransformer(
        head_dim=16,
        hidden_size=32,
        intermediate_size=64,
        latent_channel=16,
        patch_latent_dim=64,
        num_attention_heads=2,
        num_hidden_layers=2,
        num_key_value_heads=1,
        rope_axes_dim=(4, 2, 2),
        vocab_size=len(WORDS),
        action_gen=True,
        action_dim=12,
        num_embodiment_domains=8,
    )
    for weight in transformer.parameters():  # new weights ignore the action
        torch.nn.init.normal_(weight)
    torch.nn.init.zeros_(transformer.action_modality_embed)
    torch.nn.init.normal_(transformer.proj_out.weight, std=3)
    Cosmos3OmniPipeline(
        text_tokenizer=tokenizer,
        vae=AutoencoderKLWan(base_dim=8, z_dim=16, num_res_blocks=1),
        transformer=transformer,
        scheduler=UniPCMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=1.0
        ),
        enable_safety_checker=False,
    ).save_pretrained(folder)
