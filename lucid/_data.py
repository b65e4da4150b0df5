"""Where the files that ship beside the code are: templates and examples."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def data_dir(name: str) -> Path:
    """The folder ``templates`` or ``examples``: inside the wheel, or at the top of a checkout."""
    package = Path(__file__).resolve().parent
    bundled = package / "_bundled" / name
    return bundled if bundled.is_dir() else package.parent / name
