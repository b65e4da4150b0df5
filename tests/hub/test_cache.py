"""The Hub's cache: filled by the real client, read by Lucid only while it is offline."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import huggingface_hub.constants
import pytest

from lucid.errors import HubUnreachableError
from lucid.hub.inspect import inspect_repo, take_snapshot
from lucid.lock import Choices
from lucid.scaffold.prepare import prepare
from tests.cli.running import lucid
from tests.hub.repos import RECORDED
from tests.hub.session import forget_session
from tests.hub_server import HubServer, commit_of, hub_server

REPO = "Overworld/Waypoint-1.5-1B"
COMMIT = commit_of(REPO)
FILES = ("README.md", "config.yaml", "modular_config.json", "transformer/config.json")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    cache = tmp_path / "home" / "hub"
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(cache))
    with hub_server(RECORDED) as server:
        api = huggingface_hub.HfApi(endpoint=server.endpoint)
        for path in FILES:
            api.hf_hub_download(REPO, path, cache_dir=cache)
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", server.endpoint)
        server.requests.clear()
        yield server


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    forget_session()
    yield
    forget_session()


def test_a_pinned_commit_is_the_whole_repo_whatever_the_cache_has(hub: HubServer) -> None:
    cached = inspect_repo(REPO, COMMIT)
    cache = Path(huggingface_hub.constants.HF_HUB_CACHE)
    shutil.rmtree(cache / f"models--{REPO.replace('/', '--')}")
    assert inspect_repo(REPO, COMMIT) == cached
    assert len(cached.files) == 10


def test_hf_names_a_repo_and_its_revision(hub: HubServer) -> None:
    assert inspect_repo(f"hf://{REPO}@{COMMIT}").commit == COMMIT
    assert ("GET", f"/api/models/{REPO}/revision/{COMMIT}") in hub.requests


def test_offline_a_pinned_commit_is_what_the_cache_has_of_it(hub: HubServer, offline: None) -> None:
    facts = inspect_repo(REPO, COMMIT)
    assert hub.requests == []
    assert (facts.repo, facts.commit, facts.family) == (REPO, COMMIT, "waypoint")
    assert sorted(file.path for file in facts.files) == sorted(FILES)
    assert facts.open_questions[0].id == "offline"
    assert facts.cost is not None
    assert (facts.cost.requests, facts.cost.received_bytes) == (0, 0)


def test_no_port_is_made_of_a_part_of_a_repo(hub: HubServer, offline: None) -> None:
    with pytest.raises(HubUnreachableError, match="only a part") as caught:
        prepare(take_snapshot(REPO, COMMIT), Choices())
    assert "unset HF_HUB_OFFLINE" in str(caught.value)


def test_offline_a_cache_that_holds_weights_alone_is_read(hub: HubServer, offline: None) -> None:
    cache = Path(huggingface_hub.constants.HF_HUB_CACHE)
    snapshot = cache / "models--Etched--oasis-500m" / "snapshots" / commit_of("Etched/oasis-500m")
    snapshot.mkdir(parents=True)
    for name in ("oasis500m.safetensors", "vit-l-20.safetensors"):
        (snapshot / name).touch()
    facts = inspect_repo("Etched/oasis-500m", snapshot.name)
    assert (facts.family, len(facts.files)) == ("frame-dit", 2)


def test_a_branch_is_asked_for_online_for_it_may_have_moved(hub: HubServer) -> None:
    assert inspect_repo(REPO).family == "waypoint"
    assert hub.requests[0] == ("GET", f"/api/models/{REPO}/revision/main")


def test_offline_a_branch_is_what_the_cache_has_of_it(hub: HubServer, offline: None) -> None:
    facts = inspect_repo(REPO)
    assert (facts.revision, facts.commit) == ("main", COMMIT)
    for repo, revision in [("no/such", None), (REPO, "0" * 40), (REPO, "../../x"), (REPO, "v2")]:
        with pytest.raises(HubUnreachableError, match="cache does not have"):
            inspect_repo(repo, revision)
    assert hub.requests == []


def test_a_link_that_leaves_the_cache_is_not_followed(
    hub: HubServer, offline: None, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text("{}")
    cache = Path(huggingface_hub.constants.HF_HUB_CACHE)
    snapshot = cache / f"models--{REPO.replace('/', '--')}" / "snapshots" / COMMIT
    (snapshot / "config.json").symlink_to(secret)
    assert "config.json" not in [file.path for file in inspect_repo(REPO, COMMIT).files]


def test_the_environment_s_settings_are_kept(hub: HubServer, tmp_path: Path) -> None:
    run = lucid(
        "inspect", REPO, "--json", cwd=tmp_path, HF_HOME=str(tmp_path / "home"), HF_HUB_OFFLINE="1",
        HF_ENDPOINT="http://127.0.0.1:9",
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["commit"] == COMMIT
    gone = lucid("inspect", "no/such", cwd=tmp_path, HF_HOME=str(tmp_path), HF_HUB_OFFLINE="1")
    assert (gone.returncode, gone.stdout) == (3, "")
    assert "unset HF_HUB_OFFLINE" in gone.stderr
