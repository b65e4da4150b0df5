"""As stdstu12/YUME at 111c3fa: wan23/textimage2video.py, and of wan23/modules the network's and the
autoencoder's shapes and checks, no layers. The network keeps its calls."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import torch
from torch import nn


class WanModel(nn.Module):
    calls: ClassVar[list[dict[str, Any]]] = []

    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Linear(48, 48)
        self.text_len = 512

    def forward(
        self,
        x: Any,
        t: Any,
        context: Any,
        seq_len: int,
        enable_mask: bool = False,
        y: Any = None,
        latent_frame_zero: int = 8,
        input_ids: Any = None,
        flag: bool = True,
    ) -> Any:
        (latents,) = x
        channels, count, height, width = latents.shape
        assert channels == 48 and height % 2 == 0 and width % 2 == 0
        tokens = count * height * width // 4
        (text,) = context
        assert text.ndim == 2 and len(text) <= self.text_len
        past = count - latent_frame_zero if flag else 0
        if flag:
            assert past > 0, "there is nothing to compress"
            assert past <= 2 + 4 + 16 + 64 + 256 + 1024  # beyond, no branch of upstream's
            times = t.squeeze()
            assert times.shape == (seq_len,) and seq_len == tokens
            first, last = float(times[0]), float(times[-1])
        else:
            assert t.shape == (1,) and tokens <= seq_len
            first = last = float(t[0])
        self.calls.append({"past": past, "times": (first, round(last)), "text": float(text.mean())})
        tail = latents[:, -latent_frame_zero:] if flag else latents
        return [self.mix(tail.movedim(0, -1)).movedim(-1, 0).float()]


class Vae:
    """Wan2_2_VAE: a chunk's first latent is one frame, whatever was before it."""

    def __init__(self) -> None:
        self.model = SimpleNamespace(z_dim=48)

    def encode(self, videos: Any) -> Any:
        (video,) = videos
        channels, frames, height, width = video.shape
        assert channels == 3 and video.min() >= -1 and video.max() <= 1
        level = video.mean().expand(48, 1 + (frames - 1) // 4, height // 16, width // 16)
        return [level.float()]

    def decode(self, zs: Any) -> Any:
        (latents,) = zs
        _, count, height, width = latents.shape
        level = latents.float().mean().clamp(-1, 1)
        return [level.expand(3, 1 + 4 * (count - 1), height * 16, width * 16)]


class TextEncoder:
    """T5EncoderModel: a list of (words, channels)."""

    texts: ClassVar[list[str]] = []

    def __init__(self) -> None:
        self.model = nn.Linear(1, 1)

    def __call__(self, texts: Any, device: Any) -> Any:
        self.texts.extend(texts)
        return [torch.full((len(text.split()), 4096), float(len(text))) for text in texts]


class Yume:
    def __init__(
        self,
        config: Any,
        checkpoint_dir: str,
        device_id: int = 0,
        rank: int = 0,
        t5_fsdp: bool = False,
        dit_fsdp: bool = False,
        use_sp: bool = False,
        t5_cpu: bool = False,
        init_on_cpu: bool = True,
        convert_model_dtype: bool = False,
    ) -> None:
        folder = Path(checkpoint_dir)
        for name in (config.t5_checkpoint, config.vae_checkpoint, "config.json"):
            assert (folder / name).is_file()
        assert (folder / "diffusion_pytorch_model.safetensors").is_file()
        self.device = torch.device("cpu")  # cuda:device_id there
        self.config, self.vae, self.model = config, Vae(), WanModel()
        self.text_encoder = TextEncoder()
