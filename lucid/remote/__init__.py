"""Worlds that other engines serve: what the ports of `lucid new --from-url` import."""

from lucid.remote.engine import RemoteEngine
from lucid.remote.world import RemoteWorld

__all__ = ["RemoteEngine", "RemoteWorld"]
