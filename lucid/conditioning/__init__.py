"""Convert player inputs into the conditioning of a world model: building blocks for ports.

Ports may use the names in ``__all__``. The package uses numpy arrays and never imports torch.
"""

from lucid.conditioning.clip import read_clip
from lucid.conditioning.context import Context, clear_caches
from lucid.conditioning.denoise import denoise
from lucid.conditioning.held import Axes, Held, multi_hot
from lucid.conditioning.mouse import Mouse, MouseScale
from lucid.conditioning.pose import CameraPose, CameraSpeed, framewise, pulls
from lucid.conditioning.prompt import LivePrompt
from lucid.conditioning.rng import ForkedRng
from lucid.conditioning.seed import read_picture, seed_clip, seed_picture, seed_video
from lucid.conditioning.warmup import warm_up
from lucid.conditioning.window import RollingWindow, frames_of_latents

__all__ = [
    "Axes",
    "CameraPose",
    "CameraSpeed",
    "Context",
    "ForkedRng",
    "Held",
    "LivePrompt",
    "Mouse",
    "MouseScale",
    "RollingWindow",
    "clear_caches",
    "denoise",
    "frames_of_latents",
    "framewise",
    "multi_hot",
    "pulls",
    "read_clip",
    "read_picture",
    "seed_clip",
    "seed_picture",
    "seed_video",
    "warm_up",
]
