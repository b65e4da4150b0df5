"""Compare `engine.py` with HY-WorldPlay's own loop on tiny random weights; run with `pytest`.

Upstream's loop is `generate_video` in generate.py, a call for a clip. PATCHES let it run on a CPU,
and let a clip go on after the latents of another one, which is how the prompt changes in it.
"""

import contextlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

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
CHUNK = 4  # latents
MEMORY_STEPS = 6
DENOISING_STEPS = 4
REPO = "tencent/HY-WorldPlay"
CHECKPOINT = "ar_distilled_action_model/diffusion_pytorch_model.safetensors"
GLYPH = "text_encoder/Glyph-SDXL-v2"
LINKS = {
    "tencent/HunyuanVideo-1.5": "",
    "Qwen/Qwen2.5-VL-7B-Instruct": "text_encoder/llm",
    "google/byt5-small": "text_encoder/byt5-small",
    "black-forest-labs/FLUX.1-Redux-dev": "vision_encoder/siglip",
    f"links/{GLYPH}": GLYPH,
}
"""Where the engine looks for each repo that it needs, and for the files that are not on the Hub."""
PIPELINE = "hyvideo.pipelines.worldplay_video_pipeline"
NETWORK = "hyvideo.models.transformers.worldplay_1_5_transformer"
AUTOENCODER = "hyvideo.models.autoencoders.hunyuanvideo_15_vae_w_cache"
PATCHES = {
    "hyvideo.commons.parallel_states": {'self.build_mesh("cuda")': "pass"},
    NETWORK: {"2048": "16"},
    PIPELINE: {
        'device_type="cuda"': 'device_type="cpu"',
        'device = torch.device("cuda")': 'device = torch.device("cpu")',
        'execution_device="cuda"': 'execution_device="cpu"',
        "max_length=1000": "max_length=16",
        # On a CPU, autocast refuses to join the latents' bfloat16 with float16.
        "self.vae_dtype = torch.float16": "self.vae_dtype = torch.bfloat16",
        "(video_frames / 2 + 0.5)": "(video_frames.float() / 2 + 0.5)",
        "for chunk_i in range(self.chunk_num)": (
            "for chunk_i in range(self.first_chunk, self.chunk_num)"
        ),
    },
    "hyvideo.generate": {"torch.cuda.set_device(": "id("},
}
UNUSED = ["imageio", "moviepy.editor"]
"""Modules for the files of videos."""
KEYS = {"forward": "w", "left": "a", "back": "s", "right": "d", "look_up": "up"}
KEYS |= {"look_left": "left", "look_down": "down", "look_right": "right"}
WORDS = {"<pad>": 0, "<unk>": 1, "<|im_start|>user": 2}
WORDS |= {word: 3 + number for number, word in enumerate(PROMPTS)}

CHAT = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }} <|im_end|>\n{% endfor %}"
STD = 0.2
CONFIG: dict[str, Any] = {"patch_size": [1, 1, 1], "in_channels": 4, "hidden_size": 32}
CONFIG |= {"heads_num": 2, "mlp_width_ratio": 1.0, "mm_double_blocks_depth": 2}
CONFIG |= {"mm_single_blocks_depth": 0, "rope_dim_list": [4, 6, 6], "text_states_dim": 16}
CONFIG |= {"glyph_byT5_v2": True, "vision_projection": "linear", "vision_states_dim": 16}
CONFIG |= {"use_cond_type_embedding": True, "ideal_resolution": "480p", "ideal_task": "i2v"}
VAE = {"in_channels": 3, "out_channels": 3, "latent_channels": 4, "layers_per_block": 1}
VAE |= {"block_out_channels": [8] * 5, "ffactor_spatial": 16, "ffactor_temporal": 4}
VAE |= {"sample_size": 256, "sample_tsize": 64, "scaling_factor": 1.03682}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_the_engine_makes_the_frames_of_upstream_s_loop(tmp_path: Path) -> None:
    with on_a_cpu():
        checkout = import_upstream("worldplay", modules=("diffusers", "hyvideo", "torchvision"))
        pytest.importorskip("scipy", reason="`pip install scipy`: upstream's generate.py needs it")
        import_patched(checkout)
        save_weights(tmp_path)
        changed: dict[str, Any] = {"WIDTH": WIDTH, "HEIGHT": HEIGHT}
        changed |= {"LINKS": str(tmp_path / "links"), "MEMORY_STEPS": MEMORY_STEPS}
        engine = import_module("worldplay.engine")
        points = f"generate_points_in_sphere({engine.POINTS}, {engine.RADIUS})"
        check_texts(checkout, {"hyvideo/pipelines/worldplay_video_pipeline.py": points})
        with tiny_port("worldplay", tmp_path, **changed) as port:
            # From the seventh chunk on, the network sees a part of the past: similar views.
            # From the eighth chunk on, the port has forgotten a chunk.
            check(port.WorldplayModel, Upstream(tmp_path), chunks=9, tolerance=0.1)


@contextlib.contextmanager
def on_a_cpu() -> Iterator[None]:
    """Do the same as torchrun and a GPU, and restore the variables that upstream sets on import."""
    import torch

    values = {"RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "localhost"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (values | {"MASTER_PORT": "0"}).items():
            patch.setenv(name, value)
        patch.setattr(torch.nn.LayerNorm, "forward", layer_norm)
        yield


def layer_norm(norm: Any, x: Any) -> Any:
    """Do the same as autocast on a GPU: a layer norm converts its weights to the input's dtype."""
    import torch

    weights = (part if part is None else part.to(x.dtype) for part in (norm.weight, norm.bias))
    return torch.nn.functional.layer_norm(x, norm.normalized_shape, *weights, norm.eps)


def import_patched(checkout: Path) -> None:
    """Import upstream's modules with PATCHES."""
    from transformers import PreTrainedTokenizerFast

    with pytest.MonkeyPatch.context() as patch:
        for name in UNUSED:
            patch.setitem(sys.modules, name, MagicMock())
        for name, changes in PATCHES.items():
            import_with_changes(checkout, name, changes)
    # AutoTokenizer would take the tokenizer that all models of Qwen have.
    import_module("hyvideo.models.text_encoders").AutoTokenizer = PreTrainedTokenizerFast
    pipeline = import_module(PIPELINE)
    # The autoencoder is in float16 if there is too little memory on the GPU.
    pipeline.get_gpu_memory = lambda: 80 * 1024**3
    pipeline.select_aligned_memory_frames = among_kept(pipeline.select_aligned_memory_frames)


def among_kept(select: Callable[..., list[int]]) -> Callable[..., list[int]]:
    """Let upstream choose among the first chunk and the latest ones, which the port keeps."""

    def chosen(views: np.ndarray, start: int, **options: Any) -> list[int]:
        latest = max(start - (MEMORY_STEPS - 1) * CHUNK, CHUNK)
        kept = [*range(CHUNK), *range(latest, len(views))]
        return [kept[index] for index in select(views[kept], kept.index(start), **options)]

    return chosen


class Upstream:
    """Upstream's generate.py, called with the options of its run.sh."""

    def __init__(self, weights: Path) -> None:
        self.generate = import_module("hyvideo.generate")
        self.pipeline = import_module(PIPELINE).HunyuanVideo_1_5_Pipeline
        made = cache(self.pipeline.create_pipeline)  # the same one for each clip
        self.generate.HunyuanVideo_1_5_Pipeline = SimpleNamespace(create_pipeline=made)
        self.camera = import_module("hyvideo.generate_custom_trajectory")
        self.picture, self.path = weights / "picture.png", weights / "path.json"
        self.options = {
            "image_path": self.picture,
            "pose": self.path,
            "model_path": weights / "base",
            "action_ckpt": weights / REPO / CHECKPOINT,
            "output_path": weights,
            "resolution": "480p",
            "width": WIDTH,
            "height": HEIGHT,
            "model_type": "ar",
            "few_step": True,
            "num_inference_steps": DENOISING_STEPS,
            "seed": 123,
            "sr": False,
            "offloading": False,
        }

    def __call__(self, steps: Rollout) -> Sequence[Frames]:
        """Make one clip."""
        picture = steps[0].get("set_seed_frame", np.full((HEIGHT, WIDTH, 3), 128, np.uint8))
        clip = self.clip(picture, steps)
        return np.split(clip, range(13, len(clip), 16))

    def clip(self, picture: Frames, steps: Rollout) -> Frames:
        """Make one clip from a picture. Each prompt continues from the latents so far."""
        import torch
        from PIL import Image

        Image.fromarray(picture).save(self.picture)
        poses = self.poses(steps)
        prompt = ""
        rng = torch.Generator().manual_seed(123)
        shape = (1, CONFIG["in_channels"], CHUNK, HEIGHT // 16, WIDTH // 16)
        noise = [torch.randn(shape, generator=rng, dtype=torch.bfloat16) for _ in steps]
        latents = torch.cat(noise, 2)
        starts = [n for n, step in enumerate(steps) if "set_prompt" in step or not n]
        with torch.random.fork_rng(), pytest.MonkeyPatch.context() as patch:
            for first, end in zip(starts, [*starts[1:], len(steps)], strict=True):
                prompt = steps[first].get("set_prompt", prompt)
                part = latents[:, :, : CHUNK * end]
                patch.setattr(self.pipeline, "prepare_latents", lambda *_, part=part, **__: part)
                patch.setattr(self.pipeline, "first_chunk", first, raising=False)
                torch.manual_seed(123)  # for the points that compare views
                video = self.run(prompt, dict(list(poses.items())[: CHUNK * end]))
        return video[0].permute(1, 2, 3, 0).numpy()

    def run(self, prompt: str, poses: dict[str, Any]) -> Any:
        """Run generate.py; return its video. At the end, the latents are clean."""
        self.path.write_text(json.dumps(poses), "utf-8")
        options = {**self.options, "prompt": prompt, "video_length": 4 * len(poses) - 3}
        videos: list[Any] = []
        save = self.generate.save_video

        def keep(video: Any, path: str) -> None:
            videos.append(video)
            save(video, path)

        with pytest.MonkeyPatch.context() as patch:
            given = [str(part) for name, value in options.items() for part in (f"--{name}", value)]
            patch.setattr(sys, "argv", ["generate.py", *given])
            patch.setattr(self.generate, "save_video", keep)
            self.generate.main()
        _, written = self.generate.imageio.mimwrite.call_args
        assert written == {"fps": import_module("worldplay.engine").FPS}
        return videos[0]

    def poses(self, steps: Rollout) -> dict[str, Any]:
        """The pose of each latent. The first latent is the picture, which has no action."""
        motions = []
        for number, step in enumerate(steps):
            motion = Counter[str]()
            for name, key in KEYS.items():
                if step.get(name):
                    (alone,) = self.generate.parse_pose_string(f"{key}-1")
                    motion.update(alone)
            motions += [motion] * (CHUNK if number else CHUNK - 1)
        lens = self.generate.pose_string_to_json("w-1")["0"]["K"]
        path = self.camera.generate_camera_trajectory_local(motions)
        return {str(n): {"extrinsic": pose.tolist(), "K": lens} for n, pose in enumerate(path)}


def save_weights(folder: Path) -> None:
    """Save the repo and, in upstream's layout, the repos that it needs, with a link for each."""
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(0)
    base = folder / "base"
    network = import_module(NETWORK).HunyuanVideo_1_5_DiffusionTransformer(**CONFIG)
    random_network(network).save_pretrained(base / "transformer/480p_i2v")
    network.add_action_parameters()
    file = folder / REPO / CHECKPOINT
    file.parent.mkdir(parents=True)
    save_file(random_network(network).state_dict(), file)
    import_module(AUTOENCODER).AutoencoderKLConv3D(**VAE).save_pretrained(base / "vae")
    scheduler = import_module("hyvideo.schedulers.scheduling_flow_match_discrete")
    scheduler.FlowMatchDiscreteScheduler().save_pretrained(base / "scheduler")
    save_text_encoders(base / "text_encoder/llm", base / "text_encoder/byt5-small")
    save_glyphs(base / GLYPH)
    save_vision_encoder(base / "vision_encoder/siglip")
    for link, path in LINKS.items():
        (folder / link).parent.mkdir(parents=True, exist_ok=True)
        (folder / link).symlink_to(base / path)


def save_text_encoders(llm: Path, byt5: Path) -> None:
    """Save a language model whose tokenizer has few words, and a small ByT5."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import WhitespaceSplit
    from transformers import (
        ByT5Tokenizer,
        PreTrainedTokenizerFast,
        Qwen2Config,
        Qwen2Model,
        T5Config,
        T5ForConditionalGeneration,
    )

    words = Tokenizer(WordLevel(WORDS, unk_token="<unk>"))
    words.pre_tokenizer = WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words, unk_token="<unk>", pad_token="<pad>", chat_template=CHAT
    )
    tokenizer.save_pretrained(llm)
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 3}
    sizes |= {"num_attention_heads": 2, "num_key_value_heads": 2, "vocab_size": len(WORDS)}
    language = Qwen2Model(Qwen2Config(**sizes))
    torch.nn.init.normal_(language.embed_tokens.weight)  # otherwise all words are alike
    language.save_pretrained(llm)
    (llm / "merges.txt").touch()
    ByT5Tokenizer().save_pretrained(byt5)
    small = T5Config(vocab_size=384, d_model=1472, d_kv=8, d_ff=16, num_layers=1, num_heads=1)
    small.save_pretrained(byt5)
    torch.save(T5ForConditionalGeneration(small).state_dict(), byt5 / "pytorch_model.bin")


def save_vision_encoder(folder: Path) -> None:
    """Save a small SigLIP."""
    from transformers import SiglipImageProcessor, SiglipVisionConfig, SiglipVisionModel

    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    sizes |= {"num_attention_heads": 2, "image_size": 32, "patch_size": 16}
    SiglipVisionModel(SiglipVisionConfig(**sizes)).save_pretrained(folder / "image_encoder")
    size = {"height": 32, "width": 32}
    SiglipImageProcessor(size=size).save_pretrained(folder / "feature_extractor")


def save_glyphs(glyphs: Path) -> None:
    """Save the encoder of glyphs, which a prompt without quotes does not use."""
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    (glyphs / "assets").mkdir(parents=True)
    (glyphs / "checkpoints").mkdir()
    (glyphs / "assets/color_idx.json").write_text('{"white": 0}', "utf-8")
    (glyphs / "assets/multilingual_10-lang_idx.json").write_text('{"en-Arial": 0}', "utf-8")
    small = T5Config(vocab_size=386, d_model=1472, d_kv=8, d_ff=16, num_layers=1, num_heads=1)
    encoder = T5ForConditionalGeneration(small).get_encoder()
    torch.save(encoder.state_dict(), glyphs / "checkpoints/byt5_model.pt")


def random_network(network: Any) -> Any:
    """Give every weight a random value, because the last zeros of a new network hide its inputs."""
    import torch

    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=STD)
    return network
