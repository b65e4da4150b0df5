"""As Tencent-Hunyuan/HY-WorldPlay at da2d0c2: hyvideo/pipelines/worldplay_video_pipeline.py, and of
hyvideo/models and hyvideo/schedulers what it calls: signatures, checks and caches, no layers."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import torch
from hyvideo.commons.infer_state import get_infer_state
from PIL import Image


class Scheduler:
    """FlowMatchDiscreteScheduler: it counts its steps, and starts again at set_timesteps."""

    def __init__(self, shift: float) -> None:
        self.shift = shift

    def set_timesteps(self, num_inference_steps: int, device: Any = None) -> None:
        sigmas = torch.linspace(1, 0, num_inference_steps + 1)
        self.sigmas = self.shift * sigmas / (1 + (self.shift - 1) * sigmas)
        self.timesteps = self.sigmas[:-1] * 1000
        self._step_index = 0

    def step(self, model_output: Any, timestep: Any, sample: Any, return_dict: bool = True) -> Any:
        if isinstance(timestep, int):
            raise ValueError("Passing integer indices as timesteps is not supported")
        dt = self.sigmas[self._step_index + 1] - self.sigmas[self._step_index]
        self._step_index += 1
        return (sample.float() + model_output.float() * dt,)


class Transformer:
    """HunyuanVideo_1_5_DiffusionTransformer, with the action layers: it keeps its calls."""

    double_blocks: ClassVar[list[Any]] = [None, None]
    config = SimpleNamespace(in_channels=4)
    calls: ClassVar[list[dict[str, Any]]] = []

    def __call__(
        self,
        bi_inference: bool = True,
        ar_txt_inference: bool = False,
        ar_vision_inference: bool = False,
        **kwargs: Any,
    ) -> Any:
        for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"):
            assert name in os.environ  # get_parallel_state, init_device_mesh
        assert not bi_inference and ar_txt_inference != ar_vision_inference
        return (self._text if ar_txt_inference else self._vision)(**kwargs)

    def _text(
        self,
        timestep_txt: Any,
        text_states: Any,
        encoder_attention_mask: Any,
        vision_states: Any,
        mask_type: str,
        extra_kwargs: Any,
        kv_cache: Any,
        cache_txt: bool,
    ) -> Any:
        assert cache_txt and mask_type == "i2v" and timestep_txt.tolist() == [0]
        assert text_states.shape == (1, 5, 8) and encoder_attention_mask.shape == (1, 5)
        assert vision_states.shape == (1, 3, 8)
        assert extra_kwargs["byt5_text_states"].shape == (1, 256, 8)
        assert extra_kwargs["byt5_text_mask"].shape == (1, 256)
        assert kv_cache[0]["k_txt"] is None
        meaning = float(text_states.float().mean())
        self.calls.append({"kind": "text", "meaning": meaning, "sees": float(vision_states.mean())})
        return [{"k_vision": None, "k_txt": meaning} for _ in self.double_blocks]

    def _vision(
        self,
        hidden_states: Any,
        timestep: Any,
        timestep_r: Any,
        mask_type: str,
        return_dict: bool,
        viewmats: Any,
        Ks: Any,
        action: Any,
        kv_cache: Any,
        cache_vision: bool,
        rope_temporal_size: int,
        start_rope_start_idx: int,
    ) -> Any:
        channels, latents = hidden_states.shape[1:3]
        assert channels == 2 * self.config.in_channels + 1 and return_dict is False
        assert timestep.shape == (latents,) and timestep.dtype == torch.float32
        assert viewmats.shape == (1, latents, 4, 4) and Ks.shape == (1, latents, 3, 3)
        assert action.shape == (1, latents) and action.min() >= 0 and action.max() <= 80
        assert kv_cache[0]["k_txt"] is not None
        past = 0 if kv_cache[0]["k_vision"] is None else kv_cache[0]["k_vision"].shape[1]
        if cache_vision:
            assert (rope_temporal_size, start_rope_start_idx) == (latents, 0)
        else:
            assert (rope_temporal_size, start_rope_start_idx) == (past + latents, past)
        self.calls.append(
            {
                "kind": "past" if cache_vision else "chunk",
                "t": round(float(timestep[0])),
                "views": viewmats[0].float(),
                "action": action[0].tolist(),
                "meaning": kv_cache[0]["k_txt"],
                "past": latents if cache_vision else past,
                "seed": hidden_states[0, -1, :, 0, 0].tolist(),
            }
        )
        if cache_vision:
            return [{**layer, "k_vision": hidden_states[:, 0].flatten(2)} for layer in kv_cache]
        return hidden_states[:, : self.config.in_channels], None


class Decoder:
    def __call__(self, z: Any, feat_cache: Any, feat_idx: Any, first_chunk: bool = False) -> Any:
        assert z.shape[2] == 1 and feat_idx == [0] and len(feat_cache) == 2
        assert first_chunk == (feat_cache[0] is None), "a cache of another rollout"
        feat_cache[:] = [z, z]
        frames = z[:, :3].repeat_interleave(16, 3).repeat_interleave(16, 4)
        return frames.repeat(1, 1, 1 if first_chunk else 4, 1, 1)


class Vae:
    config = SimpleNamespace(scaling_factor=1.03, shift_factor=None)

    def __init__(self) -> None:
        self.decoder = Decoder()

    def clear_cache(self) -> None:
        self._conv_idx = [0]
        self._feat_map: list[Any] = [None, None]


class HunyuanVideo_1_5_Pipeline:
    def __init__(self) -> None:
        self.transformer, self.vae = Transformer(), Vae()
        self.config = SimpleNamespace(flow_shift=5.0, glyph_byT5_v2=True)
        self.target_dtype, self.vae_dtype = torch.bfloat16, torch.bfloat16  # fp16 on a GPU
        self.execution_device = torch.device("cpu")  # "cuda" there

    @classmethod
    def create_pipeline(
        cls,
        pretrained_model_name_or_path: str,
        transformer_version: str,
        create_sr_pipeline: bool = False,
        force_sparse_attn: bool = False,
        transformer_dtype: Any = torch.bfloat16,
        enable_offloading: Any = None,
        enable_group_offloading: Any = None,
        overlap_group_offloading: bool = True,
        device: Any = None,
        action_ckpt: str | None = None,
    ) -> "HunyuanVideo_1_5_Pipeline":
        base = Path(pretrained_model_name_or_path)
        if not (base / "transformer" / transformer_version).is_dir():
            raise ValueError(f"Could not find {transformer_version} in {base}.")
        assert action_ckpt and Path(action_ckpt).is_file()
        assert not get_infer_state().use_fp8_gemm  # AttributeError before initialize_infer_state
        return cls()

    @staticmethod
    def _create_scheduler(flow_shift: float) -> Scheduler:
        return Scheduler(flow_shift)

    @property
    def do_classifier_free_guidance(self) -> bool:
        return bool(self._guidance_scale > 1)

    def init_kv_cache(self) -> None:
        empty = [{"k_vision": None, "k_txt": None} for _ in self.transformer.double_blocks]
        self._kv_cache, self._kv_cache_neg = [*empty], [*empty]

    def encode_prompt(
        self,
        prompt: str,
        device: Any,
        num_videos_per_prompt: int,
        do_classifier_free_guidance: bool,
        negative_prompt: str,
        data_type: str = "image",
    ) -> Any:
        assert do_classifier_free_guidance == self.do_classifier_free_guidance
        assert data_type == "video"

        def encoded(text: str) -> Any:
            return torch.full((1, 5, 8), float(len(text))), torch.ones(1, 5)

        states, mask = encoded(prompt)
        none = encoded(negative_prompt) if do_classifier_free_guidance else (None, None)
        return states, none[0], mask, none[1]

    def _prepare_byt5_embeddings(self, prompts: str, device: Any) -> Any:
        rows = 2 if self.do_classifier_free_guidance else 1
        states = torch.zeros(rows, 256, 8)
        return {"byt5_text_states": states, "byt5_text_mask": torch.zeros(rows, 256)}

    def get_task_mask(self, task_type: str, latent_target_length: int) -> Any:
        mask = torch.zeros(latent_target_length)
        mask[0] = 1.0 if task_type == "i2v" else 0.0
        return mask

    def get_image_condition_latents(
        self, task_type: str, reference_image: Any, height: int, width: int
    ) -> Any:
        assert isinstance(reference_image, Image.Image)
        level = np.asarray(reference_image).mean() / 127.5 - 1
        return torch.full((1, 4, 1, height // 16, width // 16), float(level))

    def _prepare_cond_latents(
        self, task_type: str, cond_latents: Any, latents: Any, multitask_mask: Any
    ) -> Any:
        repeated = cond_latents.repeat(1, 1, latents.shape[2], 1, 1)
        repeated[:, :, 1:] = 0
        mask = multitask_mask.view(1, 1, -1, 1, 1).expand(1, 1, *latents.shape[2:])
        return torch.cat([repeated, mask], 1)

    def _prepare_vision_states(
        self, reference_image: Any, target_resolution: str, latents: Any, device: Any
    ) -> Any:
        assert reference_image.dtype == np.uint8 and target_resolution == "480p"
        states = torch.full((1, 3, 8), float(reference_image.mean()))
        return states.repeat(2 if self.do_classifier_free_guidance else 1, 1, 1)
