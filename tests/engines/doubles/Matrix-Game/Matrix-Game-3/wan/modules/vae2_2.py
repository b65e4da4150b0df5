"""As SkyworkAI/Matrix-Game at 71c3cd7, Matrix-Game-3/wan/modules/vae2_2.py: its stream."""

from typing import Any, ClassVar

import torch


class Wan2_2_VAE:
    calls: ClassVar[list[str]] = []

    def __init__(
        self,
        z_dim: int = 48,
        c_dim: int = 160,
        vae_pth: Any = None,
        dim_mult: Any = [1, 2, 4, 4],
        temperal_downsample: Any = [False, True, True],
        dtype: Any = torch.float,
        device: Any = "cuda",
        vae_type: str = "wan2.2",
        lightvae_pruning_rate: float | None = None,
        lightvae_encoder_vae_pth: str = "/root/kaichen/Wan2.2_VAE.pth",
    ) -> None:
        assert vae_type == "mg_lightvae" and lightvae_pruning_rate == 0.75
        self.dtype = dtype
        torch.load(lightvae_encoder_vae_pth, map_location="cpu")
        self.model = torch.load(vae_pth, map_location="cpu")["decoder.weight"].to(dtype)

    def encode(self, videos: Any) -> Any:
        if not isinstance(videos, list):
            return None  # it logs that, and goes on
        (clip,) = videos
        channels, frames, _, _ = clip.shape
        assert channels == 3 and frames % 4 == 1 and clip.min() >= -1 and clip.max() <= 1
        self.calls.append(f"encode {float(clip.float().mean()):.1f}")
        latents = clip.mean(0, keepdim=True)[:, ::4, ::16, ::16]
        return [latents.repeat(48, 1, 1, 1)]

    def stream_decode(
        self,
        z: Any,
        feat_cache: list[Any],
        first_chunk: bool = False,
        segment_size: int = 5,
        profiler: Any = None,
        compile_decoder: bool = False,
    ) -> Any:
        assert z.shape[1] == 48 and z.dtype == self.dtype and len(feat_cache) == 34
        assert (feat_cache[0] is None) == first_chunk, "a stream's cache, not another one's"
        frames = 4 * z.shape[2] - (3 if first_chunk else 0)
        colours = torch.einsum("bcthw,rc->brthw", z.float(), self.model.float()).mean(2)
        large = colours.repeat_interleave(16, 2).repeat_interleave(16, 3).clamp(-1, 1)
        return large[:, :, None].repeat(1, 1, frames, 1, 1), [z[:, :, -1:]] * 34
