"""Read a port's source files, as text."""

import codecs
import io
import os
import re
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lucid._port_files import LOCK_PATH, read_lock_data
from lucid._target import PortLocation, read_port
from lucid.check.diagnostics import FILE_START, Range
from lucid.check.project import Project, read_project
from lucid.errors import TargetError

_NOT_THE_PORT = ("tests", "upstream")


@dataclass(frozen=True)
class Fault:
    """The reason why a file cannot be checked, and the place in the file."""

    message: str
    range: Range


@dataclass(frozen=True)
class SourceFile:
    """A Python file: ``path`` is its path in messages, ``module`` its name in imports."""

    path: str
    module: str
    text: str
    fault: Fault | None = None
    """The reason why ``text`` is not the whole file."""
    encoding: str = "utf-8"
    location: Path | None = None
    """The path on disk."""


@dataclass(frozen=True)
class Entry:
    """The model class that a port names, and the place of this name."""

    module: str
    class_name: str
    path: str
    text: str
    range: Range


@dataclass(frozen=True)
class Lock:
    """A port's ``lucid.lock``."""

    path: str
    data: Mapping[str, Any]

    @property
    def family(self) -> str | None:
        """The family of world models that the port's repo belongs to."""
        family = self.data.get("family")
        return family if isinstance(family, str) else None

    @property
    def repo(self) -> str | None:
        """The repo that the port was written from."""
        repo = self._source.get("repo")
        return repo if isinstance(repo, str) else None

    @property
    def commit(self) -> str | None:
        """The commit of that repo."""
        commit = self._source.get("commit")
        return commit if isinstance(commit, str) else None

    @property
    def commits(self) -> dict[str, str]:
        """The commits of this repo and of each other repo that the engine needs, by repo."""
        needed = self.data.get("needed")
        found = [self._source, *(needed if isinstance(needed, list) else ())]
        return {str(each["repo"]): str(each.get("commit")) for each in found
                if isinstance(each, dict) and "repo" in each}  # fmt: skip

    @property
    def is_of_folder(self) -> bool:
        """Whether the port was written from a local folder, which has no commit."""
        source = self._source
        return "revision" in source and source["revision"] is None and self.commit is None

    def answer(self, name: str) -> Any:
        """Return the value of a fact in the repo's metadata; None if it is unknown."""
        answers = self.data.get("answers")
        return answers.get(name) if isinstance(answers, dict) else None

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of the repo's files at this commit."""
        listed = self._source.get("files")
        found = [each.get("path") for each in listed if isinstance(each, dict)] if isinstance(
            listed, list) else []  # fmt: skip
        return tuple(path for path in found if isinstance(path, str))

    @property
    def has_upstream(self) -> bool:
        """Whether it names the code that runs the model."""
        return self.data.get("upstream") is not None

    @property
    def _source(self) -> Mapping[str, Any]:
        source = self.data.get("source")
        return source if isinstance(source, dict) else {}


@dataclass(frozen=True)
class SourceTree:
    """The input of one check: the files of a port, or of no port (``entry`` is None)."""

    files: tuple[SourceFile, ...]
    entry: Entry | None = None
    lock: Lock | None = None
    project: Project | None = None


def read_tree(location: PortLocation, cwd: Path) -> SourceTree:
    """Return all files of the port's package. Their paths are relative to ``cwd`` if possible.

    Raises:
        TargetError: no pyproject.toml names the port and its file does not exist.
    """
    package = location.import_root / location.module.partition(".")[0]
    paths = sorted({location.source, *_python_files(package)})
    files = tuple(read_file(path, location.import_root, cwd) for path in paths if path.is_file())
    entry, lock = _read_entry(location, cwd), _read_lock(location.root, cwd)
    return SourceTree(files, entry, lock, read_project(location))


def read_file(path: Path, root: Path, cwd: Path) -> SourceFile:
    """Return a file that is imported by its path below ``root``; an unreadable file has a fault."""
    parts = path.relative_to(root).with_suffix("").parts
    module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    shown = _shown(path, cwd)
    try:
        text, encoding, fault = decode(path.read_bytes())
    except OSError as error:
        text, encoding, fault = "", "utf-8", Fault(error.strerror or str(error), FILE_START)
    return SourceFile(shown, module, text, fault, encoding, path)


def decode(data: bytes) -> tuple[str, str, Fault | None]:
    """Return Python source without its byte-order mark, its encoding, and a fault if it is cut."""
    encoding, fault = "utf-8", None
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:  # an unknown encoding, or bytes that are not UTF-8
        fault = Fault(f"{error.msg}, so save it as UTF-8", FILE_START)
    try:
        return data.decode(encoding), encoding, fault
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, "replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        fault = Fault(
            f"it is not {encoding}, so save it as UTF-8", Range(line, column, line, column + 1)
        )
    except (LookupError, UnicodeError):  # declared as rot13, idna or the like
        fault = Fault(f"it is declared as {encoding}, so save it as UTF-8", FILE_START)
    return data.decode("utf-8", "replace"), encoding, fault


def encode(file: SourceFile, text: str) -> bytes:
    """Return the bytes of a text, in the encoding of the file."""
    return codecs.encode(text, file.encoding)


def _python_files(package: Path) -> Iterator[Path]:
    for folder, subfolders, names in os.walk(package):
        subfolders[:] = [name for name in subfolders if not _is_foreign(Path(folder, name))]
        yield from (Path(folder, name) for name in names if name.endswith(".py"))


def _is_foreign(folder: Path) -> bool:
    return (
        folder.name in _NOT_THE_PORT
        or folder.name.startswith(".")
        or (folder / "pyvenv.cfg").exists()
    )


def _read_entry(location: PortLocation, cwd: Path) -> Entry:
    pyproject = location.root / "pyproject.toml"
    path, text, range_ = location.source, "", FILE_START
    if read_port(location.root) == location:
        path, text = pyproject, pyproject.read_text("utf-8")
        range_ = _entry_range(text, location.entry)
    elif not path.is_file():
        raise TargetError(
            f"{location.entry}: no file {_shown(path, cwd)}",
            hint="name a port's folder or module:Class; `lucid new NAME` writes a port",
        )
    return Entry(location.module, location.class_name, _shown(path, cwd), text, range_)


def _read_lock(root: Path, cwd: Path) -> Lock | None:
    try:
        return Lock(_shown(root / LOCK_PATH, cwd), read_lock_data(root))
    except TargetError:
        return None


def _entry_range(pyproject: str, entry: str) -> Range:
    found = re.search(rf"""\bport\s*=\s*(["']){re.escape(entry)}\1""", pyproject)
    if found is None:
        return FILE_START
    start = found.start(1)
    line, column = pyproject.count("\n", 0, start) + 1, start - pyproject.rfind("\n", 0, start)
    return Range(line, column, line, column + found.end() - start)


def _shown(path: Path, cwd: Path) -> str:
    return str(path.relative_to(cwd) if path.is_relative_to(cwd) else path)
