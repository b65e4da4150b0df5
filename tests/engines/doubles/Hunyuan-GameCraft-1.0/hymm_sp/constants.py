"""As Tencent-Hunyuan/Hunyuan-GameCraft-1.0 at 07afcd4, hymm_sp/constants.py: read at import."""

import os

MODEL_BASE = os.getenv("MODEL_BASE")
VAE_PATH = {"884-16c-hy0801": f"{MODEL_BASE}/vae_3d/hyvae"}
