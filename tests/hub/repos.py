"""Repos for tests: the recorded ones, and ones made up on the spot."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lucid.hub.facts import RepoFacts, RepoFile
from lucid.hub.families import load_families
from lucid.hub.folder import folder_snapshot
from lucid.hub.inspect import inspect_snapshot
from lucid.hub.snapshot import RepoSnapshot
from lucid.lock import Choices

RECORDED = Path(__file__).resolve().parent.parent / "data" / "hub"


def made_up(configs: Mapping[str, str], *other_files: str) -> RepoSnapshot:
    """A repo with these config files, and other files of one byte."""
    files = [*configs, *other_files]
    return RepoSnapshot(
        repo="someone/something",
        revision="main",
        commit="0" * 40,
        files=tuple(RepoFile(path=path, size_bytes=1) for path in files),
        configs={path: text.encode() for path, text in configs.items()},
        gated=False,
    )


def inspected(configs: Mapping[str, str], *other_files: str) -> RepoFacts:
    return inspect_snapshot(made_up(configs, *other_files), load_families())


def recorded_text(repo: str, path: str) -> str:
    return (RECORDED / repo.replace("/", "__") / path).read_text("utf-8")


def folder_facts(folder: Path, choices: Choices | None = None) -> RepoFacts:
    return inspect_snapshot(folder_snapshot(str(folder)), load_families(), choices or Choices())
