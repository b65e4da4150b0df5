"""Download weights at a commit into the Hub's cache. The caller must name each pickle."""

import glob
import logging
import os
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from lucid._target import LOCAL_WEIGHTS
from lucid.errors import HubUnreachableError, WeightsError
from lucid.hub.cache import cache_folder, repo_folder, snapshot_folder
from lucid.hub.client import hub_endpoint, list_files
from lucid.hub.facts import NOT_PINNED, RepoFile
from lucid.hub.http import uses_requests
from lucid.hub.request import Place, ask

Progress = Callable[[str, float | None], None]

PICKLES = frozenset(
    {".bin", ".ckpt", ".dill", ".joblib", ".pickle", ".pkl", ".pt", ".pt2", ".pth", ".tar"}
)
"""Suffixes of files that are pickles or can be."""
_SHARD = re.compile(r"(.*-)(\d{5})(-of-(\d{5})\.\w+)")
_REPORT_S = 0.2

logger = logging.getLogger(__name__)


def download_weights(
    repo: str,
    commit: str,
    files: Sequence[str],
    *,
    pickles: Sequence[str] = (),
    progress: Progress | None = None,
    endpoint: str | None = None,
) -> Path:
    """Download ``files`` of ``repo`` at ``commit``; return their folder in the Hub's cache.

    If LUCID_WEIGHTS names a folder, return the folder of the local files (see ``local_weights``).

    ``files`` and ``pickles`` are paths, or patterns such as ``transformer/*``. Only ``pickles`` may
    match pickles, because reading one can run code (see ``read_weights``). With
    ``progress=ctx.progress``, the player sees the progress. If all paths are in the cache, no
    request is sent.

    Raises:
        HubError: The repo or the Hub does not exist, or refuses access.
        WeightsError: The commit is ``NOT_PINNED``, the repo has no such file, a file outside of
            ``pickles`` is a pickle, or the disk is too small.
    """
    if refused := [path for path in files if _is_pickle(path)]:
        raise WeightsError(
            f"{refused[0]} of {repo} is a pickle: reading it can run code",
            hint="name it in pickles=[...] and read it with read_weights(path, pickles=True)",
        )
    if (local := local_weights(repo)) is not None:
        choose(repo, list_folder(local), files, pickles, where=str(local))
        return local
    if commit == NOT_PINNED:
        raise WeightsError(
            f"{repo} is not pinned: the port names no commit to download",
            hint="run `lucid update PORT`: it writes the current commit into the port",
        )
    folder = snapshot_folder(repo, commit)
    if all((folder / path).is_file() for path in (*files, *pickles)):
        return folder
    try:
        listed = list_files(repo, commit, endpoint)
    except HubUnreachableError as error:
        return _cached(repo, commit, (*files, *pickles), error)
    chosen = choose(repo, listed, files, pickles)
    missing = [file for file in chosen if not (folder / file.path).is_file()]
    _check_space(repo, missing)
    return _download(repo, commit, missing, progress, endpoint) if missing else folder


def local_weights(repo: str) -> Path | None:
    """Return the folder with the local files of ``repo``; None if LUCID_WEIGHTS is not set.

    With LUCID_WEIGHTS=DIR, this is ``DIR/ORG/NAME``, or DIR if that folder does not exist.
    """
    if not (named := os.environ.get(LOCAL_WEIGHTS)):
        return None
    folder = Path(named) / repo
    return folder if folder.is_dir() else Path(named)


def list_folder(folder: Path) -> list[RepoFile]:
    """Return all files of a local folder, as the Hub lists the files of a repo."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return [
        RepoFile(path=path.relative_to(folder).as_posix(), size_bytes=path.stat().st_size)
        for path in sorted(paths)
    ]


def choose(
    repo: str,
    listed: Iterable[RepoFile],
    files: Sequence[str],
    pickles: Sequence[str],
    where: str | None = None,
) -> list[RepoFile]:
    """Return the files of ``repo`` that a pattern matches, each once.

    ``where`` is the local folder of the files; None for the Hub.

    Raises:
        WeightsError: A pattern matches no file.
    """
    listed = list(listed)
    chosen: dict[str, RepoFile] = {}
    for patterns, allowed in ((files, False), (pickles, True)):
        for pattern in patterns:
            matched = [file for file in listed if fnmatchcase(file.path, pattern)]
            taken = [file for file in matched if allowed or not _is_pickle(file.path)]
            if not matched:
                raise _no_file(repo, pattern, where)
            if not taken:
                raise WeightsError(
                    f"{pattern} of {repo} matches pickles only, such as {matched[0].path}",
                    hint="name the pickles that you trust in pickles=[...]: they can run code",
                )
            chosen.update((file.path, file) for file in taken)
    return list(chosen.values())


def _no_file(repo: str, pattern: str, where: str | None) -> WeightsError:
    if where is None:
        return WeightsError(
            f"{repo} has no file {pattern} at the locked commit",
            hint=f"`lucid inspect {repo} --json` lists its files",
        )
    return WeightsError(
        f"{where} has no file {pattern} of {repo}",
        hint=f"put the files of {repo} into DIR/{repo}, where DIR is the folder of --weights DIR "
        f"or {LOCAL_WEIGHTS}",
    )


def _is_pickle(path: str) -> bool:
    return PurePosixPath(path).suffix.lower() in PICKLES


def _cached(repo: str, commit: str, patterns: Sequence[str], error: HubUnreachableError) -> Path:
    """Return the cache's folder if it has a match for each pattern, with all shards.

    Raises:
        HubUnreachableError: A file is missing. The message adds it to that of ``error``.
    """
    folder = snapshot_folder(repo, commit)
    there = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    for pattern in patterns:
        found = [path for path in there if fnmatchcase(path, pattern)]
        missing = _missing_shards(found) if found else [pattern]
        if missing:
            raise HubUnreachableError(
                f"{missing[0]} of {repo} is not in the cache, and {error.message}", hint=error.hint
            ) from None
    logger.warning("%s: using the cached files of %s", error.message, repo)
    return folder


def _missing_shards(paths: Sequence[str]) -> list[str]:
    """Return the missing files of each set ``NAME-00001-of-00004.EXT`` that ``paths`` starts."""
    shards = [match for path in paths if (match := _SHARD.fullmatch(path))]
    every = {
        f"{match[1]}{number:05}{match[3]}"
        for match in shards
        for number in range(1, int(match[4]) + 1)
    }
    return sorted(every - set(paths))


def _check_space(repo: str, files: Iterable[RepoFile]) -> None:
    cache = Path(cache_folder())
    disk = next(folder for folder in (cache, *cache.parents) if folder.is_dir())
    needed = sum(file.size_bytes or 0 for file in files)
    free = shutil.disk_usage(disk).free
    if needed > free:
        raise WeightsError(
            f"the download of {repo} needs {needed / 1e9:.1f} GB, and {disk} has "
            f"{free / 1e9:.1f} GB free",
            hint="free some disk space, or set HF_HOME to a folder on a larger disk",
        )


def _download(
    repo: str,
    commit: str,
    files: Sequence[RepoFile],
    progress: Progress | None,
    endpoint: str | None,
) -> Path:
    """Download on another thread; call ``progress`` on this thread, as the port expects."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    total = sum(file.size_bytes or 0 for file in files)
    parts: list[int] = []
    bars: dict[str, Any] = {} if uses_requests() else {"tqdm_class": _bar(parts.append)}

    def download() -> Path:
        folder = snapshot_download(
            repo,
            revision=commit,
            endpoint=endpoint,
            allow_patterns=[glob.escape(file.path) for file in files],
            **bars,
        )
        return Path(folder)

    before = _bytes_on_disk(repo)

    def arrived() -> int:
        return sum(parts) if bars else _bytes_on_disk(repo) - before

    with ThreadPoolExecutor(1, thread_name_prefix="lucid-download") as pool:
        running = pool.submit(ask, download, Place(repo, commit, endpoint or hub_endpoint()))
        _report(running, arrived, f"download {repo} ({total / 1e9:.2g} GB)", total, progress)
    try:
        return running.result()
    except LocalEntryNotFoundError as error:
        raise HubUnreachableError(
            f"the download of {repo} was interrupted: {str(error).splitlines()[0]}",
            hint="try again: Lucid keeps the parts that it has",
        ) from None
    except OSError as error:
        raise WeightsError(
            f"{repo} cannot be written to {cache_folder()}: {error.strerror or error}",
            hint="free some disk space, or set HF_HOME to another folder",
        ) from None


def _report(
    running: Future[Path],
    arrived: Callable[[], int],
    stage: str,
    total: int,
    progress: Progress | None,
) -> None:
    reported: float | None = None
    while progress is not None:
        done = running in wait([running], _REPORT_S).done
        if done and running.exception() is not None:
            return
        fraction = (1.0 if done else min(1.0, arrived() / total)) if total else None
        if reported is None or done or (fraction or 0) >= reported + 0.01:
            progress(stage, fraction)
            reported = fraction
        if done:
            return


def _bytes_on_disk(repo: str) -> int:
    """Return the size of a repo in the cache, with the files that are still being written."""
    files = (path for path in repo_folder(repo).rglob("*") if not path.is_symlink())
    size = 0
    for path in files:
        with suppress(FileNotFoundError):  # it was completed and renamed meanwhile
            size += path.stat().st_size if path.is_file() else 0
    return size


def _bar(arrived: Callable[[int], None]) -> Any:
    """Return a class like the Hub's progress bar that also reports how many bytes arrive.

    Before version 1.0, huggingface_hub has no bar for the bytes of all files.
    """
    from huggingface_hub.utils.tqdm import tqdm

    hub_bar: Any = tqdm  # huggingface_hub has no type for it

    class Bar(hub_bar):  # type: ignore[misc] # because its base is Any
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            name = str(kwargs.get("name"))
            # Count only the bar of bytes on disk, not those of files and of bytes from the network.
            self._counts = kwargs.get("unit") == "B" and not name.endswith(".transfer")
            super().__init__(*args, **kwargs)

        def update(self, n: float | None = 1) -> Any:
            if self._counts:
                arrived(int(n or 0))
            return super().update(n)

    return Bar
