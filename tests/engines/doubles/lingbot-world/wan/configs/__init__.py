"""As robbyant/lingbot-world at a43bec7, wan/configs/wan_i2v_A14B.py: what its engines read."""

from types import SimpleNamespace

import torch

WAN_CONFIGS = {
    "i2v-A14B": SimpleNamespace(
        t5_checkpoint="models_t5_umt5-xxl-enc-bf16.pth",
        t5_tokenizer="google/umt5-xxl",
        vae_checkpoint="Wan2.1_VAE.pth",
        vae_stride=(4, 8, 8),
        patch_size=(1, 2, 2),
        param_dtype=torch.bfloat16,
        num_train_timesteps=1000,
        low_noise_checkpoint="low_noise_model",
        high_noise_checkpoint="high_noise_model",
        fast_noise_checkpoint="lingbot_world_fast",
        sample_shift=10.0,
        sample_steps=70,
        sample_guide_scale=(5.0, 5.0),
    )
}
