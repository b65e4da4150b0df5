"""As Tencent-Hunyuan/HY-WorldPlay at da2d0c2, hyvideo/models/autoencoders/
hunyuanvideo_15_vae_w_cache.py: its stream, no convolutions."""

from typing import Any

from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import nn


class Decoder(nn.Module):
    def __init__(
        self,
        z_channels: int,
        out_channels: int,
        block_out_channels: Any,
        num_res_blocks: int,
        ffactor_spatial: int,
        ffactor_temporal: int,
        upsample_match_channel: bool = True,
    ) -> None:
        super().__init__()
        self.conv_in = nn.Linear(1, 1)

    def forward(
        self, z: Any, feat_cache: Any = None, feat_idx: Any = [0], first_chunk: bool = False
    ) -> Any:
        assert z.shape[2] == 1 and feat_idx == [0] and len(feat_cache) == 2
        assert first_chunk == (feat_cache[0] is None), "a cache of another rollout"
        feat_cache[:] = [z, z]
        frames = z[:, :3].repeat_interleave(16, 3).repeat_interleave(16, 4)
        return frames.repeat(1, 1, 1 if first_chunk else 4, 1, 1)


class AutoencoderKLConv3D(ModelMixin, ConfigMixin):  # type: ignore[misc] # untyped there
    @register_to_config
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        latent_channels: int,
        block_out_channels: Any,
        layers_per_block: int,
        ffactor_spatial: int,
        ffactor_temporal: int,
        sample_size: int,
        sample_tsize: int,
        scaling_factor: Any = None,
        shift_factor: Any = None,
        downsample_match_channel: bool = True,
        upsample_match_channel: bool = True,
    ) -> None:
        super().__init__()
        self.decoder = Decoder(
            latent_channels,
            out_channels,
            block_out_channels,
            layers_per_block,
            ffactor_spatial,
            ffactor_temporal,
        )

    def clear_cache(self) -> None:
        self._conv_idx = [0]
        self._feat_map: list[Any] = [None, None]
