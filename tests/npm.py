"""Tools from npm that check the page: each at a fixed version, fetched once."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

AXE = "axe-core@4.14.1"
ESBUILD = "esbuild@0.28.2"
TYPESCRIPT = "typescript@5.9.3"
LIBRARIES = ("lit@3.3.3", "nipplejs@1.0.4", "uplot@1.6.32", "idb-keyval@6.3.0")
QR = ("qrcode-generator@1.4.4",)


def installed(cache: Path, *packages: str) -> Path:
    """The node_modules that holds these packages."""
    npm = shutil.which("npm")
    if npm is None:
        if os.environ.get("LUCID_REQUIRE_BROWSER"):
            pytest.fail("LUCID_REQUIRE_BROWSER is set, but there is no npm on PATH")
        pytest.skip("needs npm")
    modules = cache / "node_modules"
    if all((modules / package.rpartition("@")[0]).is_dir() for package in packages):
        return modules
    cache.mkdir(parents=True, exist_ok=True)
    (cache / "package.json").write_text("{}")
    command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    subprocess.run([*command, *packages], cwd=cache, check=True, timeout=120)
    return modules
