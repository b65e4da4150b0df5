"""Build the environment of a port, unless it already fits."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from lucid.environment.find import (
    STAMP,
    Needs,
    Stamp,
    foreign_environment,
    is_whole,
    lucid_files,
    lucid_folder,
    lucid_sha256,
    old_folder,
    python_of,
    read_needs,
    read_stamp,
    venv_folder,
)
from lucid.environment.tools import Pip, Uv, find_installer
from lucid.errors import MachineError, TargetError
from lucid.machine import find_gpus, torch_build

KEPT_LINES = 12
"""Number of lines of a failed command that an error shows, the last ones."""
CUDA_ONLY = re.compile(r"flash[-_.]attn\b", re.I)
"""Packages that compile CUDA code with the installed torch."""
_BUILD_TOOLS = ("setuptools", "wheel", "ninja", "psutil")
_KILL_S = 5.0

Say = Callable[[str], None]


def sync_environment(port: Path, say: Say) -> Path | None:
    """Build the environment that a port needs; return its Python, or None if it needs none.

    If the environment already fits, no command runs. ``say`` gets each command before it runs, and
    each line that it prints. If a command fails or is interrupted, the previous environment is
    restored.

    Raises:
        TargetError: pyproject.toml is wrong.
        MachineError: No Python fits, a command fails, or the disk cannot be written.
    """
    needs = read_needs(port)
    if needs is None:
        return None
    for text in needs.packages:
        _check_requirement(port, text)
    try:
        return _sync(port, needs, say)
    except OSError as error:
        raise MachineError(
            f"{venv_folder(port)} cannot be written: {error.strerror or error}",
            hint=f"free disk space, or stop the programs that use it, then run `lucid sync {port}`",
        ) from None


def _check_requirement(port: Path, text: str) -> None:
    try:
        Requirement(text)
    except InvalidRequirement as error:
        raise TargetError(
            f"{port / 'pyproject.toml'}: {text!r} is not a requirement: "
            f"{str(error).splitlines()[0]}",
            hint='write for example "einops>=0.8"',
        ) from None


def _sync(port: Path, needs: Needs, say: Say) -> Path:
    folder = venv_folder(port)
    _recover(port)
    stamp = read_stamp(folder) if is_whole(folder) else None
    installer = find_installer(needs.python)
    torch = None if installer.has_own_index() else torch_build(find_gpus()[0])
    wanted = Stamp(needs.sha256, lucid_sha256(), torch)
    if stamp == wanted:
        say(f"{folder} already fits the port")
    elif stamp is not None and (stamp.needs_sha256, stamp.torch) == (needs.sha256, torch):
        say(f"Installing this version of Lucid into {folder}")
        _install_lucid(port, installer, say)
        _write_stamp(folder, wanted)
    else:
        with _replaced(port, say):
            _build(port, needs, installer, torch, say)
            _write_stamp(folder, wanted)
    return python_of(folder)


def _build(port: Path, needs: Needs, installer: Uv | Pip, torch: str | None, say: Say) -> None:
    folder = venv_folder(port)
    late = [package for package in needs.packages if CUDA_ONLY.match(package)]
    packages = [package for package in needs.packages if package not in late]
    for_cuda = os.environ.get("UV_TORCH_BACKEND", "").startswith("cu")  # for another machine
    if late and not for_cuda and not find_gpus()[0]:
        say(f"Leaving out {', '.join(late)}: this machine has no NVIDIA GPU")
        late = []
    say(f"Building {folder}, with {torch_text(torch)}. Packages from source run their own code.")
    _run(port, installer.create(folder), say)
    (folder / ".gitignore").write_text("*\n", "utf-8")
    with tempfile.TemporaryDirectory() as scratch:
        wheel = str(write_wheel(Path(scratch)))
        tools = _BUILD_TOOLS if late else ()
        _run(port, installer.install(folder, [wheel, *packages, *tools], torch), say)
    if late:
        _run(port, installer.install(folder, late, torch, "--no-build-isolation"), say)


def torch_text(torch: str | None) -> str:
    """Describe the build of torch in an environment, for a message."""
    if torch is None:
        return "packages from the index in your configuration"
    return f"packages for {'the processor' if torch == 'cpu' else f'CUDA ({torch})'}"


def _install_lucid(port: Path, installer: Uv | Pip, say: Say) -> None:
    folder = venv_folder(port)
    flags = ["--no-deps", "--reinstall" if isinstance(installer, Uv) else "--force-reinstall"]
    with tempfile.TemporaryDirectory() as scratch:
        wheel = str(write_wheel(Path(scratch)))
        _run(port, installer.install(folder, [wheel], None, *flags), say)


def _write_stamp(folder: Path, stamp: Stamp) -> None:
    draft = folder / f"{STAMP}.new"
    draft.write_text(json.dumps(asdict(stamp), indent=2) + "\n", "utf-8")
    draft.replace(folder / STAMP)


@contextmanager
def _replaced(port: Path, say: Say) -> Iterator[None]:
    """Move the environment away. Move it back if the block fails; otherwise remove it.

    The new environment is built in its final place, because its scripts contain its path.
    """
    folder, old = venv_folder(port), old_folder(port)
    folder.parent.mkdir(exist_ok=True)
    if folder.exists():
        folder.rename(old)
    try:
        yield
    except BaseException as error:
        _recover(port)
        if isinstance(error, KeyboardInterrupt):
            say(
                "Interrupted: the previous environment, if any, is unchanged. "
                f"Run `lucid sync {port}` to build the new one"
            )
        raise
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _interrupted_by_sigterm() -> Iterator[None]:
    """Let SIGTERM raise KeyboardInterrupt, as Ctrl-C does, so that a sync cleans up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _recover(port: Path) -> None:
    """Undo a sync that was interrupted: remove what it built, and move the old environment back."""
    folder, old = venv_folder(port), old_folder(port)
    if read_stamp(folder) is not None:
        shutil.rmtree(old, ignore_errors=True)
        return
    shutil.rmtree(folder, ignore_errors=True)
    if old.exists():
        old.rename(folder)


def _run(port: Path, command: Sequence[str], say: Say) -> None:
    """Run a command and report its lines. On an interrupt, kill it and its child processes."""
    say(f"$ {shlex.join(command)}")
    last: deque[str] = deque(maxlen=KEPT_LINES)
    try:
        with _interrupted_by_sigterm():
            code = _follow(command, last, say)
    except OSError as error:
        raise MachineError(
            f"{command[0]} cannot be run: {error.strerror or error}",
            hint=f"install it again, then run `lucid sync {port}`",
        ) from None
    if code == 0:
        return
    words = command[: command.index("install") + 1] if "install" in command else command[:3]
    raise MachineError(
        f"the environment of {port} cannot be built: `{shlex.join(words)}` ended with code {code}\n"
        + "\n".join(last),
        hint=f"the previous environment, if any, is unchanged. Correct {port / 'pyproject.toml'} "
        f"(requires-python, or the extra engine), or the network, and run `lucid sync {port}`",
    )


def _follow(command: Sequence[str], last: deque[str], say: Say) -> int:
    """Run a command in a process group of its own to its end; return its exit code."""
    options: dict[str, Any] = {"process_group": 0}
    if sys.platform == "win32":
        options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        # uv then trusts the machine's certificates, as pip does. Proxies of companies need that.
        env={"UV_NATIVE_TLS": "1", **foreign_environment()},
        **options,
    ) as child:
        assert child.stdout is not None
        try:
            for line in child.stdout:
                if line.strip():
                    last.append(line.rstrip())
                    say(line.rstrip())
            return child.wait()
        except BaseException:
            _kill(child)
            raise


def _kill(child: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            child.kill()
        else:
            os.killpg(child.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                child.wait(_KILL_S)
            os.killpg(child.pid, signal.SIGKILL)


REQUIREMENTS = (
    "av>=14",  # converts frames on the processor
    "huggingface-hub>=0.32",
    "numpy>=1.26",
    "pillow>=11",
    "pydantic>=2.11",
)
"""The requirements of the part of Lucid that runs in a port's environment."""
_WHEEL = "Wheel-Version: 1.0\nGenerator: lucid\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_ENTRY_POINTS = "[pytest11]\nlucid = lucid.conformance.plugin\n"


def write_wheel(folder: Path) -> Path:
    """Write a wheel of this Lucid's modules into a folder; return its path.

    It contains the installed files, so no source tree is needed. It has neither the command
    ``lucid`` nor the requirements of the server.
    """
    number = version("lucid-runtime")
    info = f"lucid_runtime-{number}.dist-info"
    root = lucid_folder().parent
    members = {path.relative_to(root).as_posix(): path.read_bytes() for path in lucid_files()}
    members["lucid/py.typed"] = b""
    metadata = (
        f"Metadata-Version: 2.1\nName: lucid-runtime\nVersion: {number}\nRequires-Python: >=3.11\n"
        + "".join(f"Requires-Dist: {requirement}\n" for requirement in REQUIREMENTS)
    )
    for name, text in (
        ("METADATA", metadata),
        ("WHEEL", _WHEEL),
        ("entry_points.txt", _ENTRY_POINTS),
    ):
        members[f"{info}/{name}"] = text.encode()
    record = "".join(f"{name},{_hash(data)},{len(data)}\n" for name, data in members.items())
    members[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    path = folder / f"lucid_runtime-{number}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, data in members.items():
            wheel.writestr(name, data)
    return path


def _hash(data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest())
    return f"sha256={digest.decode().rstrip('=')}"
