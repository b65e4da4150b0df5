"""As guandeh17/Self-Forcing at 33593df, wan/modules/vae.py: its two caches, no convolutions."""

from typing import Any

import torch


class WanVAE_(torch.nn.Module):
    def __init__(
        self,
        dim: int = 128,
        z_dim: int = 4,
        dim_mult: Any = [1, 2, 4, 4],
        num_res_blocks: int = 2,
        attn_scales: Any = [],
        temperal_downsample: Any = [True, True, False],
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.encoder = torch.nn.Linear(3, 16)
        self.decoder = torch.nn.Linear(16, 3)
        self.clear_cache()

    def encode(self, x: Any, scale: Any) -> Any:
        self.clear_cache()
        _, channels, frames, _, _ = x.shape
        assert channels == 3 and (frames - 1) % 4 == 0 and x.min() >= -1 and x.max() <= 1
        small = self.encoder(x[:, :, ::4, ::8, ::8].movedim(1, -1)).movedim(-1, 1)
        self.clear_cache()
        return (small - scale[0].view(1, 16, 1, 1, 1)) * scale[1].view(1, 16, 1, 1, 1)

    def cached_decode(self, z: Any, scale: Any) -> Any:
        assert z.shape[1] == 16
        z = z / scale[1].view(1, 16, 1, 1, 1) + scale[0].view(1, 16, 1, 1, 1)
        frames = 4 * z.shape[2] - (3 if self._feat_map[0] is None else 0)
        self._feat_map = [z[:, :, -1:]]
        colours = self.decoder(z.mean(2).movedim(1, -1)).movedim(-1, 1)
        large = colours.repeat_interleave(8, 2).repeat_interleave(8, 3)
        return large[:, :, None].repeat(1, 1, frames, 1, 1)

    def clear_cache(self) -> None:
        self._feat_map = [None]


def _video_vae(
    pretrained_path: Any = None, z_dim: int | None = None, device: str = "cpu", **kwargs: Any
) -> WanVAE_:
    with torch.device("meta"):
        model = WanVAE_()
    model.load_state_dict(torch.load(pretrained_path, map_location=device), assign=True)
    return model


class WanVAE:
    def __init__(
        self,
        z_dim: int = 16,
        vae_pth: str = "cache/vae_step_411000.pth",
        dtype: Any = torch.float,
        device: Any = "cuda",
    ) -> None:
        self.scale = [torch.zeros(z_dim, dtype=dtype), torch.ones(z_dim, dtype=dtype)]
        self.model = _video_vae(pretrained_path=vae_pth, z_dim=z_dim)
        self.model = self.model.eval().requires_grad_(False).to(device)
