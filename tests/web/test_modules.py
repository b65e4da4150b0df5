"""The page's code: its types, its size, and its pinned dependencies."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.npm import LIBRARIES, QR, node_modules
from tests.web.bundle import BUNDLE, WEB, bundled

LIMIT_BYTES = 240_000


def test_all_of_the_page_is_at_most_240_kb_gzipped() -> None:
    files = [path for path in WEB.rglob("*") if path.suffix in (".js", ".css", ".html", ".svg")]
    sizes = {path: len(gzip.compress(path.read_bytes())) for path in files}
    catalogues = [sizes.pop(path) for path in files if path.parent.name == "texts"]
    assert sum(sizes.values()) + max(catalogues) <= LIMIT_BYTES  # a page loads at most one


def test_every_vendored_library_is_what_was_pinned_and_has_its_licence() -> None:
    pins = json.loads((WEB / "vendor" / "vendor.json").read_text("utf-8"))
    assert sorted(pins) == ["idb-keyval", "lit", "nipplejs", "qrcode-generator", "uplot"]
    for name, pin in pins.items():
        source = (WEB / "vendor" / f"{name}.js").read_bytes()
        assert hashlib.sha256(source).hexdigest() == pin["sha256"], name
        assert (WEB / "vendor" / f"{name}.LICENCE").read_text("utf-8").strip()
        assert f"{name}@{pin['version']}" in (*LIBRARIES, *QR)


def test_nothing_is_written_inline_and_nothing_comes_from_elsewhere() -> None:
    page = (WEB / "index.html").read_text("utf-8")
    assert not re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)
    sources = {*WEB.glob("*.js"), *WEB.glob("client/*.js"), *WEB.glob("ui/*.js")} - {BUNDLE}
    for path in sources:
        text = path.read_text("utf-8")
        assert not re.findall(r'^(?:import|export).*from "(?!\.)', text, re.M), path
        assert not re.findall(r"\sstyle=", text), path


def test_the_page_loads_the_player_as_it_is_written() -> None:
    found = bundled()
    if BUNDLE.read_text("utf-8") != found:
        pytest.fail("lucid/web/player.js is out of date: run `python -m tests.web.bundle`")


def test_the_client_and_the_elements_pass_the_type_checker(tmp_path: Path) -> None:
    modules = node_modules()
    options = {
        "allowJs": True,
        "checkJs": True,
        "noEmit": True,
        "strict": True,
        "skipLibCheck": True,
        "target": "es2023",
        "module": "esnext",
        "moduleResolution": "bundler",
        "lib": ["es2023", "dom", "dom.iterable"],
        "types": [],
        "paths": {"*": [f"{modules}/*"]},
    }
    config = {"compilerOptions": options, "include": [f"{WEB}/*.js", f"{WEB}/client", f"{WEB}/ui"]}
    (tmp_path / "tsconfig.json").write_text(json.dumps(config))
    tsc = modules / ".bin" / "tsc"
    run = subprocess.run([tsc, "-p", tmp_path], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
