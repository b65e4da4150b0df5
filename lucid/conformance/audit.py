"""Record network calls, file writes and forks of Python code, with ``sys.addaudithook``."""

import os
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

_NETWORK = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}
_CHANGES = {
    "os.remove": slice(0, 1), "os.rename": slice(0, 2), "os.mkdir": slice(0, 1),
    "os.rmdir": slice(0, 1), "os.link": slice(1, 2), "os.symlink": slice(1, 2),
}  # fmt: skip
"""Which arguments of an event are the paths that it changes."""
_FORKS = {"os.fork", "os.forkpty"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


@dataclass(frozen=True)
class AuditEvent:
    """A network call, a write or a fork of the port's code."""

    kind: str
    """``network``, ``write`` or ``fork``."""
    text: str
    line: str
    """File and line, in the port if the port is on the stack."""
    phase: str

    def __str__(self) -> str:
        return f"{self.text} at {self.line}"


class Audit:
    """Records the events of all threads but the driver's. One per process: hooks stay forever."""

    def __init__(self) -> None:
        self.events: list[AuditEvent] = []
        self.phase: Callable[[], str] = lambda: "import"
        self.root = Path.cwd()
        self._driver: int | None = None
        self._allowed: tuple[str, ...] = ()
        self._on = False
        self._hooked = False

    def start(self, root: Path, phase: Callable[[], str], *, ignore_this_thread: bool) -> None:
        """Forget earlier events and record from now on."""
        self.events, self.root, self.phase = [], root, phase
        self._driver = threading.get_ident() if ignore_this_thread else None
        # The hook must call nothing that opens files or takes locks: it runs inside such calls.
        self._allowed = _allowed()
        self._on = True
        if not self._hooked:
            self._hooked = True
            sys.addaudithook(self._hook)

    def stop(self) -> None:
        """Stop recording."""
        self._on = False

    def of(self, kind: str, *phases: str) -> list[AuditEvent]:
        """Return the events of a kind, of all phases or those that start with ``phases``."""
        return [e for e in self.events if e.kind == kind and e.phase.startswith(phases or "")]

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if not self._on or threading.get_ident() == self._driver:
            return
        if event == "open":
            path, _, flags = args
            if not (isinstance(flags, int) and flags & _WRITES) or not self._is_stray(path):
                return
            self._record("write", f"opens {path} to write")
        elif event in _NETWORK:
            self._record("network", f"{event}({', '.join(map(str, args[-1:]))})")
        elif event in _FORKS:
            self._record("fork", f"{event}()")
        elif event in _CHANGES and args[-1] == -1:  # otherwise the path is relative to a descriptor
            for path in filter(self._is_stray, args[_CHANGES[event]]):
                self._record("write", f"{event}({path})")

    def _is_stray(self, path: object) -> bool:
        """Return whether a port may not write to this path."""
        if not isinstance(path, str | bytes | os.PathLike):
            return False  # a descriptor that is open already
        full = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - Path.resolve opens files itself
        return "__pycache__" not in full and not full.startswith(self._allowed)

    def _record(self, kind: str, text: str) -> None:
        line = source_line(sys._getframe(2), self.root)
        self.events.append(AuditEvent(kind, text, line, self.phase()))


AUDIT = Audit()


def source_line(frame: FrameType | None, root: Path) -> str:
    """Return the innermost line of the port on the stack, or else the caller's line."""
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


def raised_at(error: BaseException, root: Path) -> str:
    """Return `` (FILE:LINE)``, the innermost line of the port in a traceback; empty if none is."""
    root = root.resolve()
    for frame, line in reversed([*traceback.walk_tb(error.__traceback__)]):
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(root) and "site-packages" not in file.parts:
            return f" ({file.relative_to(root)}:{line})"
    return ""


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
