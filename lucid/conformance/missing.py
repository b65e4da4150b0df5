"""Find the extra of a port that installs a missing package."""

import re
from pathlib import Path

from lucid._port_files import normalised, read_pyproject
from lucid.environment.find import EXTRAS
from lucid.errors import TargetError


def install_hint(root: Path, module: str) -> str:
    """Return one line: the missing package, and the command that installs it."""
    top = module.split(".")[0]
    extra = _extra_of(root, top)
    if extra in EXTRAS:
        return f"{top} is not installed: `lucid sync {root.name}` installs the extra {extra}"
    if extra is not None:
        return f"{top} is not installed: pip install -e '{root.name}[{extra}]'"
    return (
        f"{top} is not installed, and no extra of {root.name} lists it: list it in the extra "
        f"engine, then run `lucid sync {root.name}`"
    )


def _extra_of(root: Path, top: str) -> str | None:
    try:
        extras = read_pyproject(root, "project", "optional-dependencies") or {}
        named = {
            extra: [normalised(re.split(r"[\s\[<>=!~;@(]", need, maxsplit=1)[0]) for need in needs]
            for extra, needs in extras.items()
        }
    except (TargetError, TypeError, AttributeError):  # not a table of lists of texts
        return None
    return next((extra for extra, needs in named.items() if normalised(top) in needs), None)
