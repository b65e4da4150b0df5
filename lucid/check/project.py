"""What surrounds a port's package: its requirements, and modules that may hide a library."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lucid._port_files import normalised, read_pyproject
from lucid._target import PortLocation

_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?")


@dataclass(frozen=True)
class Project:
    """A port's project, as the rules need it. Every tuple is sorted."""

    folder: str
    """The name of the folder that holds pyproject.toml."""
    requirements: tuple[str, ...] | None = None
    """The required distributions, including those of extras and groups; None if they are unknown.

    A distribution with an extra, such as ``lucid-runtime[demo]``, is listed with and without it.
    """
    modules: tuple[str, ...] = ()
    """The top-level modules in the folder from which Python imports the port."""
    upstream_modules: tuple[str, ...] = ()
    """The modules of the upstream checkout, such as ``utils`` and ``src/utils``."""
    upstream_imports_package: bool = False
    """Whether upstream's code imports a module of its own that has the name of the port's package.
    """


def read_project(location: PortLocation) -> Project:
    """Read the project of a port.

    Raises:
        TargetError: pyproject.toml cannot be read.
    """
    checkouts = _folders(location.root / "upstream")
    upstream = _sorted(name for checkout in checkouts for name in _upstream_modules(checkout))
    package = location.module.partition(".")[0]
    is_shared = package in {name.rpartition("/")[2] for name in upstream}
    return Project(
        location.root.name,
        requirements(read_pyproject(location.root)),
        _sorted(_modules(location.import_root)),
        upstream,
        is_shared and any(_imports(checkout, package) for checkout in checkouts),
    )


def requirements(pyproject: Any) -> tuple[str, ...] | None:
    """Return the distributions that a parsed pyproject.toml requires, extras and groups included.

    None if a list is computed, or if it lists none.
    """
    match pyproject:
        case {"project": {"dependencies": list(required), **project}, **others}:
            if "optional-dependencies" in str(project.get("dynamic")):
                return None
            groups = (project.get("optional-dependencies"), others.get("dependency-groups"))
            lists = [required, *(each for group in groups if isinstance(group, dict)
                                 for each in group.values())]  # fmt: skip
            texts = [text for each in lists if isinstance(each, list) for text in each]
            return _sorted(name for text in texts if isinstance(text, str) for name in _names(text))
    return None


def _names(requirement: str) -> Iterator[str]:
    if found := _NAME.match(requirement):
        name = normalised(found[1])
        yield name
        yield from (f"{name}[{normalised(extra.strip())}]" for extra in (found[2] or "").split(",")
                    if extra.strip())  # fmt: skip


def _modules(folder: Path) -> Iterator[str]:
    """Yield the modules and packages in a folder. One without ``__init__.py`` hides nothing."""
    for path in _entries(folder):
        if path.suffix == ".py":
            yield path.stem
        elif (path / "__init__.py").is_file():
            yield path.name


def _upstream_modules(checkout: Path) -> Iterator[str]:
    """Yield the modules of a checkout and of its folders: ``use_upstream`` adds either to the
    path."""
    yield from _modules(checkout)
    for folder in _folders(checkout):
        yield from (f"{folder.name}/{name}" for name in _modules(folder))


def _imports(checkout: Path, module: str) -> bool:
    """Return whether a file of a checkout imports this module. It searches the files as text."""
    line = re.compile(rf"^\s*(?:from\s+|import\s+(?:.*,\s*)?){re.escape(module)}\b", re.MULTILINE)
    return any(line.search(file.read_text("utf-8", "replace")) for file in checkout.rglob("*.py"))


def _folders(folder: Path) -> list[Path]:
    return [path for path in _entries(folder) if path.is_dir() and not path.name.startswith(".")]


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))
