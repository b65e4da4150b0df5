"""The other repos that an engine downloads: their commits and sizes."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lucid._data import data_dir
from lucid.cli import app
from lucid.hub.facts import NOT_PINNED, NeededRepo
from lucid.hub.inspect import inspect_repo, take_snapshot
from lucid.hub.machine_fit import check_fit
from lucid.hub.needed_repos import complete_needs
from lucid.lock import read_lock
from lucid.machine import Gpu, Machine
from lucid.scaffold.plan import plan
from lucid.scaffold.write import record_of, write
from tests.hub.repos import RECORDED
from tests.hub_server import HubServer, commit_of, hub_server
from tests.scaffold.facts import recorded_facts

REPO = "Overworld/Waypoint-1-Small"
AUTOENCODER = "OpenWorldLabs/owl_vae_f16_c16_distill_v0_nogan"
PROMPT_ENCODER = "google/umt5-xl"
ROOMY = Machine("3.13.1", None, (Gpu("Some GPU", 10**12, 0, 10**12, "570.1"),), None, 10**12)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A Hub with a world model, and the autoencoder that it needs; the prompt encoder is gone."""
    from huggingface_hub import constants

    root = tmp_path / "hub"
    shutil.copytree(RECORDED / REPO.replace("/", "__"), root / REPO.replace("/", "__"))
    folder = root / AUTOENCODER.replace("/", "__")
    folder.mkdir()
    for name in ("encoder.safetensors", "decoder.safetensors"):
        (folder / name).write_bytes(bytes(1000))
    for name in ("encoder_conf.yml", "decoder_conf.yml", "other.bin"):
        (folder / name).write_bytes(bytes(10))
    with hub_server(root) as server:
        monkeypatch.setattr(constants, "ENDPOINT", server.endpoint)
        yield server


def needs(repo: str) -> dict[str, NeededRepo]:
    return {need.repo: need for need in recorded_facts(repo).needed_repos}


def test_the_base_of_lingbot_s_fast_model_is_pinned_and_part_of_the_verdict() -> None:
    facts = recorded_facts("robbyant/lingbot-world-fast")
    (need,) = facts.needed_repos
    assert need.commit == commit_of("robbyant/lingbot-world-base-cam")
    fit = check_fit(facts, ROOMY)
    assert need.size_bytes is not None and need.size_bytes > 11e9
    assert any("11.9 GB from robbyant/lingbot-world-base-cam" in why for why in fit.reasons)


def test_all_repos_of_worldplay_s_base_are_pinned() -> None:
    needed = needs("tencent/HY-WorldPlay")
    assert len(needed) == 4
    assert all(need.is_downloaded and need.commit != NOT_PINNED for need in needed.values())


def test_the_hub_is_asked_for_what_the_templates_do_not_know(hub: HubServer) -> None:
    facts = inspect_repo(REPO)
    needed = {need.repo: need for need in facts.needed_repos}
    assert needed[AUTOENCODER].commit == commit_of(AUTOENCODER)
    assert needed[AUTOENCODER].size_bytes == 2020
    assert needed[PROMPT_ENCODER].commit == NOT_PINNED
    cost = take_snapshot(REPO).cost
    assert cost and facts.cost and facts.cost.requests == cost.requests + 2
    asked = len(hub.requests)
    known = facts.model_copy(update={"needed_repos": (needed[AUTOENCODER],)})
    assert complete_needs(known) == known
    assert len(hub.requests) == asked


def test_the_verdict_names_a_repo_whose_size_is_unknown(hub: HubServer) -> None:
    fit = check_fit(inspect_repo(REPO), ROOMY)
    assert any(f"without {PROMPT_ENCODER}, whose size is unknown" in why for why in fit.reasons)


def test_offline_the_hub_is_not_asked(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    facts = recorded_facts(REPO)
    assert complete_needs(facts) == facts
    assert hub.requests == []


def test_an_update_pins_the_repos_that_an_engine_needs(hub: HubServer, tmp_path: Path) -> None:
    files = plan("waypoint", recorded_facts(REPO))
    write([*files, record_of(files)], tmp_path / "waypoint")
    assert [need.commit for need in read_lock(tmp_path / "waypoint").needed] == [NOT_PINNED] * 2
    result = CliRunner().invoke(app, ["update", str(tmp_path / "waypoint"), "--json"])
    assert json.loads(result.stdout)["commit"] == commit_of(REPO)
    lock = read_lock(tmp_path / "waypoint")
    assert [(need.repo, need.commit) for need in lock.needed] == [
        (AUTOENCODER, commit_of(AUTOENCODER)),
        (PROMPT_ENCODER, NOT_PINNED),
    ]
    engine = (tmp_path / "waypoint" / "waypoint" / "engine.py").read_text("utf-8")
    assert f'AUTOENCODER_COMMIT = "{commit_of(AUTOENCODER)}"' in engine


def test_every_commit_in_the_templates_says_where_it_was_seen() -> None:
    commit = re.compile(r"\b[0-9a-f]{40}\b")
    for path in data_dir("templates").rglob("*.*"):
        for line in path.read_text("utf-8").splitlines():
            if commit.search(line):
                assert path.name == "template.toml" and "# seen: " in line, f"{path}: {line}"


def test_no_template_asks_for_a_download_that_is_not_pinned() -> None:
    for path in data_dir("templates").rglob("*.jinja"):
        assert "hf download" not in path.read_text("utf-8"), path
