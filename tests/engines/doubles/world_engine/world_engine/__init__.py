"""As Overworldai/world_engine at 208c909, src/__init__.py."""

from .world_engine import CtrlInput, WorldEngine

__all__ = ["CtrlInput", "WorldEngine"]
