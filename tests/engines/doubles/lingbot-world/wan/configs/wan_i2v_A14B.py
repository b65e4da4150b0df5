"""As robbyant/lingbot-world at a43bec7, wan/configs/wan_i2v_A14B.py: what its engines read."""

from types import SimpleNamespace

from .shared_config import wan_shared_cfg

i2v_A14B = SimpleNamespace(__name__="Config: Wan I2V A14B")
vars(i2v_A14B).update(vars(wan_shared_cfg))
i2v_A14B.t5_checkpoint = "models_t5_umt5-xxl-enc-bf16.pth"
i2v_A14B.t5_tokenizer = "google/umt5-xxl"
i2v_A14B.vae_checkpoint = "Wan2.1_VAE.pth"
i2v_A14B.vae_stride = (4, 8, 8)
i2v_A14B.patch_size = (1, 2, 2)
i2v_A14B.low_noise_checkpoint = "low_noise_model"
i2v_A14B.high_noise_checkpoint = "high_noise_model"
i2v_A14B.fast_noise_checkpoint = "lingbot_world_fast"
i2v_A14B.sample_shift = 10.0
i2v_A14B.sample_steps = 70
i2v_A14B.sample_guide_scale = (5.0, 5.0)
