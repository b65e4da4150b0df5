"""The conformance checks: one function per promise of a port's contract."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lucid.conformance.api import check_port
    from lucid.conformance.plugin import parametrize_with_checks

__all__ = ["check_port", "parametrize_with_checks"]

_MODULES = {"check_port": "api", "parametrize_with_checks": "plugin"}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module 'lucid.conformance' has no attribute {name!r}")
        return getattr(import_module(f"lucid.conformance.{_MODULES[name]}"), name)
