"""Find the environment of a port. Refuse it if it does not fit the port or this Lucid."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from lucid._port_files import digest_files, normalised, read_pyproject
from lucid.errors import MachineError, TargetError

STAMP = "lucid-environment.json"
EXTRAS = ("engine", "dev")
"""The extras of a port that its environment contains."""


@dataclass(frozen=True)
class Needs:
    """The requirements of a port's environment, from its pyproject.toml."""

    python: str
    """Versions of Python, such as ``>=3.11``."""
    packages: tuple[str, ...]
    """Requirements, without Lucid itself."""

    @property
    def sha256(self) -> str:
        """A hash that changes with the needs."""
        return hashlib.sha256(json.dumps(asdict(self)).encode()).hexdigest()


@dataclass(frozen=True)
class Stamp:
    """The origin of an environment. It is written last, so an incomplete environment has none."""

    needs_sha256: str
    lucid_sha256: str
    torch: str | None
    """The build of torch, such as ``cu128`` or ``cpu``; None if no build was asked for."""


def read_needs(port: Path) -> Needs | None:
    """Return the requirements of the port's environment; None if the port has none of ``EXTRAS``.

    Raises:
        TargetError: pyproject.toml cannot be read, or has a wrong type.
    """
    project = read_pyproject(port, "project") or {}
    try:
        extras = project.get("optional-dependencies", {})
        if not any(extra in extras for extra in EXTRAS):
            return None
        listed = [*project.get("dependencies", ())]
        for extra in EXTRAS:
            listed += extras.get(extra, ())
        packages = [text for text in listed if not re.match(r"lucid[-_.]runtime\b", text, re.I)]
        return Needs(str(project.get("requires-python", "")), tuple(packages))
    except (TypeError, AttributeError):
        raise TargetError(
            f"{port / 'pyproject.toml'}: [project] is not valid",
            hint='write dependencies = ["numpy>=1.26"], and the same for each extra in '
            "[project.optional-dependencies]",
        ) from None


def find_interpreter(port: Path) -> Path | None:
    """Return the Python of the port's environment; None if `lucid sync` has not made one.

    Raises:
        MachineError: The environment is incomplete, broken or outdated.
        TargetError: pyproject.toml cannot be read.
    """
    folder = venv_folder(port)
    if not folder.exists() and not old_folder(port).exists():
        return None
    needs = read_needs(port)
    if needs is None:
        return None
    stamp, python = read_stamp(folder), python_of(folder)
    if stamp is None:
        problem = "is incomplete: a sync is running, or was interrupted"
    elif not is_whole(folder):
        problem = f"is broken: {python} or its packages are missing"
    elif stamp.needs_sha256 != needs.sha256:
        problem = "was built before pyproject.toml changed"
    elif stamp.lucid_sha256 != lucid_sha256():
        problem = "contains another version of Lucid than the one that runs"
    else:
        return python
    raise MachineError(f"the environment {folder} {problem}", hint=f"run `lucid sync {port}`")


def venv_folder(port: Path) -> Path:
    """Return the folder of the port's environment; it may not exist."""
    return port / ".lucid" / "venv"


def old_folder(port: Path) -> Path:
    """Return the folder that holds the previous environment during a sync."""
    return port / ".lucid" / "venv.old"


def python_of(folder: Path) -> Path:
    """Return the interpreter of a virtual environment; it may not exist."""
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def is_whole(folder: Path) -> bool:
    """Return whether the interpreter and the Lucid of an environment are there."""
    packages = "Lib/site-packages" if sys.platform == "win32" else "lib/python3*/site-packages"
    has_lucid = any(folder.glob(f"{packages}/lucid/runtime/child.py"))
    return has_lucid and os.access(python_of(folder), os.X_OK)


def read_stamp(folder: Path) -> Stamp | None:
    """Return the stamp of the environment in a folder; None if the environment is incomplete."""
    try:
        return Stamp(**json.loads((folder / STAMP).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def foreign_environment() -> dict[str, str]:
    """Return this process's environment variables for another Python, without its packages."""
    left_out = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
    return {name: value for name, value in os.environ.items() if name not in left_out}


def lucid_files() -> list[Path]:
    """Return the modules of this Lucid, sorted, without the examples in its wheel."""
    package = lucid_folder()
    return [path for path in sorted(package.rglob("*.py")) if "_bundled" not in path.parts]


def lucid_folder() -> Path:
    """Return the folder of the package ``lucid``."""
    return Path(__file__).resolve().parent.parent


@cache
def lucid_sha256() -> str:
    """Return a hash of this Lucid."""
    return digest_files(lucid_folder(), lucid_files())


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
