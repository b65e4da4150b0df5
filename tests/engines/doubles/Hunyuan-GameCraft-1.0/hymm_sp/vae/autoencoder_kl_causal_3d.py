"""As Tencent-Hunyuan/Hunyuan-GameCraft-1.0 at 07afcd4, hymm_sp/vae/autoencoder_kl_causal_3d.py: its
axes and its tiles."""

from types import SimpleNamespace
from typing import Any

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.loaders.single_file_model import FromOriginalModelMixin as FromOriginalVAEMixin
from diffusers.models.modeling_utils import ModelMixin
from diffusers.utils.accelerate_utils import apply_forward_hook
from hymm_sp.constants import MODEL_BASE


class AutoencoderKLCausal3D(ModelMixin, ConfigMixin, FromOriginalVAEMixin):  # type: ignore[misc]
    @register_to_config
    def __init__(
        self,
        in_channels: int = 3,
        out_channels: int = 3,
        down_block_types: Any = ("DownEncoderBlockCausal3D",),
        up_block_types: Any = ("UpDecoderBlockCausal3D",),
        block_out_channels: Any = (64,),
        layers_per_block: int = 1,
        act_fn: str = "silu",
        latent_channels: int = 4,
        norm_num_groups: int = 32,
        sample_size: int = 32,
        sample_tsize: int = 64,
        scaling_factor: float = 0.18215,
        force_upcast: float = True,
        spatial_compression_ratio: int = 8,
        time_compression_ratio: int = 4,
        disable_causal_conv: bool = False,
        mid_block_add_attention: bool = True,
        mid_block_causal_attn: bool = False,
        use_trt_engine: bool = False,
        nccl_gather: bool = True,
        engine_path: str = f"{MODEL_BASE}/HYVAE_decoder+conv_256x256xT_fp16_H20.engine",
    ) -> None:
        super().__init__()
        self.quant_conv = torch.nn.Linear(1, 1)
        self.use_spatial_tiling = False

    def enable_tiling(self, use_tiling: bool = True) -> None:
        self.use_spatial_tiling = use_tiling

    def disable_tiling(self) -> None:
        self.enable_tiling(False)

    @apply_forward_hook
    def encode(self, x: torch.Tensor, return_dict: bool = True) -> Any:
        _, channels, frames, height, width = x.shape
        assert channels == 3 and frames == 1 and x.min() >= -1 and x.max() <= 1
        latents = x.mean().expand(1, 16, 1, height // 8, width // 8)

        def sample(generator: torch.Generator | None = None) -> torch.Tensor:
            return latents + 1e-3 * torch.randn(1, generator=generator)

        return SimpleNamespace(latent_dist=SimpleNamespace(sample=sample))
