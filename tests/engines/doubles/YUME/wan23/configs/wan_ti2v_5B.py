"""As stdstu12/YUME at 111c3fa, wan23/configs/wan_ti2v_5B.py: what its engine reads."""

from types import SimpleNamespace

from .shared_config import wan_shared_cfg

ti2v_5B = SimpleNamespace(__name__="Config: Wan TI2V 5B")
vars(ti2v_5B).update(vars(wan_shared_cfg))
ti2v_5B.t5_checkpoint = "models_t5_umt5-xxl-enc-bf16.pth"
ti2v_5B.t5_tokenizer = "google/umt5-xxl"
ti2v_5B.vae_checkpoint = "Wan2.2_VAE.pth"
ti2v_5B.vae_stride = (4, 16, 16)
ti2v_5B.patch_size = (1, 2, 2)
