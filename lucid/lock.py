"""``lucid.lock``: records what a port was rendered from, so that an update can find changes."""

import json
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from lucid._port_files import LOCK_PATH, not_a_lock, read_lock_data
from lucid.errors import TargetError

LOCK_VERSION = 1


def _inside(path: str) -> str:
    if not path or "\\" in path or ":" in path or not {"", ".", ".."}.isdisjoint(path.split("/")):
        raise ValueError("the path must be inside the port")
    return path


InsidePath = Annotated[str, AfterValidator(_inside)]
Commit = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class LockedFile(_Frozen):
    """A file of the repo at the locked commit."""

    path: str
    size_bytes: int | None
    sha256: str | None


class Source(_Frozen):
    """The repo that the port was rendered from."""

    repo: str
    revision: str | None
    """The requested branch, tag or commit; None for a local folder."""
    commit: str | None
    """The commit of ``revision`` or, if none is known, ``NOT_PINNED``; None for a local folder."""
    files: tuple[LockedFile, ...] = ()


class Needed(_Frozen):
    """Another repo that the engine downloads files of."""

    repo: str
    commit: str
    """Its commit or, if none is known, ``not pinned``."""
    size_bytes: int | None
    """The size of these files."""


class Upstream(_Frozen):
    """The code that runs the world model, if it is not an installable package."""

    url: Annotated[str, Field(pattern=r"^(https?|ssh|git|file)://[^\s-]\S*$|^/")]
    commit: Commit

    @property
    def name(self) -> str:
        """The folder name of the checkout, from the last part of the URL."""
        last = self.url.rstrip("/").rpartition("/")[2].removesuffix(".git")
        plain = "".join(c if c.isalnum() or c in "_-." else "_" for c in last).strip(".")
        return plain or "code"


class Remote(_Frozen):
    """The server of another engine, whose world the port plays."""

    url: str
    protocol: str
    inputs: tuple[str, ...]
    """The kinds of inputs that it takes."""
    width: int
    height: int
    fps: int | float


class Choices(_Frozen):
    """The user's choices when the port was written; an update uses them again."""

    family: str | None = None
    variant: str | None = None
    answers: dict[str, str] = {}
    """The user's answers by fact, unparsed."""


class Lock(_Frozen):
    """The content of the file."""

    lock_version: int
    lucid_version: str
    name: str
    family: str
    templates_sha256: str
    source: Source | None
    """None for a blank port, and for the world of another engine."""
    needed: tuple[Needed, ...] = ()
    upstream: Upstream | None = None
    remote: Remote | None = None
    choices: Choices = Choices()
    answers: dict[str, Any]
    rendered: dict[InsidePath, str]
    """SHA-256 of every other file when it was rendered, by path."""

    def as_text(self) -> str:
        """Return the text of the file, in ASCII."""
        return json.dumps(self.model_dump(), indent=2) + "\n"


@cache
def lucid_version() -> str:
    """Return the version of Lucid."""
    return version("lucid-runtime")


def find_lock(port: Path) -> Lock | None:
    """Read the lock of a port; return None if it has none, because it was written by hand.

    Raises:
        TargetError: the lock is invalid, or a newer version of Lucid wrote it.
    """
    return read_lock(port) if (port / LOCK_PATH).exists() else None


def read_lock(port: Path) -> Lock:
    """Read the lock of the port in a folder.

    Raises:
        TargetError: it is missing or invalid, or a newer version of Lucid wrote it.
    """
    path = port / LOCK_PATH
    try:
        lock = Lock.model_validate(read_lock_data(port))
    except ValidationError as error:
        first = error.errors()[0]
        raise not_a_lock(path, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    if lock.lock_version > LOCK_VERSION:
        raise TargetError(
            f"{path} was written by a newer version of Lucid ({lock.lucid_version})",
            hint="update Lucid",
        )
    return lock
