"""As Tencent-Hunyuan/HY-WorldPlay at da2d0c2, hyvideo/pipelines/worldplay_video_pipeline.py: what
its rollout calls, without the text, byT5 and vision encoders."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers.pipelines.pipeline_utils import DiffusionPipeline
from hyvideo.commons.infer_state import get_infer_state
from hyvideo.models.autoencoders.hunyuanvideo_15_vae_w_cache import AutoencoderKLConv3D
from hyvideo.models.transformers.worldplay_1_5_transformer import (
    HunyuanVideo_1_5_DiffusionTransformer,
)
from hyvideo.schedulers.scheduling_flow_match_discrete import FlowMatchDiscreteScheduler
from PIL import Image


class HunyuanVideo_1_5_Pipeline(DiffusionPipeline):  # type: ignore[misc] # untyped there
    def __init__(
        self,
        vae: Any,
        text_encoder: Any,
        transformer: Any,
        scheduler: Any,
        text_encoder_2: Any = None,
        flow_shift: float = 7.0,
        guidance_scale: float = 6.0,
        embedded_guidance_scale: float | None = None,
        progress_bar_config: Any = None,
        vision_num_semantic_tokens: int = 729,
        vision_states_dim: int = 1152,
        glyph_byT5_v2: bool = True,
        byt5_model: Any = None,
        byt5_tokenizer: Any = None,
        byt5_max_length: int = 256,
        prompt_format: Any = None,
        execution_device: Any = None,
        vision_encoder: Any = None,
        enable_offloading: bool = False,
    ) -> None:
        super().__init__()
        self.register_to_config(glyph_byT5_v2=glyph_byT5_v2, flow_shift=flow_shift)
        self.register_modules(vae=vae, transformer=transformer, scheduler=scheduler)
        self.target_dtype, self.vae_dtype = torch.bfloat16, torch.bfloat16  # fp16 on a GPU
        self.execution_device = torch.device(execution_device)

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
        **kwargs: Any,
    ) -> "HunyuanVideo_1_5_Pipeline":
        base = Path(pretrained_model_name_or_path)
        if not (base / "transformer" / transformer_version).is_dir():
            raise ValueError(f"Could not find {transformer_version} in {base}.")
        assert action_ckpt and Path(action_ckpt).is_file()
        assert not get_infer_state().use_fp8_gemm  # AttributeError before initialize_infer_state
        transformer = HunyuanVideo_1_5_DiffusionTransformer(mm_double_blocks_depth=2)
        vae = AutoencoderKLConv3D(3, 3, 4, [4], 1, 16, 4, 256, 64, scaling_factor=1.03)
        return cls(
            vae=vae,
            text_encoder=None,
            transformer=transformer,
            scheduler=cls._create_scheduler(5.0),
            flow_shift=5.0,
            execution_device="cpu",  # "cuda" there, whatever device says
        )

    @classmethod
    def _create_scheduler(cls, flow_shift: float) -> FlowMatchDiscreteScheduler:
        return FlowMatchDiscreteScheduler(shift=flow_shift, reverse=True, solver="euler")

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
        negative_prompt: Any = None,
        prompt_embeds: Any = None,
        attention_mask: Any = None,
        negative_prompt_embeds: Any = None,
        negative_attention_mask: Any = None,
        clip_skip: int | None = None,
        text_encoder: Any = None,
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
