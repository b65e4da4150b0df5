"""As stdstu12/YUME at 111c3fa, wan23/textimage2video.py: its parts."""

from pathlib import Path
from typing import Any

import torch

from .modules.model import WanModel
from .modules.t5 import T5EncoderModel
from .modules.vae2_2 import Wan2_2_VAE


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
        assert (folder / "config.json").is_file()
        assert (folder / "diffusion_pytorch_model.safetensors").is_file()
        self.device = torch.device("cpu")  # cuda:device_id there
        self.config = config
        self.text_encoder = T5EncoderModel(
            text_len=config.text_len, checkpoint_path=folder / config.t5_checkpoint
        )
        self.vae = Wan2_2_VAE(vae_pth=str(folder / config.vae_checkpoint), device=self.device)
        self.model = WanModel(model_type="ti2v", in_dim=48, out_dim=48)
