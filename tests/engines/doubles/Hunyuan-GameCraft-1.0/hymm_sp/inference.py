"""As Tencent-Hunyuan/Hunyuan-GameCraft-1.0 at 07afcd4, hymm_sp/inference.py: what it loads."""

from pathlib import Path
from typing import Any

import torch
from hymm_sp.constants import VAE_PATH
from hymm_sp.vae.autoencoder_kl_causal_3d import AutoencoderKLCausal3D


class Inference:
    def __init__(
        self,
        args: Any,
        vae: Any,
        vae_kwargs: Any,
        text_encoder: Any,
        model: Any,
        text_encoder_2: Any = None,
        pipeline: Any = None,
        cpu_offload: bool = False,
        device: Any = None,
        logger: Any = None,
    ) -> None:
        self.args, self.vae, self.device = args, vae, device

    @classmethod
    def from_pretrained(
        cls, pretrained_model_path: str, args: Any, device: Any = None, **kwargs: Any
    ) -> Any:
        torch.set_grad_enabled(False)  # and left so
        model = Inference.load_state_dict(args, torch.nn.Identity(), pretrained_model_path)
        assert (Path(VAE_PATH[args.vae]) / "pytorch_model.pt").is_file()
        vae = AutoencoderKLCausal3D(scaling_factor=0.476986).to(torch.bfloat16)  # fp16 on a GPU
        return cls(args=args, vae=vae, vae_kwargs={}, text_encoder=None, model=model, device=device)

    @staticmethod
    def load_state_dict(args: Any, model: Any, ckpt_path: str) -> Any:
        state_dict = torch.load(ckpt_path)
        if args.load_key not in state_dict:
            raise KeyError(f"Key '{args.load_key}' not found in the checkpoint.")
        model.load_state_dict(state_dict[args.load_key], strict=False)
        return model
