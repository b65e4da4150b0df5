"""Import a port anew, with small frames and local weights."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any


@contextmanager
def tiny_port(package: str, weights: Path, **constants: Any) -> Iterator[ModuleType]:
    """Import ``port.py`` anew, with other constants in its ``engine.py``; yield the module.

    ``download_weights`` returns the folder ``weights``. Both end with the ``with`` block, so other
    tests see the port as it is.
    """
    kept = _forget(package)
    variable = os.environ.get("LUCID_WEIGHTS")
    os.environ["LUCID_WEIGHTS"] = str(weights)
    try:
        engine = import_module(f"{package}.engine")
        for name, value in constants.items():
            assert hasattr(engine, name), f"{engine.__file__} has no constant {name}"
            setattr(engine, name, value)
        yield import_module(f"{package}.port")
    finally:
        _forget(package)
        sys.modules.update(kept)
        del os.environ["LUCID_WEIGHTS"]
        if variable is not None:
            os.environ["LUCID_WEIGHTS"] = variable


def _forget(package: str) -> dict[str, ModuleType]:
    names = [name for name in sys.modules if name == package or name.startswith(f"{package}.")]
    return {name: sys.modules.pop(name) for name in names}
