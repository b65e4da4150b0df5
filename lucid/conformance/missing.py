"""Which extra of a port brings a package that is missing."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any


def install_hint(root: Path, module: str) -> str:
    """One line: what is missing, and the command that installs it."""
    top = module.split(".")[0]
    extra = _extra_of(root, top)
    if extra is not None:
        return f"{top} is not installed: pip install -e '{root.name}[{extra}]'"
    return f"{top} is not installed, and no extra of {root.name} names it: pip install {top}"


def _extra_of(root: Path, top: str) -> str | None:
    try:
        table: Any = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
        extras = table["project"]["optional-dependencies"]
        named = {
            extra: [_plain(re.split(r"[\s\[<>=!~;@(]", need, maxsplit=1)[0]) for need in needs]
            for extra, needs in extras.items()
        }
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return next((extra for extra, needs in named.items() if _plain(top) in needs), None)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
