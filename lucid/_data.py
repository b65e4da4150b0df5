"""Find and read the files that ship beside the code: templates, examples and docs/rules.md."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def data_dir(name: str) -> Path:
    """Return the folder ``templates``, ``examples`` or ``docs`` of the wheel or the checkout."""
    package = Path(__file__).resolve().parent
    bundled = package / "_bundled" / name
    return bundled if bundled.is_dir() else package.parent / name


@cache
def read_toml(path: str) -> dict[str, Any]:
    """Return the content of a TOML file below one of these folders."""
    folder, _, name = path.partition("/")
    return tomllib.loads((data_dir(folder) / name).read_text("utf-8"))
