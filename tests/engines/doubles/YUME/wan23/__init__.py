"""As stdstu12/YUME at 111c3fa, wan23/__init__.py."""

from .textimage2video import Yume

__all__ = ["Yume"]
