"""The commands that build an environment: uv if it is on PATH, otherwise venv and pip."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from lucid.environment.find import python_of
from lucid.errors import MachineError, TargetError

LUCID_PYTHON = ">=3.11"
_MINORS = (13, 12, 11)
"""Versions of Python to look for if the running one does not fit, the most wanted first."""
_TORCH_INDEX = "https://download.pytorch.org/whl/"
_INDEX_KEYS = ("index-url", "extra-index-url", "find-links", "no-index")
_INDEX_VARIABLES = ("UV_INDEX", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX", "UV_FIND_LINKS",
                    "UV_NO_INDEX", "UV_OFFLINE", "UV_TORCH_BACKEND", "UV_CONFIG_FILE")  # fmt: skip
_NAMES_INDEX = re.compile(r"^\s*\[*(index|extra-index|find-links|no-index|torch-backend)", re.M)
_ASK = "import platform; print(platform.python_version())"
_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Uv:
    """The program uv, which can also download a Python."""

    program: str
    python: str
    """The path of a Python, or the versions that fit."""

    def create(self, folder: Path) -> list[str]:
        """Return the command that creates an empty environment."""
        return [self.program, "venv", "--no-project", "--python", self.python, str(folder)]

    def install(
        self, folder: Path, packages: Sequence[str], torch: str | None, *flags: str
    ) -> list[str]:
        """Return the command that installs packages, with this build of ``torch``."""
        build = [] if torch is None else ["--torch-backend", torch]
        command = [self.program, "pip", "install", "--python", str(python_of(folder))]
        return [*command, *build, *flags, *packages]

    def has_own_index(self) -> bool:
        """Return whether the user's configuration names an index of packages."""
        home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        files = (home / "uv" / "uv.toml", Path("/etc/uv/uv.toml"))
        return any(os.environ.get(name) for name in _INDEX_VARIABLES) or any(
            file.is_file() and _NAMES_INDEX.search(file.read_text("utf-8", "replace"))
            for file in files
        )


@dataclass(frozen=True)
class Pip:
    """The modules venv and pip of a Python on this machine."""

    python: str

    def create(self, folder: Path) -> list[str]:
        """Return the command that creates an empty environment."""
        return [self.python, "-m", "venv", str(folder)]

    def install(
        self, folder: Path, packages: Sequence[str], torch: str | None, *flags: str
    ) -> list[str]:
        """Return the command that installs packages, with this build of ``torch``."""
        index = [] if torch is None else ["--extra-index-url", _TORCH_INDEX + torch]
        command = [str(python_of(folder)), "-m", "pip", "install", "--no-input"]
        command += ["--disable-pip-version-check", "--progress-bar", "off"]
        return [*command, *index, *flags, *packages]

    def has_own_index(self) -> bool:
        """Return whether the user's configuration names an index of packages."""
        lines = _output([self.python, "-m", "pip", "config", "list"]).splitlines()
        return any(line.partition("=")[0].rpartition(".")[2] in _INDEX_KEYS for line in lines)


def find_installer(wanted: str) -> Uv | Pip:
    """Return uv if it is on PATH, otherwise pip, with a Python of the ``wanted`` versions.

    Raises:
        TargetError: ``wanted`` is not a range of versions, or Lucid does not run on any of them.
        MachineError: This machine has neither such a Python nor uv, which downloads one.
    """
    try:
        fits = SpecifierSet(wanted) & SpecifierSet(LUCID_PYTHON)
    except InvalidSpecifier:
        raise TargetError(
            f"requires-python = {wanted!r} in pyproject.toml is not a range of versions",
            hint='write for example requires-python = ">=3.11"',
        ) from None
    here = sys.executable if _running() in fits else None
    if uv := shutil.which("uv"):
        return Uv(uv, here or str(fits))
    python = here or next(filter(None, (_find_python(minor, fits) for minor in _MINORS)), None)
    if python is None:
        raise MachineError(
            f"the port needs Python {fits}, and this machine has none: Lucid runs on "
            f"{_running()}, and PATH has no other that fits",
            hint="install such a Python, or install uv, which fetches it (pip install uv); then "
            "run `lucid sync` again",
        )
    return Pip(python)


def _running() -> str:
    return ".".join(map(str, sys.version_info[:3]))


def _find_python(minor: int, fits: SpecifierSet) -> str | None:
    """Return the interpreter ``python3.MINOR`` on PATH if it runs and fits."""
    program = shutil.which(f"python3.{minor}")
    if program is None:
        return None
    version = _output([program, "-c", _ASK]).strip()
    return program if version and version in fits else None


def _output(command: Sequence[str]) -> str:
    """Return the output of a short command; "" if it fails."""
    try:
        run = subprocess.run(
            command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return run.stdout if run.returncode == 0 else ""
