"""Download a repo without its weights: small files, and only the headers of weights files."""

import contextlib
from collections.abc import Sequence
from functools import cache as memoize
from pathlib import Path, PurePosixPath

from lucid.errors import WeightsError
from lucid.hub.cache import repo_folder
from lucid.hub.client import read_parts
from lucid.hub.download import choose
from lucid.hub.facts import RepoFile
from lucid.hub.snapshot import is_safe_path
from lucid.hub.weights.copies import is_weights
from lucid.hub.weights.facts import DTYPE_BITS, ReadRange, UnreadableWeightsError, WeightsHeader
from lucid.hub.weights.safetensors import read_safetensors
from lucid.hub.weights.torchzip import read_torch

WITH_HEADER = (".safetensors", ".pt", ".pth", ".ckpt", ".bin", ".pkl")
"""Suffixes of files whose header can be read. Files of other formats stay empty."""
SMALL_BYTES = 32 * 1024 * 1024
"""A larger file is not downloaded, even if it holds no weights: tokenizers have up to 20 MB."""
PART_BYTES = 4 * 1024 * 1024
"""Size of one request."""


def download_headers(
    cache: Path,
    repo: str,
    revision: str,
    files: Sequence[str],
    pickles: Sequence[str],
    endpoint: str | None = None,
) -> Path:
    """Download files of a repo into a folder with the layout of the Hub's cache.

    Return the folder of the files. A weights file there is sparse: it has its full size, but
    contains only its header. Small files are complete.

    Raises:
        HubError: The repo or the Hub does not exist, or refuses access.
        WeightsError: The repo has no such file, or a header cannot be read.
    """
    listing, reader_of = _read_parts(repo, revision, endpoint)
    commit = listing.commit or revision
    target = link_revision(cache, repo, revision, commit)
    target.mkdir(parents=True, exist_ok=True)
    chosen = [
        file
        for file in choose(repo, listing.files, files, pickles)
        if is_safe_path(file.path) and not (target / file.path).exists()
    ]
    for file in chosen:
        (target / file.path).parent.mkdir(parents=True, exist_ok=True)
        if is_weights(file.path) or (file.size_bytes or 0) > SMALL_BYTES:
            _write_header(repo, file, reader_of(file.path), target / file.path)
        else:
            _write_whole(file, reader_of(file.path), target / file.path)
    return target


def link_revision(cache: Path, repo: str, revision: str, commit: str) -> Path:
    """Record the commit of a revision as the Hub's cache does; return the folder for its files."""
    folder = repo_folder(repo, cache)
    (folder / "snapshots").mkdir(parents=True, exist_ok=True)
    if revision != commit:
        (folder / "refs").mkdir(exist_ok=True)
        (folder / "refs" / revision).write_text(commit, "ascii")
    return folder / "snapshots" / commit


_read_parts = memoize(read_parts)  # upstream's code may download one file per call


def _write_whole(file: RepoFile, read: ReadRange, path: Path) -> None:
    with path.open("wb") as written:
        for start in range(0, file.size_bytes or 0, PART_BYTES):
            written.write(read(start, min(PART_BYTES, (file.size_bytes or 0) - start)))


def _write_header(repo: str, file: RepoFile, read: ReadRange, path: Path) -> None:
    """Write the header of a weights file, and leave the rest of the file empty."""
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


MOST_BYTES = 32 * 1024 * 1024


def read_whole_header(path: str, size_bytes: int, read: ReadRange) -> WeightsHeader:
    """Return all tensors of a ``.safetensors`` file or a file of ``torch.save``.

    Raises:
        UnreadableWeightsError: The header is damaged or too long, or the file is too short for the
            tensors that the header lists.
    """
    is_safe = PurePosixPath(path).suffix.lower() == ".safetensors"
    reader = read_safetensors if is_safe else read_torch
    header = reader(path, size_bytes, read, MOST_BYTES)
    if not header.complete:
        raise UnreadableWeightsError(
            f"its header is cut off, or longer than {MOST_BYTES // 1024**2} MB"
        )
    sizes = [tensor.count * DTYPE_BITS[tensor.dtype] // 8 for tensor in header.tensors.values()]
    # Tensors of a pickle can share one storage, so only the largest one tells its size.
    needed = sum(sizes) if is_safe else max(sizes, default=0)
    if needed > size_bytes - header.data_start:
        raise UnreadableWeightsError(
            f"its header lists tensors of {needed:,} bytes, and the file has "
            f"{size_bytes - header.data_start:,}: it is damaged, or was not downloaded completely"
        )
    return header
