"""Read pyproject.toml and lucid.lock of a port, and hash files, without slow imports."""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lucid.errors import TargetError, reason

LOCK_PATH = "lucid.lock"


def read_pyproject(folder: Path, *keys: str) -> Any:
    """Return the value at ``keys`` in a folder's pyproject.toml, or None if it is missing.

    Raises:
        TargetError: The file exists but cannot be read.
    """
    path = folder / "pyproject.toml"
    try:
        value: Any = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TargetError(f"{path} cannot be read: {reason(error)}") from None
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def read_lock_data(folder: Path) -> dict[str, Any]:
    """Return the JSON object in a port's lucid.lock; ``lucid.lock.read_lock`` also validates it.

    Raises:
        TargetError: The file is missing, or is not a JSON object.
    """
    path = folder / LOCK_PATH
    try:
        data = json.loads(path.read_bytes())
    except FileNotFoundError:
        what = (
            f"{path} is missing: it records what the port was made from"
            if folder.is_dir()
            else f"{folder}: no such folder"
        )
        raise TargetError(
            what,
            hint="name the folder of a port that `lucid new` wrote",
        ) from None
    except OSError as error:
        raise TargetError(f"{path} cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise not_a_lock(path, f"it is not JSON ({error})") from None
    if not isinstance(data, dict):
        raise not_a_lock(path, "it is not a JSON object")
    return data


def not_a_lock(path: Path, reason: str) -> TargetError:
    """Return the error for a file that Lucid did not write."""
    return TargetError(
        f"{path} is not a lock that Lucid wrote: {reason}",
        hint="restore it from version control, or write the port again with `lucid new`",
    )


def normalised(distribution: str) -> str:
    """Return the name of a distribution as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def digest_files(root: Path, paths: Iterable[Path]) -> str:
    """Return the SHA-256 of the files that exist: their names below ``root``, and their bytes."""
    digest = hashlib.sha256()
    for path in paths:
        if path.is_file():
            digest.update(f"{path.relative_to(root).as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
