"""As SkyworkAI/Matrix-Game at 6146d7a, Matrix-Game-2/wan/vae/wanx_vae_src."""

from .clip import CLIPModel
from .vae import WanVAE

__all__ = ["CLIPModel", "WanVAE"]
