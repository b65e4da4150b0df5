"""As stdstu12/YUME at 111c3fa, wan23/configs/wan_ti2v_5B.py: what its engine reads."""

from types import SimpleNamespace

WAN_CONFIGS = {
    "ti2v-5B": SimpleNamespace(
        t5_checkpoint="models_t5_umt5-xxl-enc-bf16.pth",
        t5_tokenizer="google/umt5-xxl",
        vae_checkpoint="Wan2.2_VAE.pth",
        vae_stride=(4, 16, 16),
        patch_size=(1, 2, 2),
        text_len=512,
    )
}
