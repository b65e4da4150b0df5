"""A repo's metadata to ``RepoFacts``: which family it is, and all that is known of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from lucid.hub import derive
from lucid.hub.client import hub_snapshot
from lucid.hub.conditions import Metadata
from lucid.hub.facts import Evidence, Fact, OpenQuestion, RepoFacts
from lucid.hub.families import FALLBACK, Family, load_families
from lucid.hub.folder import folder_snapshot, names_folder
from lucid.hub.readers import UnreadableFileError, read_document
from lucid.hub.snapshot import RepoSnapshot

# fmt: off
_RUNS_CODE = frozenset({
    ".bin", ".ckpt", ".dill", ".dll", ".dylib", ".joblib", ".pickle", ".pkl", ".pt", ".pth", ".py",
    ".pyc", ".sh", ".so",
})
# fmt: on
"""Python, native code, and formats that are or can be pickles."""

_LICENCE = re.compile(r"[\w .+()-]{1,80}", re.ASCII)


def inspect_repo(repo: str, revision: str | None = None) -> RepoFacts:
    """What is known of a Hub repo or a local folder; its code is not run, its weights not read.

    Raises:
        HubError: the repo cannot be read.
    """
    take = folder_snapshot if names_folder(repo) else hub_snapshot
    return inspect_snapshot(take(repo, revision), load_families())


def inspect_snapshot(snapshot: RepoSnapshot, families: Sequence[Family]) -> RepoFacts:
    """The facts that ``snapshot`` gives by the rules of ``families``, tried in their order."""
    documents, unreadable = _read_configs(snapshot.configs)
    paths = tuple(file.path for file in snapshot.files)
    metadata = Metadata(paths=paths, documents=documents)
    family, evidence = _recognise(families, metadata)
    metadata = replace(metadata, configs=family.configs)
    facts, refused = derive.find_facts(family, metadata)
    return RepoFacts(
        repo=snapshot.repo,
        revision=snapshot.revision,
        commit=snapshot.commit,
        family=family.name,
        evidence=evidence,
        inputs=derive.find_inputs(family, metadata, facts),
        outputs=derive.find_outputs(family),
        facts=facts,
        engine=derive.find_engine(family.engine),
        licence=_licence(metadata),
        gated=_gated(snapshot),
        runs_code=tuple(path for path in paths if _suffix(path) in _RUNS_CODE),
        files=snapshot.files,
        open_questions=(
            *unreadable,
            *derive.find_questions(family, metadata, facts, refused),
        ),
        quirks=derive.find_quirks(family, metadata),
    )


def _recognise(
    families: Sequence[Family], metadata: Metadata
) -> tuple[Family, tuple[Evidence, ...]]:
    """The first family that is recognised, else the fallback with what speaks for any."""
    hints: list[Evidence] = []
    for family in families:
        evidence = derive.find_evidence(family, replace(metadata, configs=family.configs))
        if derive.is_recognised(evidence):
            return family, evidence
        if family.name == FALLBACK:
            hints.extend(evidence)
        else:
            hints.extend(
                hint.model_copy(update={"why": f"{family.name}: {hint.why}"}) for hint in evidence
            )
    fallback = next(family for family in families if family.name == FALLBACK)
    return fallback, tuple(hints)


def _read_configs(
    configs: Mapping[str, bytes],
) -> tuple[dict[str, object], list[OpenQuestion]]:
    documents: dict[str, object] = {}
    unreadable = []
    for path, data in configs.items():
        try:
            documents[path] = read_document(path, data)
        except UnreadableFileError as error:
            unreadable.append(
                OpenQuestion(
                    id=f"unreadable:{path}",
                    question=f"What does {path} say? Lucid cannot read it: {error}.",
                    why="facts that stand only there are missing here, or come from another file",
                )
            )
    return documents, unreadable


def _licence(metadata: Metadata) -> Fact[str] | None:
    """The card's licence, by its own name where the card says only ``other``."""
    for key in ("license_name", "license"):
        found = metadata.find(("README.md",), key)
        if found and isinstance(found.value, str) and _LICENCE.fullmatch(found.value):
            return Fact(value=found.value, evidence=found.place)
    return None


def _gated(snapshot: RepoSnapshot) -> Fact[bool] | None:
    if snapshot.gated is None:
        return None
    return Fact(value=snapshot.gated, evidence="the Hub's metadata: gated")


def _suffix(path: str) -> str:
    return PurePosixPath(path).suffix.lower()
