"""Rebuild lucid/web/vendor/ from npm: one minified ES module per library, with its licence.

    python .ci/vendor.py

This needs npm. The libraries' versions are pinned here. vendor.json pins the hashes of the written
files, and a test compares them.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "lucid" / "web" / "vendor"
ESBUILD = "0.28.2"
LIBRARIES = {
    "lit": (
        "3.3.3",
        "BSD-3-Clause",
        "export * from 'lit'; export { ref, createRef } from 'lit/directives/ref.js';"
        "export { repeat } from 'lit/directives/repeat.js';"
        "export { live } from 'lit/directives/live.js';"
        "export { keyed } from 'lit/directives/keyed.js';",
    ),
    "nipplejs": ("1.0.4", "MIT", "export { create } from 'nipplejs';"),
    "uplot": ("1.6.32", "MIT", "export { default } from 'uplot';"),
    "idb-keyval": ("6.3.0", "Apache-2.0", "export { get, set, update } from 'idb-keyval';"),
    "qrcode-generator": ("1.4.4", "MIT", "export { default } from 'qrcode-generator';"),
}
MIT = """MIT License

Copyright (c) {author}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute,
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or
substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM,
DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT
OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""
"""The licence text for packages that name the licence and its holder but contain no text."""


def main() -> None:
    for old in VENDOR.glob("*"):
        if not old.name.endswith(".d.ts"):
            old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        npm = shutil.which("npm") or "npm"
        wanted = [f"{name}@{version}" for name, (version, _, _) in LIBRARIES.items()]
        (here / "package.json").write_text("{}")
        command = [npm, "install", "--silent", "--save-exact", f"esbuild@{ESBUILD}", *wanted]
        subprocess.run(command, cwd=here, check=True)
        locked = json.loads((here / "package-lock.json").read_text())["packages"]
        pins = {
            name: {
                "version": version,
                "licence": licence,
                "integrity": locked[f"node_modules/{name}"]["integrity"],
                "sha256": bundle(here, name, entry),
            }
            for name, (version, licence, entry) in LIBRARIES.items()
        }
    (VENDOR / "vendor.json").write_text(json.dumps(pins, indent=2) + "\n")


def bundle(here: Path, name: str, entry: str) -> str:
    """Write a library and its licence; return the hash of the written module."""
    (here / "entry.js").write_text(entry)
    target = VENDOR / f"{name}.js"
    options = ["--bundle", "--minify", "--format=esm", "--target=es2022", "--legal-comments=none"]
    esbuild = here / "node_modules" / ".bin" / "esbuild"
    subprocess.run([esbuild, "entry.js", *options, f"--outfile={target}"], cwd=here, check=True)
    package = here / "node_modules" / name
    texts = [path for path in sorted(package.glob("LICEN*")) if path.is_file()]
    about = json.loads((package / "package.json").read_text())
    author = about.get("author", "")
    holder = author if isinstance(author, str) else author.get("name", "")
    text = texts[0].read_text() if texts else MIT.format(author=holder)
    (VENDOR / f"{name}.LICENCE").write_text(text)
    if name == "uplot":
        style = (package / "dist" / "uPlot.min.css").read_text().strip()
        (VENDOR / "uplot-css.js").write_text(f"export default {json.dumps(style)};\n")
    return hashlib.sha256(target.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
