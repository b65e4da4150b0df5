"""Write a wheel of the Lucid that runs, for the environment of a port."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from importlib.metadata import version
from pathlib import Path

from lucid.environment.find import lucid_files, lucid_folder

REQUIREMENTS = (
    "av>=14",  # converts frames on the processor
    "huggingface-hub>=0.32",
    "numpy>=1.26",
    "pillow>=11",
    "pydantic>=2.11",
)
"""What the part of Lucid that runs beside a model needs."""
_WHEEL = "Wheel-Version: 1.0\nGenerator: lucid\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_ENTRY_POINTS = "[pytest11]\nlucid = lucid.conformance.plugin\n"


def write_wheel(folder: Path) -> Path:
    """Write a wheel of this Lucid's modules into a folder; return its path.

    It comes from the installed files, so it needs no source tree. It has no command ``lucid`` and
    none of the server's requirements.
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
