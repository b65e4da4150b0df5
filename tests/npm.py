"""The npm tools that check the page, at fixed versions, installed once per checkout."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

ESBUILD = "esbuild@0.28.2"
TYPESCRIPT = "typescript@5.9.3"
AXE = "axe-core@4.14.1"
LIBRARIES = ("lit@3.3.3", "nipplejs@1.0.4", "uplot@1.6.32", "idb-keyval@6.3.0")
QR = ("qrcode-generator@1.4.4",)

BUILD = Path(__file__).resolve().parent.parent / "build"


def node_modules() -> Path:
    """Return the node_modules folder with all the packages; install them if needed.

    The folder's name depends on the versions, so that a new version triggers an installation.
    """
    packages = (ESBUILD, TYPESCRIPT, AXE, *LIBRARIES, *QR)
    digest = hashlib.sha256(" ".join(packages).encode()).hexdigest()[:12]
    home = BUILD / f"npm-{digest}"
    if not home.is_dir():
        _install(packages, home)
    return home / "node_modules"


def _install(packages: tuple[str, ...], home: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        if os.environ.get("LUCID_TEST_BROWSER"):
            pytest.fail("LUCID_TEST_BROWSER is set, but there is no npm on PATH")
        pytest.skip("needs npm")
    BUILD.mkdir(exist_ok=True)
    # Another test process may install at the same time: only a complete folder gets the final name.
    with tempfile.TemporaryDirectory(dir=BUILD, ignore_cleanup_errors=True) as folder:
        new = Path(folder) / "npm"
        new.mkdir()
        (new / "package.json").write_text("{}")
        command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run([*command, *packages], cwd=new, check=True, timeout=300)
        try:
            new.rename(home)
        except OSError:
            if not home.is_dir():
                raise
