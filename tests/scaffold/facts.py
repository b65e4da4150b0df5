"""Facts of recorded repos, to scaffold from."""

from __future__ import annotations

import json

from lucid.hub.facts import NOT_PINNED, RepoFacts, RepoFile
from lucid.hub.families import load_families
from lucid.hub.folder import read_folder
from lucid.hub.inspect import inspect_snapshot
from lucid.hub.snapshot import RepoSnapshot, config_paths
from lucid.lock import Choices
from lucid.scaffold.prepare import usable_facts
from tests.hub.repos import RECORDED
from tests.hub_server import recorded_commit


def recorded_snapshot(repo: str) -> RepoSnapshot:
    """A recorded repo with its recorded headers; not pinned if no commit was recorded."""
    folder = RECORDED / repo.replace("/", "__")
    listing = json.loads((folder / "_siblings.json").read_text("utf-8"))
    files = tuple(
        RepoFile(path=sibling["rfilename"], size_bytes=sibling.get("size"))
        for sibling in listing["siblings"]
    )
    return RepoSnapshot(
        repo=repo,
        revision="main",
        commit=recorded_commit(repo) or NOT_PINNED,
        files=files,
        configs={
            path: (folder / path).read_bytes()
            for path in config_paths(files)
            if (folder / path).is_file()
        },
        gated=bool(listing["gated"]),
        opened=read_folder(folder, folder).opened,
    )


def port_facts(snapshot: RepoSnapshot, choices: Choices | None = None) -> RepoFacts:
    """The facts that a port can use."""
    return usable_facts(inspect_snapshot(snapshot, load_families(), choices or Choices()))


def recorded_facts(repo: str, choices: Choices | None = None) -> RepoFacts:
    """The facts of a recorded repo that a port can use."""
    return port_facts(recorded_snapshot(repo), choices)
