"""As robbyant/lingbot-world at a43bec7, wan/__init__.py."""

from .image2video import WanI2V
from .image2video_fast import WanI2VFast

__all__ = ["WanI2V", "WanI2VFast"]
