"""The player as one file, for pages that load it: ``python -m tests.web.bundle`` writes it again.

A page would fetch its fifty modules one by one, for half a second on a small machine.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.npm import node_modules

WEB = Path(__file__).resolve().parents[2] / "lucid" / "web"
BUNDLE = WEB / "player.js"
BANNER = "// @ts-nocheck: ui/player.js and all it imports, by `python -m tests.web.bundle`"


def bundled() -> str:
    """Return what BUNDLE must hold."""
    options = ["--bundle", "--minify", "--format=esm", "--target=es2022", f"--banner:js={BANNER}"]
    command = [str(node_modules() / ".bin" / "esbuild"), "ui/player.js", *options]
    return subprocess.run(command, cwd=WEB, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    BUNDLE.write_text(bundled(), "utf-8")
