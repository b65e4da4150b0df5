"""Ports with packages of their own, and the wheels of these packages."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

PORT = """
import platform

import numpy as np
import tinydep
from lucid import InputFile, LucidModel, LucidSession, hold, image_input, input, publish


class Session(LucidSession["World"]):
    light = 20

    @input(binding=hold(keys=("KeyW",)))
    def glow(self, pressed: bool) -> None:
        self.light = 220 if pressed else 20

    @input(description="Take the colour of a picture")
    def look_at(self, image: InputFile = image_input(size=(64, 64))) -> None:
        self.light = int(image.rgb().mean())

    async def run(self) -> None:
        about = {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "tinydep": tinydep.VERSION,
        }
        while self.ctx.running:
            await self.ctx.publish("about", about)
            await self.ctx.publish("sound", np.zeros((160, 1), np.int16))
            frame = np.full((64, 64, 3), self.light, np.uint8)
            frame[:32] //= 2
            await self.ctx.publish("view", frame)


class World(LucidModel):
    name = "tiny-world"
    session_cls = Session
    outputs = (
        publish.video(name="view", width=64, height=64, fps=30),
        publish.audio(name="sound", sample_rate_hz=16000, channels=1),
        publish.json(name="about"),
    )

    def create_session(self, ctx):
        return Session(self, ctx)
"""


def write_port(root: Path, python: str, *packages: str) -> Path:
    """Write a port that needs these versions of Python and these packages."""
    (root / "tiny_world").mkdir(parents=True, exist_ok=True)
    (root / "tiny_world" / "port.py").write_text(PORT, "utf-8")
    write_pyproject(root, python, *packages)
    lock = {
        "lock_version": 1, "lucid_version": "0.1.0", "name": "tiny_world", "family": "blank",
        "templates_sha256": "0" * 64, "source": None, "answers": {}, "rendered": {},
    }  # fmt: skip
    (root / "lucid.lock").write_text(json.dumps(lock), "utf-8")
    return root


def write_pyproject(root: Path, python: str, *packages: str) -> None:
    text = f"""
        [project]
        name = "tiny_world"
        version = "0.1.0"
        requires-python = "{python}"
        dependencies = ["lucid-runtime[serve]>=0.1.0"]

        [project.optional-dependencies]
        engine = {json.dumps(packages)}

        [tool.lucid]
        port = "tiny_world.port:World"
    """
    (root / "pyproject.toml").write_text(textwrap.dedent(text), "utf-8")


def write_wheels(folder: Path) -> Path:
    """Write two versions of the package ``tinydep``, of which an environment can have one."""
    folder.mkdir()
    for version in ("1.0", "2.0"):
        info = f"tinydep-{version}.dist-info"
        with zipfile.ZipFile(folder / f"tinydep-{version}-py3-none-any.whl", "w") as wheel:
            wheel.writestr("tinydep.py", f"VERSION = {version!r}\n")
            about = f"Metadata-Version: 2.1\nName: tinydep\nVersion: {version}\n"
            wheel.writestr(f"{info}/METADATA", about)
            wheel.writestr(
                f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            )
            wheel.writestr(f"{info}/RECORD", "")
    return folder


def hanging_package(folder: Path, mark: Path) -> str:
    """Return a requirement whose build writes its process id into ``mark``, and hangs."""
    folder.mkdir()
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "hang"\nbackend-path = ["."]\n', "utf-8"
    )
    body = f"""
        import os, time

        def prepare_metadata_for_build_wheel(*args, **options):
            with open({str(mark) + ".new"!r}, "w") as file:
                file.write(str(os.getpid()))
            os.rename({str(mark) + ".new"!r}, {str(mark)!r})
            time.sleep(600)

        build_wheel = prepare_metadata_for_build_wheel
    """
    (folder / "hang.py").write_text(textwrap.dedent(body), "utf-8")
    return f"hangs @ {folder.as_uri()}"


def find_python(version: str) -> Path | None:
    """Return an interpreter of this version, on PATH or of pyenv."""
    pyenv = Path.home() / ".pyenv" / "versions"
    installed = sorted(pyenv.glob(f"{version}.*/bin/python{version}"))
    on_path = shutil.which(f"python{version}")
    for program in [*installed, *([Path(on_path)] if on_path else [])]:
        run = subprocess.run([program, "-c", ""], capture_output=True, check=False)
        if run.returncode == 0:
            return program
    return None


def find_uv() -> Path | None:
    """Return uv, which `pip install '.[dev]'` installs beside this interpreter."""
    beside = Path(sys.executable).with_name("uv")
    on_path = shutil.which("uv")
    return beside if beside.exists() else Path(on_path) if on_path else None


def variables(wheels: Path, *folders: Path | None) -> dict[str, str]:
    """Return the variables of a sync that finds these wheels, and programs in these folders."""
    path = [str(folder) for folder in folders if folder is not None]
    links = " ".join(filter(None, (str(wheels), os.environ.get("PIP_FIND_LINKS"))))
    return {
        "PATH": os.pathsep.join([*path, os.defpath]),
        "PIP_FIND_LINKS": links,
        "PIP_NO_COMPILE": "1",
        "UV_FIND_LINKS": str(wheels),
    }
