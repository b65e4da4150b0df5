"""As Tencent-Hunyuan/HY-WorldPlay at da2d0c2, hyvideo/models/transformers/
worldplay_1_5_transformer.py: what forward takes, checks and caches. It keeps its calls."""

import os
from typing import Any, ClassVar

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import nn


class HunyuanVideo_1_5_DiffusionTransformer(ModelMixin, ConfigMixin):  # type: ignore[misc]
    calls: ClassVar[list[dict[str, Any]]] = []

    @register_to_config
    def __init__(
        self,
        patch_size: list[int] = [1, 2, 2],
        in_channels: int = 4,
        concat_condition: bool = True,
        out_channels: Any = None,
        hidden_size: int = 3072,
        heads_num: int = 24,
        mlp_width_ratio: float = 4.0,
        mlp_act_type: str = "gelu_tanh",
        mm_double_blocks_depth: int = 20,
        mm_single_blocks_depth: int = 40,
        rope_dim_list: list[int] = [16, 56, 56],
        qkv_bias: bool = True,
        qk_norm: bool = True,
        qk_norm_type: str = "rms",
        guidance_embed: bool = False,
        use_meanflow: bool = False,
        text_projection: str = "single_refiner",
        use_attention_mask: bool = True,
        text_states_dim: int = 4096,
        text_states_dim_2: int = 768,
        text_pool_type: Any = None,
        rope_theta: int = 256,
        attn_mode: str = "flash",
        attn_param: Any = None,
        glyph_byT5_v2: bool = False,
        vision_projection: str = "none",
        vision_states_dim: int = 1280,
        is_reshape_temporal_channels: bool = False,
        use_cond_type_embedding: bool = False,
        ideal_resolution: Any = None,
        ideal_task: Any = None,
    ) -> None:
        super().__init__()
        self.double_blocks = nn.ModuleList(nn.Linear(1, 1) for _ in range(mm_double_blocks_depth))

    def forward(
        self,
        bi_inference: bool = True,
        ar_txt_inference: bool = False,
        ar_vision_inference: bool = False,
        **kwargs: Any,
    ) -> Any:
        for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"):
            assert name in os.environ  # get_parallel_state, init_device_mesh
        assert not bi_inference and ar_txt_inference != ar_vision_inference
        return (self.forward_txt if ar_txt_inference else self.forward_vision)(**kwargs)

    def forward_txt(
        self,
        timestep_txt: Any,
        text_states: Any,
        encoder_attention_mask: Any,
        vision_states: Any = None,
        mask_type: str = "t2v",
        extra_kwargs: Any = None,
        kv_cache: Any = None,
        cache_txt: bool = False,
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

    def forward_vision(
        self,
        hidden_states: Any,
        timestep: Any,
        timestep_r: Any = None,
        freqs_cos: Any = None,
        freqs_sin: Any = None,
        return_dict: bool = False,
        mask_type: str = "t2v",
        extra_kwargs: Any = None,
        action: Any = None,
        viewmats: Any = None,
        Ks: Any = None,
        kv_cache: Any = None,
        cache_vision: bool = False,
        rope_temporal_size: int = 4,
        start_rope_start_idx: int = 0,
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
