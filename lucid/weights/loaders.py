"""Replace the functions that read weights files by functions that read only the header."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

from lucid.errors import WeightsError
from lucid.hub.header_files import read_whole_header
from lucid.hub.weights.facts import Tensor, UnreadableWeightsError, WeightsHeader
from lucid.hub.weights.pickles import Global, PickledObject
from lucid.weights.meta import DTYPES, Source, meta_tensor

_CACHED = re.compile(r"models--([^/]+)/snapshots/[^/]+/")
"""The start of a path in the Hub's cache."""


class WeightsFiles:
    """The weights files that the port reads, and their headers."""

    def __init__(self, roots: tuple[Path, ...]) -> None:
        self._roots = tuple(str(root) + os.sep for root in roots)
        self.headers: dict[str, WeightsHeader] = {}
        """By path on the disk."""

    def name(self, path: str) -> str:
        """Return the path of a file in its repo, if it is in one of the folders of weights."""
        for root in self._roots:
            if path.startswith(root):
                inner = path.removeprefix(root).replace(os.sep, "/")
                return _CACHED.sub(lambda found: found[1].replace("--", "/") + "/", inner)
        return path

    def header(self, path: str) -> WeightsHeader:
        """Return the header of a file, and keep it.

        Raises:
            WeightsError: The header cannot be read.
            OSError: There is no such file.
        """
        if path not in self.headers:
            with open(path, "rb") as file:  # noqa: PTH123 - the path is as the caller wrote it

                def read(start: int, length: int) -> bytes:
                    file.seek(start)
                    return file.read(length)

                try:
                    self.headers[path] = read_whole_header(path, os.stat(path).st_size, read)  # noqa: PTH116 - as above
                except UnreadableWeightsError as error:
                    raise WeightsError(
                        f"the header of {self.name(path)} cannot be used: {error}",
                        hint="download the file again, or report it to its authors",
                    ) from None
        return self.headers[path]

    def tensors(self, path: str) -> dict[str, torch.Tensor]:
        """Return the tensors of a safetensors file without data."""
        name = self.name(path)
        return {
            key: meta_tensor(Source(name, key, tensor.shape), tensor.dtype)
            for key, tensor in self.header(path).tensors.items()
        }

    def content(self, path: str) -> Any:
        """Return the object that a pickle contains, with tensors that have no data."""
        return _Unpickled(self.name(path)).build(self.header(path).content, "")


def install(files: WeightsFiles) -> None:
    """Replace the functions of safetensors and ``torch.load``."""
    load = torch.load

    def load_without_data(f: Any, *args: Any, **kwargs: Any) -> Any:
        path = _path(f)
        return load(f, *args, **kwargs) if path is None else files.content(path)

    torch.load = load_without_data
    try:
        import safetensors
        import safetensors.torch
    except ModuleNotFoundError:
        return

    def load_file(filename: Any, device: Any = "cpu", *_: Any, **__: Any) -> dict[str, Any]:
        return files.tensors(os.fspath(filename))

    def safe_open(filename: Any, framework: str = "pt", device: Any = "cpu", **_: Any) -> Any:
        return _SafeOpen(files, os.fspath(filename))

    def load_model(model: torch.nn.Module, filename: Any, *_: Any, **__: Any) -> Any:
        return model.load_state_dict(files.tensors(os.fspath(filename)), strict=False)

    safetensors.torch.load_file = load_file
    safetensors.torch.load_model = load_model
    safetensors.torch.safe_open = safe_open
    safetensors.safe_open = safe_open  # type: ignore[assignment,misc] # in this process only


class _SafeOpen:
    """Like ``safetensors.safe_open``."""

    def __init__(self, files: WeightsFiles, path: str) -> None:
        self._tensors = files.tensors(path)

    def __enter__(self) -> _SafeOpen:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def keys(self) -> list[str]:
        return list(self._tensors)

    offset_keys = keys

    def metadata(self) -> dict[str, str]:
        return {"format": "pt"}

    def get_tensor(self, name: str) -> torch.Tensor:
        return self._tensors[name]

    def get_slice(self, name: str) -> _Slice:
        return _Slice(self._tensors[name])


class _Slice:
    """Like the result of ``safe_open().get_slice``."""

    def __init__(self, tensor: torch.Tensor) -> None:
        self._tensor = tensor

    def __getitem__(self, index: Any) -> torch.Tensor:
        return self._tensor if index is ... else self._tensor[index]

    def get_shape(self) -> list[int]:
        return list(self._tensor.shape)

    def get_dtype(self) -> str:
        return next(name for name, own in DTYPES.items() if own == self._tensor.dtype)


class _Unpickled:
    """Builds the content of a pickle of dicts, lists, plain values and tensors."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._built: dict[int, Any] = {}
        """By the id of the pickled object, so that a tensor with two names stays one tensor."""

    def build(self, item: Any, key: str) -> Any:
        if id(item) in self._built:
            return self._built[id(item)]
        made: Any = item
        if isinstance(item, Tensor):
            made = meta_tensor(Source(self._file, key, item.shape), item.dtype)
        elif isinstance(item, dict):
            made = self._built[id(item)] = {}
            made.update((name, self.build(part, _join(key, name))) for name, part in item.items())
        elif isinstance(item, list | tuple):
            parts = [self.build(part, _join(key, index)) for index, part in enumerate(item)]
            made = type(item)(parts)
        elif isinstance(item, Global):
            made = getattr(torch, item.name.removeprefix("torch."), item.name)
        elif isinstance(item, PickledObject):
            parts = self.build(item.parts, key)
            made = SimpleNamespace(**parts) if isinstance(parts, dict) else parts
        if not isinstance(item, str | int | float | bool | None):
            self._built[id(item)] = made
        return made


def _join(key: str, part: object) -> str:
    return f"{key}.{part}" if key else str(part)


def _path(f: Any) -> str | None:
    """Return the path of the argument of ``torch.load``; None if it is not a file on the disk."""
    if isinstance(f, str | os.PathLike):
        return os.fspath(f)
    name = getattr(f, "name", None)
    return name if isinstance(name, str) and os.path.isfile(name) else None  # noqa: PTH113 - as torch does
