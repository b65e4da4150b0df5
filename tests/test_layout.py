"""The project's structure: allowed imports, owners of dependencies, and file lengths."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import lucid
from lucid import errors

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "lucid"
SOURCES = sorted(PACKAGE.rglob("*.py"))

# Each part may import itself and the listed parts.
MAY_IMPORT = {
    "errors": set[str](),
    "_data": set[str](),
    "_http": set[str](),
    "_text": set[str](),
    "_git": {"errors"},
    "_junit": set[str](),
    "_port_files": {"errors"},
    "_target": {"errors", "_data", "_port_files"},
    "authoring": {"errors"},
    "environment": {"machine", "errors", "_port_files"},
    "runtime": {"environment", "machine", "media", "authoring", "errors", "_target", "_data"},
    "media": {"authoring", "errors"},
    "machine": set[str](),
    "lock": {"errors", "_port_files"},
    "upstream": {"lock", "errors", "_port_files", "_git"},
    "hub": {"_text", "lock", "errors", "_data", "_target", "machine"},
    "doctor": {"hub", "machine", "errors"},
    "check": {"_text", "authoring", "errors", "_target", "_data", "_port_files", "_junit"},
    "remote": {"authoring", "errors", "_http"},
    "scaffold": {
        "hub", "lock", "authoring", "remote", "errors", "_data", "_port_files", "_text", "_git",
    },
    "lsp": {"check", "errors", "_target"},
    "conditioning": {"authoring", "errors"},
    "conformance": {
        "client", "runtime", "environment", "media", "conditioning", "authoring", "lock", "errors",
        "_target", "_port_files", "_junit",
    },
    "weights": {
        "conformance", "conditioning", "environment", "hub", "runtime", "authoring", "errors",
        "_target", "_text", "_junit",
    },
    "capsule": {"runtime", "media", "lock", "authoring", "errors", "_port_files"},
    "golden": {"authoring", "upstream", "errors"},
    "gym": {"runtime", "authoring", "errors", "_target"},
    "rollout": {"gym", "capsule", "runtime", "media", "authoring", "errors"},
    "eval": {"rollout", "gym", "capsule", "runtime", "media", "authoring", "errors"},
    "mcp": {"runtime", "authoring", "errors", "_target"},
    "server": {"capsule", "runtime", "media", "authoring", "machine", "errors", "_text"},
    "client": {"server", "media", "errors", "_http"},
    "deploy": {"server", "runtime", "media", "errors", "_target"},
    "cli": {
        "deploy", "server", "client", "capsule", "conformance", "weights", "scaffold", "check",
        "lsp", "mcp", "remote", "eval", "rollout", "hub", "doctor", "machine", "runtime", "media",
        "authoring", "environment", "upstream", "lock", "errors", "_target", "_data", "_text",
        "_git", "_http",
    },
    "__init__": {"authoring", "hub", "upstream", "errors"},
    "__main__": {"check", "cli", "errors"},
}  # fmt: skip
OWNERS = {
    "huggingface_hub": {
        "hub/cache.py",
        "hub/client.py",
        "hub/download.py",
        "hub/http.py",
        "hub/listing.py",
        "hub/network.py",
        "hub/request.py",
        "weights/child.py",
    },
    "jinja2": {"scaffold/render.py"},
    "libcst": {"check"},
    "typer": {"cli"},
    "pygls": {"lsp.py"},
    "aioice": {"media/ice.py"},
    "aiortc": {
        "client/async_world.py",
        "client/captures.py",
        "client/probe.py",
        "media/ice.py",
        "remote/flashdreams.py",
        "server/rtp.py",
        "server/sctp.py",
        "server/webrtc.py",
    },
    "av": {
        "client",
        "media",
        "remote",
        "server/rtp.py",
        "server/webrtc.py",
        "conditioning/clip.py",
        "conformance/uploads.py",
    },
    "fastapi": {"server"},
    "gymnasium": {"gym", "rollout/policies.py"},
    "mcp": {"mcp"},
    "msgpack": {"remote/sglang.py"},
    "pyarrow": {"rollout"},
    "aiohttp": {"deploy/proxy.py"},
    "ray": {"deploy"},
    "yarl": {"deploy/proxy.py"},
    "uvicorn": {"deploy", "server"},
    "torch": {"media/tensors.py", "authoring/weights.py", "eval/perceptual.py", "weights"},
    "watchfiles": {"runtime/reload.py"},
}
HEAVY = ["torch", "aiortc", "av", "libcst", "jinja2", "huggingface_hub", "fastapi", "uvicorn"]


def part_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def imports_of(path: Path) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: import absolutely"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


def test_imports_point_down() -> None:
    wrong: dict[str, set[str]] = {}
    for path in SOURCES:
        part = part_of(path)
        used = {name.split(".")[1] for name in imports_of(path) if name.startswith("lucid.")}
        if above := used - {part} - MAY_IMPORT[part]:
            wrong[str(path.relative_to(ROOT))] = above
    assert wrong == {}


def test_no_import_goes_in_a_circle() -> None:
    """Imports in functions and for type checking count too."""
    modules = {module_of(path): path for path in SOURCES}
    imports = {
        name: {used if used in modules else used.rpartition(".")[0] for used in imports_of(path)}
        & modules.keys() - {name}
        for name, path in modules.items()
    }
    while leaves := {name for name, used in imports.items() if not used & imports.keys()}:
        imports = {name: used for name, used in imports.items() if name not in leaves}
    circles = {name: sorted(used & imports.keys()) for name, used in imports.items()}
    assert not circles, "these modules are in a circle, or import one that is"


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("library", OWNERS)
def test_a_library_is_imported_by_its_owner_only(library: str) -> None:
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in SOURCES
        if any(name.split(".")[0] == library for name in imports_of(path))
    }
    assert users, f"nobody imports {library}"
    owners = OWNERS[library]
    strangers = {user for user in users if user not in owners and user.split("/")[0] not in owners}
    assert not strangers


def test_files_and_functions_are_short() -> None:
    long: dict[str, int] = {}
    for path in SOURCES:
        name = str(path.relative_to(ROOT))
        if (lines := len(path.read_text("utf-8").splitlines())) > 400:
            long[name] = lines
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                if (lines := node.end_lineno - node.lineno) >= 60:
                    long[f"{name}: {node.name}"] = lines
    assert long == {}


def test_the_walks_in_contributing_name_files_that_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    named = re.findall(r"`((?:cli|hub|media|runtime|scaffold|server|web)/[\w/]+\.(?:py|js))`", text)
    assert len(named) > 80
    assert {name for name in named if not (PACKAGE / name).is_file()} == set()


def test_public_names_are_listed_and_there() -> None:
    assert lucid.__all__ == sorted(lucid.__all__)
    for name in lucid.__all__:
        assert getattr(lucid, name) is not None
    assert set(dir(lucid)) == {*lucid.__all__, "__version__"}
    tree = {name for name in vars(errors) if name.endswith("Error")}
    assert {name for name in lucid.__all__ if name.endswith("Error")} == tree
    with pytest.raises(AttributeError, match="has no attribute 'LucidModle'"):
        _ = lucid.LucidModle  # type: ignore[attr-defined]  # what is tested


@pytest.mark.parametrize(
    "code",
    ["import lucid", "from lucid import *", "from lucid.cli import app", "import hello.port"],
)
def test_imports_stay_light(code: str) -> None:
    script = f"import sys\n{code}\nprint([m for m in {HEAVY!r} if m in sys.modules])"
    run = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT / "examples" / "hello",
    )
    assert run.stdout.strip() == "[]"
