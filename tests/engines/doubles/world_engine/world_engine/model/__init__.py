"""As Overworldai/world_engine at 208c909, src/model/__init__.py."""

from .world_model import WorldModel

__all__ = ["WorldModel"]
