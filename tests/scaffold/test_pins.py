"""Ports of repos of which no commit is known, and the update that pins them."""

from __future__ import annotations

import json
import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lucid import WeightsError, download_weights
from lucid.cli import app
from lucid.hub.facts import NOT_PINNED
from lucid.lock import read_lock
from lucid.scaffold.plan import plan
from lucid.scaffold.write import record_of, write
from tests.hub.repos import RECORDED
from tests.hub_server import HubServer, commit_of, hub_server, recorded_commit
from tests.scaffold.facts import recorded_facts

REPO = "Overworld/Waypoint-1-Small"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """The recorded repos, and an empty cache."""
    from huggingface_hub import constants

    with hub_server(RECORDED) as server:
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        yield server


@pytest.fixture
def port(tmp_path: Path) -> Path:
    """A port whose repo is not pinned."""
    files = plan("waypoint", recorded_facts(REPO))
    write([*files, record_of(files)], tmp_path / "waypoint")
    return tmp_path / "waypoint"


def download(port: Path, hub: HubServer) -> Path:
    """Download a small file with the constants of the port's engine."""
    engine = runpy.run_path(str(port / "waypoint" / "engine.py"))
    return download_weights(
        engine["REPO"], engine["COMMIT"], ["config.yaml"], endpoint=hub.endpoint
    )


def test_a_port_that_is_not_pinned_does_not_download_until_an_update_pins_it(
    hub: HubServer, port: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = read_lock(port)
    assert lock.source is not None
    assert (lock.source.revision, lock.source.commit) == ("main", NOT_PINNED)
    with pytest.raises(WeightsError, match=f"{REPO} is not pinned") as refused:
        download(port, hub)
    assert "lucid update" in str(refused.value.hint)
    assert hub.requests == []

    with monkeypatch.context() as patch:
        patch.setattr("huggingface_hub.constants.ENDPOINT", hub.endpoint)
        result = CliRunner().invoke(app, ["update", str(port), "--json"])
    report = json.loads(result.stdout)
    assert (report["commit_before"], report["commit"]) == (NOT_PINNED, commit_of(REPO))
    lock = read_lock(port)
    assert lock.source is not None
    assert lock.source.commit == commit_of(REPO)
    engine = (port / "waypoint" / "engine.py").read_text("utf-8")
    assert f'{REPO}"\nCOMMIT = "{commit_of(REPO)}"' in engine
    assert (download(port, hub) / "config.yaml").is_file()


def test_check_names_the_update_of_a_port_that_is_not_pinned(port: Path) -> None:
    result = CliRunner().invoke(app, ["check", str(port)])
    assert "LUC007" in result.stdout
    assert "run `lucid update`" in result.stdout


def test_update_check_says_that_a_port_is_not_pinned(
    hub: HubServer, port: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.endpoint)
    result = CliRunner().invoke(app, ["update", str(port), "--check"])
    assert (result.exit_code, result.stdout) == (
        1,
        f"{REPO} is not pinned; it is at {commit_of(REPO)}\n",
    )


def test_a_recorded_commit_names_where_it_was_seen() -> None:
    for folder in RECORDED.iterdir():
        repo = folder.name.replace("__", "/", 1)
        recorded = json.loads((folder / "_provenance.json").read_text("utf-8")).get("commit")
        commit = recorded_commit(repo)
        assert (recorded or {}).get("sha") == commit
        assert commit is None or recorded["seen"]
