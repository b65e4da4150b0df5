"""As robbyant/lingbot-world at a43bec7: wan/image2video_fast.py, and of wan/modules and the
scheduler shapes, checks and caches, no layers. The network keeps its calls."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import torch
from torch import nn


class WanModelFast(nn.Module):
    calls: ClassVar[list[dict[str, Any]]] = []
    config = SimpleNamespace(dim=24, num_heads=2, num_layers=2)

    def forward(
        self,
        x: Any,
        t: Any,
        context: Any,
        seq_len: int,
        y: Any = None,
        dit_cond_dict: Any = None,
        kv_cache: Any = None,
        crossattn_cache: Any = None,
        current_start: int = 0,
        max_attention_size: int = 1_000_000,
        frame_seqlen: int | None = None,
        cross_attn_first_call: bool | None = None,
    ) -> Any:
        (latents,), (seen,), (text,) = x, y, context
        channels, count, height, width = latents.shape
        assert channels == 16 and seen.shape == (20, count, height, width)
        assert t.shape == (1,) and text.ndim == 2
        (rays,) = dit_cond_dict["c2ws_plucker_emb"]
        assert rays.shape == (1, 6 * 64, count, height, width)
        tokens = height * width // 4
        assert frame_seqlen == tokens and seq_len == count * tokens
        for cache in kv_cache:
            assert current_start + seq_len <= cache["k"].shape[1] == max_attention_size
            filled = int(cache["k"].abs().sum((0, 2, 3)).count_nonzero())
            assert filled in (current_start, current_start + seq_len), "a cache of another rollout"
            cache["k"][:, current_start : current_start + seq_len] = 1
        for cache in crossattn_cache:
            assert cache["k"].shape == (1, 512, self.config.num_heads, 12)
            if cross_attn_first_call:
                cache["is_init"].fill_(1)
                cache["k"].fill_(float(text.mean()))
            assert int(cache["is_init"]) == 1, "no text yet"
        self.calls.append(
            {
                "t": round(float(t[0])),
                "start": current_start // tokens,
                "seed": seen[3:5, :, 0, 0].tolist(),  # of the mask, of the picture
                "text": float(crossattn_cache[0]["k"].mean()),
                "places": rays[0].unflatten(0, (6, 64))[:3, 0, :, 0, 0].T.float(),
                "ahead": rays[0].unflatten(0, (6, 8, 8))[3:, 0, 0, :, height // 2, width // 2].T,
            }
        )
        return [latents.float() * 0.5]


class Scheduler:
    """FlowUniPCMultistepScheduler, as far as a distilled model uses it."""

    def set_timesteps(self, num_inference_steps: int, device: Any = None, shift: float = 1) -> None:
        sigmas = torch.linspace(1, 0, num_inference_steps + 1)[:-1]
        sigmas = shift * sigmas / (1 + (shift - 1) * sigmas)
        self.timesteps = (1000 * sigmas).to(torch.int64)
        self.sigmas = torch.cat([sigmas, torch.zeros(1)])

    def add_noise(self, original_samples: Any, noise: Any, timesteps: Any) -> Any:
        index = int((self.timesteps == timesteps).nonzero()[0])
        sigma = self.sigmas[index]
        return (1 - sigma) * original_samples + sigma * noise


class Decoder(nn.Module):
    def forward(self, x: Any, feat_cache: Any, feat_idx: Any) -> Any:
        assert x.shape[2] == 1 and feat_idx == [0] and len(feat_cache) == 3
        is_first = feat_cache[0] is None
        feat_cache[:] = [x] * 3
        frames = x[:, :3].repeat_interleave(8, 3).repeat_interleave(8, 4)
        return frames.repeat(1, 1, 1 if is_first else 4, 1, 1)


class WanVAE_(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv2, self.decoder = nn.Identity(), Decoder()

    def clear_cache(self) -> None:
        self._conv_idx = [0]
        self._feat_map: list[Any] = [None] * 3


class Wan2_1_VAE:
    def __init__(self) -> None:
        self.model = WanVAE_()
        self.scale = [torch.zeros(16), torch.ones(16)]

    def encode(self, videos: Any) -> Any:
        (video,) = videos
        channels, frames = video.shape[:2]
        assert channels == 3 and (frames - 1) % 4 == 0 and video.min() >= -1 and video.max() <= 1
        self.model.clear_cache()
        return [video[:1, ::4, ::8, ::8].repeat(16, 1, 1, 1)]


class T5EncoderModel:
    def __init__(self) -> None:
        self.model = nn.Linear(1, 1)

    def __call__(self, texts: Any, device: Any) -> Any:
        return [torch.full((len(text.split()), 4096), float(len(text))) for text in texts]


class WanI2VFast:
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
        pipe_dtype: torch.dtype = torch.bfloat16,
        local_attn_size: int = -1,
        sink_size: int = 0,
    ) -> None:
        if "cam" in checkpoint_dir:
            self.control_type = "cam"
        elif "act" in checkpoint_dir:
            self.control_type = "act"
        assert self.control_type == "cam"
        folder = Path(checkpoint_dir)
        assert (folder / config.t5_checkpoint).is_file()
        assert (folder / config.vae_checkpoint).is_file()
        assert (folder / config.fast_noise_checkpoint / "config.json").is_file()
        self.device = torch.device("cpu")  # cuda:device_id there
        self.param_dtype, self.pipe_dtype = config.param_dtype, pipe_dtype
        self.text_encoder, self.vae = T5EncoderModel(), Wan2_1_VAE()
        self.model, self.scheduler = WanModelFast(), Scheduler()

    def _convert_flow_pred_to_x0(
        self, flow_pred: Any, xt: Any, timestep: Any, scheduler: Any
    ) -> Any:
        index = torch.argmin((scheduler.timesteps - timestep).abs())
        return xt - scheduler.sigmas[index] * flow_pred

    def _initialize_self_kv_cache(
        self, num_layers: int, shape: Any, dtype: Any, device: Any
    ) -> Any:
        return [{"k": torch.zeros(shape, dtype=dtype)} for _ in range(num_layers)]

    def _initialize_crossattn_cache(
        self, num_layers: int, shape: Any, dtype: Any, device: Any
    ) -> Any:
        zero = torch.zeros
        return [
            {"k": zero(shape, dtype=dtype), "is_init": torch.tensor(0)} for _ in range(num_layers)
        ]
