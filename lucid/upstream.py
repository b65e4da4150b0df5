"""Fetch upstream code that is not a package, at the locked commit, into ``upstream/``."""

import logging
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import ValidationError

from lucid._git import COMMIT, Answer, look_up, run_git, why_git_failed
from lucid._port_files import LOCK_PATH
from lucid.errors import TargetError, UpstreamError
from lucid.lock import Lock, Upstream, find_lock, read_lock

UPSTREAM_DIR = "upstream"
_SHOWN_CHANGES = 5
_SUBMODULE = "160000 "
"""How git lists a submodule among the files."""

logger = logging.getLogger(__name__)


def use_upstream(engine_file: str, folder: str = "") -> Path:
    """Add the upstream code of a port to the import path; return its checkout.

    Call this in ``Engine.load`` with ``__file__``, before importing upstream modules. ``folder`` is
    the folder of these modules in the checkout, for example ``src``.

    Raises:
        UpstreamError: `lucid sync` has not fetched the code, or it is at another commit.
    """
    port = _port_of(Path(engine_file).resolve())
    upstream, checkout = _locked(port), find_checkout(port)
    if changed := changes(checkout):
        logger.warning("%s has local changes: %s", checkout, ", ".join(changed))
    modules = checkout / folder
    if not modules.is_dir():
        raise UpstreamError(f"{upstream.url} at {upstream.commit} has no folder {folder!r}")
    if str(modules) not in sys.path:
        sys.path.insert(0, str(modules))
    return checkout


def find_checkout(port: Path) -> Path:
    """Return the checkout of a port's upstream code.

    Raises:
        UpstreamError: The lock names no code, or `lucid sync` has not fetched its commit.
    """
    upstream = _locked(port)
    checkout = port / UPSTREAM_DIR / upstream.name
    sync = f"run `lucid sync {port}`"
    if not checkout.is_dir():
        raise UpstreamError(f"the code of {upstream.url} has not been fetched yet", hint=sync)
    if (commit := _commit_of(checkout)) != upstream.commit:
        raise UpstreamError(
            f"{checkout} is at {commit or 'no commit'}, but {LOCK_PATH} requires {upstream.commit}",
            hint=sync,
        )
    return checkout


def sync(port: Path, say: Callable[[str], None], source: str | None = None) -> Path | None:
    """Fetch the upstream code in the port's lock; return its checkout, or None if there is none.

    ``source``, a ``URL@COMMIT`` or ``URL@TAG``, is fetched instead, and then written into the lock.
    If the checkout is at the commit, no code is fetched. A new checkout replaces the old one with a
    rename, so an interrupt keeps the old one.

    Raises:
        TargetError: the lock is invalid, or ``source`` is not a URL with a commit or tag.
        UpstreamError: the code cannot be fetched, or local changes would be lost.
    """
    lock = find_lock(port) if source is None else read_lock(port)
    if lock is None:
        return None
    upstream = lock.upstream if source is None else _named(source, say)
    if upstream is None:
        return None
    checkout = _check_out(port, upstream, say)
    if upstream != lock.upstream:
        _write_lock(port, lock.model_copy(update={"upstream": upstream}))
        say(f"{LOCK_PATH} now names {upstream.url} at {upstream.commit}")
    return checkout


def _check_out(port: Path, upstream: Upstream, say: Callable[[str], None]) -> Path:
    home = port / UPSTREAM_DIR
    checkout = home / upstream.name
    if checkout.exists():
        if changed := changes(checkout):
            raise UpstreamError(
                f"{checkout} has local changes: {', '.join(changed)}",
                hint=f"undo them with `git -C {checkout} checkout .`, or move the folder away",
            )
        if _commit_of(checkout) == upstream.commit:
            say(f"{checkout} is already at {upstream.commit}")
            return checkout
    home.mkdir(exist_ok=True)
    (home / ".gitignore").write_text("*\n", "utf-8")  # `lucid sync` restores the code from the lock
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=home) as scratch:
        fresh = Path(scratch) / upstream.name
        say(look_up(upstream.url, upstream.commit).message)
        say(f"Fetching {upstream.url} at {upstream.commit}")
        _fetch(upstream, fresh)
        if checkout.exists():
            checkout.rename(Path(scratch) / "old")
        fresh.rename(checkout)
    return checkout


def changes(checkout: Path) -> list[str]:
    """Return the first files that differ from the commit; an empty list without git.

    Git ignores the configuration of the checkout, which could name commands to run.
    """
    if shutil.which("git") is None or not (checkout / ".git").exists():
        return []
    changed = list(_changes(checkout.absolute()))
    more = [f"and {len(changed) - _SHOWN_CHANGES} more"] if len(changed) > _SHOWN_CHANGES else []
    return changed[:_SHOWN_CHANGES] + more


def _changes(checkout: Path) -> Iterator[str]:
    """Yield the files that differ, also in submodules."""
    own, commit = _git_folder(checkout), _commit_of(checkout)
    if own is None or commit is None:
        return
    with tempfile.TemporaryDirectory(prefix="lucid-git-") as folder:
        empty = Path(folder)
        for name in ("objects", "refs"):
            (empty / name).mkdir()
        (empty / "HEAD").write_text(commit, "utf-8")
        variables = {
            "GIT_DIR": str(empty),
            "GIT_WORK_TREE": str(checkout),
            "GIT_INDEX_FILE": str(own / "index"),
            "GIT_OBJECT_DIRECTORY": str(own / "objects"),
            "GIT_OPTIONAL_LOCKS": "0",
        }
        options = ("--porcelain", "--untracked-files=no", "--ignore-submodules=all")
        modes = ("-c", f"core.fileMode={str(sys.platform != 'win32').lower()}")
        status = run_git(checkout, *modes, "status", *options, variables=variables)
        files = run_git(checkout, "ls-files", "-s", "-z", variables=variables)
    yield from (line[3:] for line in status.stdout.splitlines())
    for line in files.stdout.split("\0"):
        if line.startswith(_SUBMODULE):
            path = line.partition("\t")[2]
            yield from (f"{path}/{changed}" for changed in _changes(checkout / path))


def _git_folder(checkout: Path) -> Path | None:
    """Return the folder of git's data of a checkout, whose ``.git`` may be a file that names it."""
    git = checkout / ".git"
    if git.is_dir():
        return git
    try:
        return checkout / git.read_text("utf-8").removeprefix("gitdir:").strip()
    except OSError:
        return None


def _port_of(file: Path) -> Path:
    """Return the folder of the port of ``file``, which is the nearest folder with a lock."""
    for folder in file.parents[:4]:
        if (folder / LOCK_PATH).is_file():
            return folder
    raise UpstreamError(
        f"no folder above {file} has a {LOCK_PATH}, which names the upstream code",
        hint="serve the port from its own folder, not from an installed copy",
    )


def _locked(port: Path) -> Upstream:
    try:
        upstream = read_lock(port).upstream
    except TargetError as error:
        raise UpstreamError(error.message, hint=error.hint) from None
    if upstream is None:
        raise UpstreamError(
            f"{port / LOCK_PATH} names no upstream code",
            hint=f"name it with `lucid sync {port} --from URL@COMMIT`",
        )
    return upstream


def _named(source: str, say: Callable[[str], None]) -> Upstream:
    """Return the upstream of a ``URL@COMMIT`` or ``URL@TAG``; ask the server for a tag's commit.

    Raises:
        TargetError: it is not of this form, or there is no such tag.
        UpstreamError: the server cannot be asked for the tag.
    """
    url, at, revision = source.removeprefix("git+").rpartition("@")
    if not at or not revision or {"/", ":"} & set(revision):
        raise TargetError(
            f"{source!r} names no commit",
            hint="write URL@COMMIT, for example https://github.com/ORG/NAME@ and the commit's 40 "
            "hex digits, or a tag",
        )
    try:
        Upstream(url=url, commit="0" * 40)
    except ValidationError:
        raise TargetError(
            f"{url!r} is not the URL of a git repository",
            hint="it starts with https://, ssh://, git:// or file://, or it is an absolute path",
        ) from None
    if COMMIT.fullmatch(revision):
        return Upstream(url=url, commit=revision)
    found = look_up(url, revision)
    if found.answer is Answer.ABSENT:
        raise TargetError(
            found.message,
            hint=f"`git ls-remote {url}` lists its tags; a commit needs all of its 40 hex digits",
        )
    if found.commit is None:
        raise UpstreamError(
            found.message, hint="check the URL and the network, or name the commit's 40 hex digits"
        )
    say(found.message)
    return Upstream(url=url, commit=found.commit)


def _write_lock(port: Path, lock: Lock) -> None:
    """Replace the lock with a rename, so an interrupt keeps the old one."""
    fresh = port / f".{LOCK_PATH}.new"
    try:
        fresh.write_text(lock.as_text(), "utf-8", newline="\n")
        fresh.replace(port / LOCK_PATH)
    except OSError as error:
        raise TargetError(f"{port / LOCK_PATH} cannot be written: {error.strerror}") from None


def _commit_of(checkout: Path) -> str | None:
    """Return the commit of a checkout from git's HEAD, which works without git."""
    try:
        folder = _git_folder(checkout)
        return None if folder is None else (folder / "HEAD").read_text("utf-8").strip()
    except OSError:
        return None


def _fetch(upstream: Upstream, folder: Path) -> None:
    """Check out one commit with its submodules, without history if the server allows that."""
    folder.mkdir(parents=True)
    steps = (
        ("init", "--quiet"),
        ("remote", "add", "origin", upstream.url),
        ("fetch", "--quiet", "--depth", "1", "origin", upstream.commit),
        ("checkout", "--quiet", "--detach", upstream.commit),
        ("submodule", "--quiet", "update", "--init", "--recursive", "--depth", "1"),
    )
    for step in steps:
        run = run_git(folder, *step)
        if run.returncode and step[0] == "fetch":
            # Some servers only allow fetching branches, so fetch the full history.
            run = run_git(folder, "fetch", "--quiet", "origin")
        if run.returncode:
            raise _cannot_fetch(upstream, step[0], run.stderr)


def _cannot_fetch(upstream: Upstream, step: str, stderr: str) -> UpstreamError:
    return UpstreamError(
        f"{upstream.url} at {upstream.commit} cannot be fetched: "
        f"git {step}: {why_git_failed(stderr)}",
        hint="check the network, the URL and the commit",
    )
