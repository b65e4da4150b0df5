"""Find a known model by the hash of a file or by the name of a repo (known_models.toml)."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Annotated

from pydantic import Field

from lucid._data import read_toml
from lucid.hub.facts import Evidence, Frozen, OpenQuestion, RepoFile

BY_NAME = "by its name, not by its contents"


class KnownFile(Frozen):
    """A weights file of a known model."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size_bytes: int


class KnownModel(Frozen):
    """One model, the names of its repos, and some of its files."""

    name: str
    family: str
    repos: tuple[str, ...] = ()
    files: tuple[KnownFile, ...] = ()
    seen: str
    """The source of the names and of the files."""


@cache
def load_known_models() -> tuple[KnownModel, ...]:
    """Return all known models."""
    return tuple(map(KnownModel.model_validate, read_toml("templates/known_models.toml")["models"]))


def find_by_hash(
    models: Iterable[KnownModel], files: Sequence[RepoFile]
) -> tuple[Mapping[str, str], tuple[OpenQuestion, ...]]:
    """Return the file that proves each model, by name; ask about files of another size."""
    recorded = {file.sha256: (model, file.size_bytes) for model in models for file in model.files}
    found: dict[str, str] = {}
    asked = []
    for file in files:
        if file.sha256 not in recorded:
            continue
        model, size_bytes = recorded[file.sha256]
        if file.size_bytes == size_bytes:
            found.setdefault(model.name, f"{file.path}:sha256={file.sha256[:12]}")
        else:
            asked.append(_other_size(file, model, size_bytes))
    return found, tuple(asked)


def find_by_name(models: Iterable[KnownModel], repo: str) -> KnownModel | None:
    """Return the model whose repo has this name, in upper or lower case."""
    wanted = repo.casefold()
    return next((m for m in models if wanted in map(str.casefold, m.repos)), None)


def hash_evidence(
    models: Iterable[KnownModel], found: Mapping[str, str], family: str
) -> tuple[Evidence, ...]:
    """Return the evidence for a family from files with a known hash."""
    return tuple(
        Evidence(strength="strong", source=found[model.name], why=f"a file of {model.name}")
        for model in models
        if model.family == family and model.name in found
    )


def _other_size(file: RepoFile, model: KnownModel, size_bytes: int) -> OpenQuestion:
    size = "no size" if file.size_bytes is None else f"{file.size_bytes} bytes"
    return OpenQuestion(
        id=f"other_size:{file.path}",
        question=f"Is {file.path} a file of {model.name}? It has that file's hash, but {size} "
        f"instead of {size_bytes} bytes.",
        why="one of the two is wrong, so Lucid ignores the hash",
    )
