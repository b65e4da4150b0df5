"""Where the files that ship beside the code are: templates, examples and docs/rules.md."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def data_dir(name: str) -> Path:
    """The folder ``templates``, ``examples`` or ``docs``: in the wheel, or on top of a checkout."""
    package = Path(__file__).resolve().parent
    bundled = package / "_bundled" / name
    return bundled if bundled.is_dir() else package.parent / name
