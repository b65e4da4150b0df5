"""Copy a repo without its weights: small files whole, of weights files only the headers."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from lucid.errors import WeightsError
from lucid.hub.client import read_parts
from lucid.hub.download import choose, download_weights
from lucid.hub.facts import RepoFile
from lucid.hub.snapshot import is_safe_path
from lucid.hub.weights.copies import is_weights
from lucid.hub.weights.facts import ReadRange, UnreadableWeightsError
from lucid.hub.weights.whole import read_whole_header

WITH_HEADER = (".safetensors", ".pt", ".pth", ".ckpt", ".bin", ".pkl")
"""Suffixes of files whose header can be read. Files of other formats stay empty."""


def download_headers(
    folder: Path,
    repo: str,
    commit: str,
    files: Sequence[str],
    pickles: Sequence[str],
    endpoint: str | None = None,
) -> Path:
    """Put ``files`` and ``pickles`` of a repo into ``folder/ORG/NAME``, and return that.

    A weights file there has its size, is sparse, and contains its header only. The other files come
    from the Hub's cache, which downloads those that it lacks.

    Raises:
        HubError: The repo or the Hub does not exist, or refuses access.
        WeightsError: The repo has no such file, or a header cannot be read.
    """
    target = folder / repo
    target.mkdir(parents=True, exist_ok=True)
    listed, reader_of = read_parts(repo, commit, endpoint)
    chosen = [
        file
        for file in choose(repo, listed, files, pickles)
        if is_safe_path(file.path) and not (target / file.path).exists()
    ]
    small = [file.path for file in chosen if not is_weights(file.path)]
    if small:
        cached = download_weights(repo, commit, [], pickles=small, endpoint=endpoint)
        for path in small:
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(cached / path, target / path)
    for file in chosen:
        if is_weights(file.path):
            _write_header(repo, file, reader_of(file.path), target / file.path)
    return target


def _write_header(repo: str, file: RepoFile, read: ReadRange, path: Path) -> None:
    """Write the parts of a weights file that its header consists of, each in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as written:

        def copy(start: int, length: int) -> bytes:
            data = read(start, length)
            written.seek(start)
            written.write(data)
            return data

        try:
            if path.suffix.lower() in WITH_HEADER:
                read_whole_header(file.path, file.size_bytes or 0, copy)
        except UnreadableWeightsError as error:
            raise WeightsError(
                f"the header of {file.path} of {repo} cannot be used: {error}",
                hint="report it to the authors of the repo, or check the weights of another commit",
            ) from None
        with contextlib.suppress(OSError):  # only a disk without sparse files refuses
            written.truncate(file.size_bytes)
