"""Bundle the player page into one file: run ``python -m tests.web.bundle`` after each change.

Without the bundle, a page fetches about fifty modules, which takes 0.5 s on a small machine. What
only some players need (a library, the texts in a language) stays outside: ``import()`` loads it.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.npm import node_modules

WEB = Path(__file__).resolve().parents[2] / "lucid" / "web"
BUNDLE = WEB / "player.js"
BANNER = "// @ts-nocheck: ui/player.js and all it imports, by `python -m tests.web.bundle`"


def bundled() -> str:
    """Return the expected content of BUNDLE."""
    options = ["--bundle", "--minify", "--format=esm", "--target=es2022", f"--banner:js={BANNER}"]
    outside = ("./vendor/uplot.js", "./vendor/qrcode-generator.js", "./texts/*")
    options += [f"--external:{path}" for path in outside]
    command = [str(node_modules() / ".bin" / "esbuild"), "ui/player.js", *options]
    return subprocess.run(command, cwd=WEB, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    BUNDLE.write_text(bundled(), "utf-8")
