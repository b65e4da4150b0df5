"""Facts to scaffold from: of recorded repos, and with values that an attacker would choose."""

from __future__ import annotations

import json
from pathlib import Path

from lucid.hub.facts import (
    Engine,
    Evidence,
    Fact,
    InputFact,
    OpenQuestion,
    Quirk,
    RepoFacts,
    RepoFile,
)
from lucid.hub.families import load_families
from lucid.hub.inspect import inspect_snapshot
from lucid.hub.snapshot import RepoSnapshot, config_paths
from lucid.lock import Choices
from tests.hub_server import commit_of

RECORDED = Path(__file__).resolve().parent.parent / "data" / "hub"


def recorded_facts(repo: str, choices: Choices | None = None) -> RepoFacts:
    """The facts of a recorded repo; its commit is made up."""
    folder = RECORDED / repo.replace("/", "__")
    listing = json.loads((folder / "_siblings.json").read_text("utf-8"))
    files = tuple(
        RepoFile(path=sibling["rfilename"], size_bytes=sibling.get("size"))
        for sibling in listing["siblings"]
    )
    snapshot = RepoSnapshot(
        repo=repo,
        revision="main",
        commit=commit_of(repo),
        files=files,
        configs={
            path: (folder / path).read_bytes()
            for path in config_paths(files)
            if (folder / path).is_file()
        },
        gated=bool(listing["gated"]),
    )
    return inspect_snapshot(snapshot, load_families(), choices or Choices())


def told_facts(family: str, text: str) -> RepoFacts:
    """Facts in which every text that a repo could choose is ``text``."""
    told = Fact(value=text, evidence=text)
    return RepoFacts(
        repo=text,
        revision=text,
        commit=text,
        family=family,
        evidence=(Evidence(strength="strong", source=text, why=text),),
        inputs=(
            InputFact(kind="keyboard", evidence=text, details={text: text}),
            InputFact(kind="prompt", evidence=text, details={"default": text}),
        ),
        outputs=(told,),
        facts={
            "width": Fact(value=640, evidence=text),
            "height": None,
            "fps": told,
            "frames_per_step": Fact(value=4, evidence=text),
            "context_steps": None,
            "engine_files": Fact(value=[text, text], evidence=text),
            text: told,
        },
        engine=Fact(
            value=Engine(name=text, entry=text, requirement=text, licence=text), evidence=text
        ),
        licence=told,
        gated=Fact(value=True, evidence=text),
        runs_code=(text,),
        files=(RepoFile(path=text, size_bytes=1, sha256=text),),
        open_questions=(
            OpenQuestion(id="size", question=text, why=text),
            OpenQuestion(id=text, question=text, why=text),
        ),
        quirks=(Quirk(id=text, text=text, source=text),),
    )
