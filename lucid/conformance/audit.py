"""What Python code does to the world: sockets, files, forks, by ``sys.addaudithook``."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

_NETWORK = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}
_CHANGES = {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink"}
_FORKS = {"os.fork", "os.forkpty"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


@dataclass(frozen=True)
class Deed:
    """One thing that the port's code did."""

    kind: str
    """``network``, ``write`` or ``fork``."""
    what: str
    where: str
    """File and line, in the port where it has a part in it."""
    phase: str


class Audit:
    """Records what any thread but the driver's does. One per process: a hook cannot be removed."""

    def __init__(self) -> None:
        self.deeds: list[Deed] = []
        self.phase: Callable[[], str] = lambda: "import"
        self.root = Path.cwd()
        self._driver: int | None = None
        self._allowed: tuple[str, ...] = ()
        self._on = False
        self._hooked = False

    def start(self, root: Path, phase: Callable[[], str], *, ignore_this_thread: bool) -> None:
        """Record from now on, afresh."""
        self.deeds, self.root, self.phase = [], root, phase
        self._driver = threading.get_ident() if ignore_this_thread else None
        # The hook must call nothing that opens files or takes locks: it runs inside such calls.
        self._allowed = _allowed()
        self._on = True
        if not self._hooked:
            self._hooked = True
            sys.addaudithook(self._see)

    def stop(self) -> None:
        """Record nothing more."""
        self._on = False

    def of(self, kind: str, *phases: str) -> list[Deed]:
        """The deeds of a kind, in phases that start so (all without)."""
        return [
            deed
            for deed in self.deeds
            if deed.kind == kind and (not phases or deed.phase.startswith(phases))
        ]

    def _see(self, event: str, args: tuple[Any, ...]) -> None:
        if not self._on or threading.get_ident() == self._driver:
            return
        if event == "open":
            path, _, flags = args
            if not (isinstance(flags, int) and flags & _WRITES) or not self._is_stray(path):
                return
            self._note("write", f"opens {path} to write")
        elif event in _NETWORK:
            self._note("network", f"{event}({', '.join(map(str, args[-1:]))})")
        elif event in _FORKS:
            self._note("fork", f"{event}()")
        elif event in _CHANGES and self._is_stray(args[0]):
            self._note("write", f"{event}({args[0]})")

    def _is_stray(self, path: object) -> bool:
        """Return whether a player's disk should not see a write to this path."""
        if not isinstance(path, str | bytes | os.PathLike):
            return False  # a descriptor that is open already
        full = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - Path.resolve opens files itself
        return "__pycache__" not in full and not full.startswith(self._allowed)

    def _note(self, kind: str, what: str) -> None:
        where = place(sys._getframe(2), self.root)
        self.deeds.append(Deed(kind, what, where, self.phase()))


AUDIT = Audit()


def place(frame: FrameType | None, root: Path) -> str:
    """The innermost line of the port; where it has none, of whoever called."""
    root = root.resolve()
    first = ""
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(str(root)) and "site-packages" not in name:
            return f"{Path(name).relative_to(root)}:{frame.f_lineno}"
        if not first and __file__ != name:
            first = f"{name}:{frame.f_lineno}"
        frame = frame.f_back
    return first


def _allowed() -> tuple[str, ...]:
    """Return the folders that a port may write to: devices, temporary files and caches."""
    home = os.environ.get("HOME", "/nonexistent")
    caches = ("XDG_CACHE_HOME", "HF_HOME", "TORCH_HOME", "TRITON_CACHE_DIR", "PYTHONPYCACHEPREFIX")
    return (
        "/dev/",
        "/proc/",
        tempfile.gettempdir(),
        f"{home}/.cache",
        f"{home}/.triton",
        f"{home}/.nv",
        *(value for name in caches if (value := os.environ.get(name))),
    )
