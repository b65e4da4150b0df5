"""The world model: everything that is specific to HY-WorldPlay's autoregressive models."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import numpy as np
from lucid import LoadContext, download_weights, use_upstream
from lucid.conditioning import (
    CameraPose,
    CameraSpeed,
    ForkedRng,
    LivePrompt,
    frames_of_latents,
    pulls,
    seed_picture,
    warm_up,
)

REPO = "tencent/HY-WorldPlay"
COMMIT = "f4c29235647707b571479a69b569e4166f9f5bf8"
CHECKPOINT = "ar_distilled_action_model/diffusion_pytorch_model.safetensors"
# The repo of the base network, of its autoencoder and of its encoders.
BASE = "tencent/HunyuanVideo-1.5"
BASE_COMMIT = "9b49404b3f5df2a8f0b31df27a0c7ab872e7b038"
BASE_FILES = ("scheduler/*", "transformer/480p_i2v/*", "vae/*")
BASE_PICKLES = ()
LLM = "Qwen/Qwen2.5-VL-7B-Instruct"
LLM_COMMIT = "cc594898137f460bfe9f0759e9844b3ce807cfb5"
LLM_FILES = ("*.json", "*.safetensors", "merges.txt")
LLM_PICKLES = ()
BYT5 = "google/byt5-small"
BYT5_COMMIT = "68377bdc18a2ffec8a0533fef03b1c513a4dd49d"
BYT5_FILES = ("*.json",)
BYT5_PICKLES = ("pytorch_model.bin",)
SIGLIP = "black-forest-labs/FLUX.1-Redux-dev"
SIGLIP_COMMIT = "1282f955f706b5240161278f2ef261d2a29ad649"
SIGLIP_FILES = ("feature_extractor/*", "image_encoder/*")
SIGLIP_PICKLES = ()
LINKS = "base"  # the folder in upstream/ with links to these, in the layout of upstream's pipeline
GLYPH = "text_encoder/Glyph-SDXL-v2"  # not on the Hub: modelscope.cn/models/AI-ModelScope has it
WIDTH, HEIGHT = 832, 480
FPS = 24
LATENTS_PER_STEP = 4
FRAMES_PER_STEP = frames_of_latents(LATENTS_PER_STEP, first=False)  # 13 in the first step
MEMORY_STEPS = 64  # each chunk in the memory makes the search for similar past latents slower
LAYOUT: Literal["HWC", "CHW"] = "CHW"
PIXEL_RANGE: Literal["uint8", "[0,1]", "[-1,1]"] = "[-1,1]"
DENOISING_STEPS = 4
GUIDANCE = 1.0  # distilled: without guidance
RNG_SEED = 123

SPEED = CameraSpeed(walk=0.08, turn_rad=np.deg2rad(3), flies=True)  # per latent, as upstream
# The intrinsics, relative to the size of the picture: upstream's 969.7 pixels at 1920x1080.
LENS = [[969.7 / 1920, 0, 0.5], [0, 969.7 / 1080, 0.5], [0, 0, 1]]
# Nine ways to move (forward, right) or to turn (right, up), in upstream's order.
WAYS = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))
MEMORY = {"memory_frames": 20, "temporal_context_size": 12, "pred_latent_size": 4}
MEMORY_TIME = 14  # the noise level at which the network reads the past
POINTS, RADIUS = 50_000, 8.0  # two views are similar if they see the same of these points
OPTIONS = {
    "sage_blocks_range": "0-53",
    "use_sageattn": False,
    "enable_torch_compile": False,
    "use_fp8_gemm": False,
    "quant_type": "fp8-per-block",
    "include_patterns": "double_blocks",
    "use_vae_parallel": False,
}


class Key(Enum):
    """The keys that can be held: each one pulls the camera along an axis, in a direction."""

    FORWARD = ("forward", 1)
    LEFT = ("right", -1)
    BACK = ("forward", -1)
    RIGHT = ("right", 1)
    LOOK_UP = ("pitch", 1)
    LOOK_LEFT = ("yaw", -1)
    LOOK_DOWN = ("pitch", -1)
    LOOK_RIGHT = ("yaw", 1)


@dataclass(frozen=True)
class Action:
    """The action of a player during one step."""

    held: tuple[Key, ...] = ()
    """The held keys, in the order in which they were pressed."""


class Engine:
    """One step is a chunk of four latents on the camera path of the keys held at its start.

    Lucid makes all calls on one thread.
    """

    def load(self, ctx: LoadContext) -> None:
        """Load the networks and play two chunks with the real shapes."""
        import torch

        code = use_upstream(__file__)
        from hyvideo.commons.infer_state import initialize_infer_state
        from hyvideo.pipelines.worldplay_video_pipeline import HunyuanVideo_1_5_Pipeline
        from hyvideo.utils.retrieval_context import (
            generate_points_in_sphere,
            select_aligned_memory_frames,
        )

        weights = download_weights(REPO, COMMIT, [CHECKPOINT], progress=ctx.progress)
        if not torch.distributed.is_initialized():  # upstream asks for its group, even on one GPU
            store = torch.distributed.HashStore()
            torch.distributed.init_process_group(store=store, rank=0, world_size=1)
        base = self._base(code.parent / LINKS, ctx)
        ctx.progress("load weights")
        self._torch, self._select = torch, select_aligned_memory_frames
        initialize_infer_state(SimpleNamespace(**OPTIONS))  # the pipeline reads it
        self._pipe = HunyuanVideo_1_5_Pipeline.create_pipeline(
            pretrained_model_name_or_path=str(base),
            transformer_version="480p_i2v",
            enable_offloading=False,
            enable_group_offloading=False,
            create_sr_pipeline=False,
            force_sparse_attn=False,
            transformer_dtype=torch.bfloat16,
            action_ckpt=str(weights / CHECKPOINT),
        )
        self._pipe._guidance_scale = GUIDANCE
        self._device = self._pipe.execution_device
        with ForkedRng(torch, RNG_SEED):  # the same points in every process
            self._points = generate_points_in_sphere(POINTS, RADIUS).to(self._device)
        self._camera = CameraPose(SPEED)
        self._prompt = LivePrompt(self._encode, "A quiet place to explore")
        ctx.progress("warm up")
        warm_up(self, Action())

    def _base(self, folder: Path, ctx: LoadContext) -> Path:
        """Download the base models, and link to them in the layout of upstream's pipeline."""
        progress = ctx.progress
        base = download_weights(
            BASE, BASE_COMMIT, BASE_FILES, pickles=BASE_PICKLES, progress=progress
        )
        links = {
            "scheduler": base / "scheduler",
            "transformer": base / "transformer",
            "vae": base / "vae",
            "text_encoder/llm": download_weights(
                LLM, LLM_COMMIT, LLM_FILES, pickles=LLM_PICKLES, progress=progress
            ),
            "text_encoder/byt5-small": download_weights(
                BYT5, BYT5_COMMIT, BYT5_FILES, pickles=BYT5_PICKLES, progress=progress
            ),
            "vision_encoder/siglip": download_weights(
                SIGLIP, SIGLIP_COMMIT, SIGLIP_FILES, pickles=SIGLIP_PICKLES, progress=progress
            ),
        }
        for name, target in links.items():
            link = folder / name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(target)
        if not (folder / GLYPH).is_dir():
            raise FileNotFoundError(
                f"{folder / GLYPH} is not there: download AI-ModelScope/Glyph-SDXL-v2 from "
                "modelscope.cn into that folder"
            )
        return folder

    def reset(self, seed_frame: np.ndarray | None = None) -> None:
        """Start again from a (HEIGHT, WIDTH, 3) uint8 picture, or from plain grey without one."""
        from PIL import Image

        torch, pipe = self._torch, self._pipe
        picture = seed_picture(seed_frame, (WIDTH, HEIGHT))
        generator = torch.Generator(self._device)
        self._generator = generator.manual_seed(RNG_SEED)
        with torch.no_grad():
            image = pipe.get_image_condition_latents("i2v", Image.fromarray(picture), HEIGHT, WIDTH)
            mask = pipe.get_task_mask("i2v", LATENTS_PER_STEP)
            chunk = image.new_zeros(1, image.shape[1], LATENTS_PER_STEP, *image.shape[3:])
            # The first latent of the first chunk is the picture. Later chunks have no picture.
            self._seed = pipe._prepare_cond_latents("i2v", image, chunk, mask)
            self._vision = pipe._prepare_vision_states(picture, "480p", chunk, self._device)
        self._latents = chunk[:, :, :0].to(pipe.target_dtype)
        self._seen = self._seed[:, :, :0].to(pipe.target_dtype)
        self._views, self._classes = np.empty((0, 4, 4)), np.empty(0, np.int64)
        self._camera.reset()
        self._text_is_cached = False  # the cache also holds the picture
        pipe.vae.clear_cache()

    def set_prompt(self, prompt: str) -> None:
        """Set the prompt from the next chunk on. The same prompt again costs nothing."""
        if self._prompt.set(prompt):
            self._text_is_cached = False

    def step(self, action: Action) -> Any:
        """Return the next FRAMES_PER_STEP (at first 13) (3, HEIGHT, WIDTH) floats in [-1, 1]."""
        torch, pipe = self._torch, self._pipe
        start = self._latents.shape[2]
        self._move(action, is_first=start == 0)
        with torch.no_grad():
            with torch.autocast(self._device.type, dtype=pipe.target_dtype):
                if not self._text_is_cached:
                    self._cache_text()
                past = self._cache_past(start) if start else 0
                latents = self._denoise(start, past)
            self._latents = torch.cat([self._latents, latents], 2)
            frames = self._decode(latents, is_first=start == 0)
        self._forget()
        return frames

    def _forget(self) -> None:
        """Drop the oldest chunk of a full memory, except the first, which upstream always shows."""
        chunk, count = LATENTS_PER_STEP, self._latents.shape[2]
        if count > MEMORY_STEPS * chunk:
            kept = [*range(chunk), *range(2 * chunk, count)]
            self._latents, self._seen = self._latents[:, :, kept], self._seen[:, :, kept]
            self._views, self._classes = self._views[kept], self._classes[kept]

    def _move(self, action: Action, is_first: bool) -> None:
        """Return a view (world to camera) and an action class for each latent of the chunk.

        The first latent of a rollout is the picture, which has no action before it.
        """
        pull = pulls(key.value for key in action.held)
        move = WAYS.index((np.sign(pull["forward"]), np.sign(pull["right"])))
        turn = WAYS.index((np.sign(pull["yaw"]), np.sign(pull["pitch"])))
        classes = [len(WAYS) * move + turn] * LATENTS_PER_STEP
        if is_first:
            classes[0] = 0
            poses = self._camera.path(LATENTS_PER_STEP - 1, **pull)
        else:
            poses = self._camera.move(LATENTS_PER_STEP, **pull)
        self._views = np.concatenate([self._views, np.linalg.inv(poses)])
        self._classes = np.append(self._classes, classes)

    def _encode(self, prompt: str) -> dict[str, Any]:
        """Encode the text. With guidance, the first row is for no text."""
        torch, pipe = self._torch, self._pipe
        with torch.no_grad():
            text, none, mask, none_mask = pipe.encode_prompt(
                prompt, self._device, 1, GUIDANCE > 1, "", data_type="video"
            )
            if GUIDANCE > 1:
                text, mask = torch.cat([none, text]), torch.cat([none_mask, mask])
            glyphs = pipe._prepare_byt5_embeddings(prompt, self._device)
            return {"text": text, "mask": mask, **glyphs}

    def _cache_text(self) -> None:
        """Cache the text and the picture, until one of them changes."""
        self._pipe.init_kv_cache()
        given = self._prompt.encoded
        empty = [self._pipe._kv_cache, self._pipe._kv_cache_neg]
        self._caches = [
            self._pipe.transformer(
                bi_inference=False,
                ar_txt_inference=True,
                ar_vision_inference=False,
                timestep_txt=self._torch.zeros(1, device=self._device, dtype=self._latents.dtype),
                text_states=given["text"][row, None],
                encoder_attention_mask=given["mask"][row, None],
                vision_states=self._vision[row, None],
                mask_type="i2v",
                extra_kwargs={
                    name: given[name][row, None] for name in ("byt5_text_states", "byt5_text_mask")
                },
                kv_cache=cache,
                cache_txt=True,
            )
            for row, cache in zip(range(len(given["text"]))[::-1], empty, strict=False)
        ]
        self._text_is_cached = True

    def _cache_past(self, start: int) -> int:
        """Cache the latents that the chunk should see: the latest, and latents of a similar view."""
        chosen = self._select(
            self._views, start, **MEMORY, points_local=self._points, device=self._device
        )
        chosen = [index for index in chosen if index < start]
        past = self._torch.cat([self._latents, self._seen], 1)[:, :, chosen]
        rope = {"cache_vision": True, "rope_temporal_size": len(chosen), "start_rope_start_idx": 0}
        self._caches = [
            self._look(past, MEMORY_TIME, chosen, cache, **rope) for cache in self._caches
        ]
        return len(chosen)

    def _denoise(self, start: int, past: int) -> Any:
        """Return the clean latents of the chunk."""
        torch, pipe = self._torch, self._pipe
        shape = (1, self._latents.shape[1], LATENTS_PER_STEP, *self._latents.shape[3:])
        options = {"device": self._device, "dtype": self._latents.dtype}
        latents = torch.randn(shape, generator=self._generator, **options)
        seed = self._seed.to(**options)
        seed = seed if start == 0 else torch.zeros_like(seed)
        self._seen = torch.cat([self._seen, seed], 2)
        indices = list(range(start, start + LATENTS_PER_STEP))
        rope = {
            "cache_vision": False,
            "rope_temporal_size": past + LATENTS_PER_STEP,
            "start_rope_start_idx": past,
        }
        # A scheduler counts its steps, so each chunk needs a new one.
        pipe.scheduler = pipe._create_scheduler(pipe.config.flow_shift)
        pipe.scheduler.set_timesteps(DENOISING_STEPS, device=self._device)
        for time in pipe.scheduler.timesteps:
            given = torch.cat([latents, seed], 1)
            flows = [self._look(given, time, indices, cache, **rope)[0] for cache in self._caches]
            flow = flows[0] if len(flows) == 1 else flows[1] + GUIDANCE * (flows[0] - flows[1])
            latents = pipe.scheduler.step(flow, time, latents, return_dict=False)[0]
            latents = latents.to(self._latents.dtype)
        return latents

    def _look(self, latents: Any, time: Any, indices: list[int], cache: Any, **rope: Any) -> Any:
        """Pass latents through the network once, each with its view and action."""
        torch = self._torch
        options = {"device": self._device, "dtype": self._latents.dtype}
        return self._pipe.transformer(
            bi_inference=False,
            ar_txt_inference=False,
            ar_vision_inference=True,
            hidden_states=latents,
            timestep=torch.full((len(indices),), float(time), device=self._device),
            timestep_r=None,
            mask_type="i2v",
            return_dict=False,
            viewmats=torch.tensor(self._views[indices], **options)[None],
            Ks=torch.tensor([LENS] * len(indices), **options)[None],
            action=torch.tensor(self._classes[indices], **options)[None],
            kv_cache=cache,
            **rope,
        )

    def _decode(self, latents: Any, is_first: bool) -> Any:
        """Return (T, 3, HEIGHT, WIDTH) frames. The decoder keeps a cache of the last chunk."""
        torch, vae = self._torch, self._pipe.vae
        latents = latents / vae.config.scaling_factor + (vae.config.shift_factor or 0)
        frames = []
        with torch.autocast(self._device.type, dtype=self._pipe.vae_dtype):
            for index in range(LATENTS_PER_STEP):
                vae._conv_idx = [0]
                frames.append(
                    vae.decoder(
                        latents[:, :, index, None],
                        feat_cache=vae._feat_map,
                        feat_idx=vae._conv_idx,
                        first_chunk=is_first and index == 0,
                    )
                )
        return torch.cat(frames, 2)[0].float().clamp(-1, 1).transpose(0, 1)
