"""Find the port that the TARGET of a command names, without importing it."""

from dataclasses import dataclass
from pathlib import Path

from lucid._data import data_dir
from lucid._port_files import read_pyproject
from lucid.errors import TargetError

BUNDLED_WORLD = "landscape"
"""The example to use if the user names no port and the current folder has none."""

LOCAL_WEIGHTS = "LUCID_WEIGHTS"
"""The environment variable that names a folder with weights. ``download_weights`` obeys it."""

PROFILES = ("stub", "full", "certified")
"""How ``lucid check --conformance`` plays a port: with its stub engine, with its weights, or with
its weights and with no check skipped or expected to fail."""


@dataclass(frozen=True)
class PortLocation:
    """A port on disk: the folder of its pyproject.toml, and ``module:Class``."""

    root: Path
    module: str
    class_name: str

    @property
    def entry(self) -> str:
        """``module:Class``."""
        return f"{self.module}:{self.class_name}"

    @property
    def is_bundled(self) -> bool:
        """Whether the port ships with Lucid."""
        return self.root.is_relative_to(data_dir("examples").resolve())

    @property
    def import_root(self) -> Path:
        """The folder to put on the path: ``src`` if the package is only there, else the root."""
        package = self.module.partition(".")[0]
        for folder in (self.root, self.root / "src"):
            if (folder / package).exists() or (folder / f"{package}.py").exists():
                return folder
        return self.root

    @property
    def source(self) -> Path:
        """The file that should define the model class; it may be missing."""
        base = self.import_root.joinpath(*self.module.split("."))
        return base / "__init__.py" if base.is_dir() else base.with_suffix(".py")


def find_port(target: str | None, cwd: Path) -> PortLocation:
    """Return the port for ``target``: a folder, ``module:Class``, or None for the default port.

    The default is the port in ``cwd``, or the only port in its subfolders, or the bundled world.

    Raises:
        TargetError: there is no such port, or there are several and ``target`` is None.
    """
    if target is None:
        return _default_port(cwd)
    folder = cwd / target
    if folder.is_dir():
        location = read_port(folder)
        if location is None:
            has_file = (folder / "pyproject.toml").exists()
            lacks = "its pyproject.toml has no [tool.lucid] port"
            raise TargetError(
                f"{target} holds no port: {lacks if has_file else 'it has no pyproject.toml'}",
                hint='add [tool.lucid] with port = "package.module:ModelClass" to pyproject.toml, '
                "or write a port with `lucid new NAME`",
            )
        return location
    if ":" in target and not Path(target).is_absolute():
        return _entry(cwd, target, f"TARGET {target!r}")
    if folder.is_file():
        raise TargetError(
            f"{target} is a file, not a folder",
            hint=f"name its model class, such as {folder.stem}:MyModel, in the folder of the file"
            if folder.suffix == ".py"
            else "pass the folder of a port",
        )
    raise TargetError(
        f"{target}: no such folder",
        hint="pass the folder of a port or module:Class; `lucid new NAME` writes a port",
    )


def find_own_port(target: str | None, cwd: Path) -> PortLocation:
    """Do the same as ``find_port``, but never return the bundled world, which must not be changed.

    Raises:
        TargetError: ``find_port`` raised it, or ``target`` is None and ``cwd`` has no port.
    """
    location = find_port(target, cwd)
    if target is None and location.is_bundled:
        raise TargetError(
            "there is no port in this folder",
            hint="pass the folder of a port; `lucid new NAME` writes a port",
        )
    return location


def read_port(folder: Path) -> PortLocation | None:
    """Return the port that a folder's pyproject.toml declares; None if it declares none.

    Raises:
        TargetError: the file or its entry cannot be read.
    """
    entry = read_pyproject(folder, "tool", "lucid", "port")
    if entry is None:
        return None
    where = f"{folder / 'pyproject.toml'}: [tool.lucid] port"
    if not isinstance(entry, str):
        raise TargetError(f"{where} must be a string, got {entry!r}")
    return _entry(folder, entry, f"{where} = {entry!r}")


def _default_port(cwd: Path) -> PortLocation:
    if here := read_port(cwd):
        return here
    folders = sorted(path.parent for path in cwd.glob("*/pyproject.toml"))
    ports = [port for port in map(read_port, folders) if port is not None]
    if len(ports) > 1:
        raise TargetError(
            f"there are several ports here: {', '.join(port.root.name for port in ports)}",
            hint=f"pass one of them, for example {ports[0].root.name}",
        )
    if ports:
        return ports[0]
    bundled = read_port(data_dir("examples") / BUNDLED_WORLD)
    if bundled is None:
        raise TargetError(
            "there is no port here, and the bundled world is missing from this installation"
        )
    return bundled


def _entry(root: Path, entry: str, where: str) -> PortLocation:
    module, _, class_name = entry.partition(":")
    if not class_name.isidentifier() or not all(part.isidentifier() for part in module.split(".")):
        raise TargetError(
            f"{where} is not module:Class", hint='write for example "waypoint.port:Model"'
        )
    return PortLocation(root=root.resolve(), module=module, class_name=class_name)
