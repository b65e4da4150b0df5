"""As robbyant/lingbot-world at a43bec7, wan/__init__.py."""

from .image2video import WanI2V

__all__ = ["WanI2V"]
