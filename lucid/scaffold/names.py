"""Which names a port can have: its folder, package and classes are named after it."""

from __future__ import annotations

import ast
import keyword
import pkgutil
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import requires
from importlib.util import find_spec
from pathlib import Path

from lucid.errors import ScaffoldError
from lucid.scaffold.render import RenderedFile

_LONGEST = 30
"""Classes are named after the port: with a longer name, their lines would be too long."""
_BESIDE = frozenset({"av", "lucid", "tests", "upstream"})
"""What Lucid imports without requiring it by name, and the folders beside a port's package."""
_WINDOWS = frozenset(
    [
        "con",
        "prn",
        "aux",
        "nul",
        *(f"{kind}{digit}" for kind in ("com", "lpt") for digit in range(10)),
    ]
)
"""Names of devices, which no folder can have."""
_IMPORTED_AS = {
    "beautifulsoup4": "bs4",
    "opencv_contrib_python": "cv2",
    "opencv_python": "cv2",
    "opencv_python_headless": "cv2",
    "pillow": "pil",
    "python_dotenv": "dotenv",
    "pyyaml": "yaml",
    "scikit_image": "skimage",
    "scikit_learn": "sklearn",
}
"""Modules whose distribution has another name, in lower case."""
_HIDES = "that is the name of another module, which it would hide"


def check_name(name: str, target: Path | None = None) -> None:
    """Refuse a name that is no identifier, or that would hide another module.

    With ``target``, the port's folder, also what can be imported here from anywhere else. Nothing
    is imported to find out.

    Raises:
        ScaffoldError: says why, and suggests a name.
    """
    reason = _objection(name)
    if reason is None and target is not None and _is_installed(name, target):
        reason = _HIDES
    if reason:
        raise ScaffoldError(
            f"a port cannot be named {name!r}: {reason}",
            hint=f"try {suggest_name(name, target)}",
        )


def check_hides_nothing(name: str, files: Iterable[RenderedFile]) -> None:
    """Refuse a port whose package hides what its files require or import.

    Raises:
        ScaffoldError: names the file, and suggests a name.
    """
    files = list(files)
    paths = {file.path for file in files}
    for file in files:
        if file.path == "pyproject.toml":
            used = name.lower() in _required_by(file.text)
        else:
            used = file.path.endswith(".py") and _imports_another(name, file.text, paths)
        if used:
            raise ScaffoldError(
                f"a port cannot be named {name!r}: its {file.path} needs another module of that "
                "name, which it would hide",
                hint=f"try {name.lower()[: _LONGEST - 6]}_world",
            )


def suggest_name(name: str, target: Path | None = None) -> str:
    """A name that can be used, as near to ``name`` as possible."""
    last = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    plain = re.sub(r"[^A-Za-z0-9]+", "_", last).strip("_").lower()[: _LONGEST - 8]
    if not plain:
        return "my_world"
    if plain[0].isdigit():
        plain = f"world_{plain}"
    taken = _objection(plain) or (target is not None and _is_installed(plain, target))
    return f"{plain}_world" if taken else plain


def class_name(name: str) -> str:
    """``my_world`` as the start of a class's name: ``MyWorld``."""
    return "".join(part[0].upper() + part[1:] for part in name.split("_") if part)


def _objection(name: str) -> str | None:
    if "/" in name or "\\" in name or name in (".", ".."):
        return "it is a path, and the port is written into the current folder"
    if len(name) > _LONGEST:
        return f"it is longer than {_LONGEST} characters"
    if not re.fullmatch(r"[A-Za-z]([A-Za-z0-9_]*[A-Za-z0-9])?", name):
        return "write letters, digits and _ only, a letter first and no _ last"
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return "that is a Python keyword"
    lower = name.lower()  # folders of macOS and Windows do not tell capitals apart
    if lower in _WINDOWS:
        return "Windows keeps that name for a device"
    if lower in _BESIDE or lower in sys.stdlib_module_names:
        return _HIDES
    if lower in _modules_of(requires("lucid-runtime") or ()):
        return _HIDES
    return None


def _is_installed(name: str, target: Path) -> bool:
    """Whether Python finds a top-level module of that name outside of ``target``."""
    for module in pkgutil.iter_modules():
        if module.name.lower() == name.lower():
            folder = getattr(module.module_finder, "path", "")
            if not Path(folder).resolve().is_relative_to(target):
                return True
    try:
        spec = find_spec(name)
    except (ImportError, ValueError):  # ValueError: it is loaded, and has no spec
        return True
    if spec is None:
        return False
    places = [*(spec.submodule_search_locations or ()), *filter(None, [spec.origin])]
    return not all(Path(place).resolve().is_relative_to(target) for place in places)


def _required_by(pyproject: str) -> set[str]:
    """The modules of the distributions that a pyproject.toml requires, in lower case."""
    project = tomllib.loads(pyproject).get("project", {})
    extras = project.get("optional-dependencies", {}).values()
    return _modules_of(
        [*project.get("dependencies", ()), *(text for each in extras for text in each)]
    )


def _modules_of(requirements: Iterable[str]) -> set[str]:
    """The modules that requirements such as ``pillow>=11`` bring, in lower case."""
    found = (re.match(r"[\w.-]+", text.strip()) for text in requirements)
    names = {re.sub(r"[-.]+", "_", match[0]).lower() for match in found if match}
    return names | {_IMPORTED_AS[name] for name in names & _IMPORTED_AS.keys()}


def _imports_another(name: str, source: str, paths: set[str]) -> bool:
    """Whether a file imports, by the package's name, what is not among the port's files."""
    return any(
        module.split(".")[0].lower() == name.lower()
        and f"{module.replace('.', '/')}.py" not in paths
        and f"{module.replace('.', '/')}/__init__.py" not in paths
        for module in _imported(source)
    )


def _imported(source: str) -> Iterator[str]:
    """Dotted names of the modules that a file imports; a.b of ``from a.b import c``."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # the checker, which reads the port once it is written, says where
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
