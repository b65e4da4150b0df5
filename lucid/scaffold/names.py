"""Check the name of a port, which is also the name of its folder and its package."""

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
"""Class names start with the name of the port, so a longer name makes lines too long."""
_TAKEN = frozenset({"av", "lucid", "tests", "upstream", *sys.stdlib_module_names})
"""The standard library, modules that Lucid needs, and folders beside the package."""
_WINDOWS = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]")
"""Names of devices, which no folder can have."""
_IMPORTED_AS = {
    "beautifulsoup4": "bs4", "opencv_contrib_python": "cv2", "opencv_python": "cv2",
    "opencv_python_headless": "cv2", "pillow": "pil", "python_dotenv": "dotenv", "pyyaml": "yaml",
    "scikit_image": "skimage", "scikit_learn": "sklearn",
}  # fmt: skip
"""The module of each distribution whose name differs, in lower case."""
_HIDES = "that is the name of another module, which it would hide"


def check_name(name: str, target: Path | None = None) -> None:
    """Refuse a name that is not an identifier, or that would hide another module.

    If ``target`` is the port's folder, also refuse the names of modules that are installed outside
    of it. This imports nothing.

    Raises:
        ScaffoldError: The name is refused. The message says why, and the hint suggests a name.
    """
    if reason := _objection(name, target):
        raise ScaffoldError(
            f"a port cannot be named {name!r}: {reason}",
            hint=f"try {suggest_name(name, target)}",
        )


def check_hides_nothing(name: str, files: Iterable[RenderedFile]) -> None:
    """Refuse a port whose package would hide a module that its files require or import.

    Raises:
        ScaffoldError: The port would hide a module. The message names the file that needs it.
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
                f"a port cannot be named {name!r}: it would hide a module of that name, which its "
                f"{file.path} needs",
                hint=f"try {name.lower()[: _LONGEST - 6]}_world",
            )


def suggest_name(name: str, target: Path | None = None) -> str:
    """Return a valid name that is close to ``name``."""
    last = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    plain = re.sub(r"[^A-Za-z0-9]+", "_", last).strip("_").lower()[: _LONGEST - 8]
    if not plain:
        return "my_world"
    if plain[0].isdigit():
        plain = f"world_{plain}"
    return f"{plain}_world" if _objection(plain, target) else plain


def class_name(name: str) -> str:
    """Return the start of class names for a port: ``MyWorld`` for ``my_world``."""
    return "".join(part[0].upper() + part[1:] for part in name.split("_") if part)


def _objection(name: str, target: Path | None) -> str | None:
    if "/" in name or "\\" in name or name in (".", ".."):
        return "it is a path, and Lucid writes the port into the current folder"
    if len(name) > _LONGEST:
        return f"it is longer than {_LONGEST} characters"
    if not re.fullmatch(r"[A-Za-z]([A-Za-z0-9_]*[A-Za-z0-9])?", name):
        return "use only letters, digits and _; start with a letter, and do not end with _"
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return "that is a Python keyword"
    lower = name.lower()  # file systems of macOS and Windows ignore case
    if _WINDOWS.fullmatch(lower):
        return "Windows reserves that name for a device"
    if lower in _TAKEN or lower in _modules_of(requires("lucid-runtime") or ()):
        return _HIDES
    return _HIDES if target is not None and _is_installed(name, target) else None


def _is_installed(name: str, target: Path) -> bool:
    """Return whether Python finds a top-level module of that name outside of ``target``."""
    for module in pkgutil.iter_modules():
        if module.name.lower() == name.lower():
            folder = getattr(module.module_finder, "path", "")
            if not Path(folder).resolve().is_relative_to(target):
                return True
    try:
        spec = find_spec(name)
    except (ImportError, ValueError):  # ValueError: the module is loaded, but has no spec
        return True
    if spec is None:
        return False
    places = [*(spec.submodule_search_locations or ()), *filter(None, [spec.origin])]
    return not all(Path(place).resolve().is_relative_to(target) for place in places)


def _required_by(pyproject: str) -> set[str]:
    """Return the modules of the distributions that a pyproject.toml requires, in lower case."""
    project = tomllib.loads(pyproject).get("project", {})
    extras = project.get("optional-dependencies", {}).values()
    return _modules_of(
        [*project.get("dependencies", ()), *(text for each in extras for text in each)]
    )


def _modules_of(requirements: Iterable[str]) -> set[str]:
    """Return the modules that requirements such as ``pillow>=11`` install, in lower case."""
    found = (re.match(r"[\w.-]+", text.strip()) for text in requirements)
    names = {re.sub(r"[-.]+", "_", match[0]).lower() for match in found if match}
    return names | {_IMPORTED_AS[name] for name in names & _IMPORTED_AS.keys()}


def _imports_another(name: str, source: str, paths: set[str]) -> bool:
    """Return whether a file imports a module below ``name`` that is not one of the port's files."""
    return any(
        module.split(".")[0].lower() == name.lower()
        and f"{module.replace('.', '/')}.py" not in paths
        and f"{module.replace('.', '/')}/__init__.py" not in paths
        for module in _imported(source)
    )


def _imported(source: str) -> Iterator[str]:
    """Yield the dotted names of the modules that a file imports: a.b for ``from a.b import c``."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # the checker reports it after the port is written
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
