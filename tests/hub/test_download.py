from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lucid import HubError, HubUnreachableError, RepoGatedError, WeightsError, download_weights
from tests.hub_server import HubServer, commit_of, hub_server

REPO = "someone/something"
COMMIT = commit_of(REPO)
SIZES = {"config.json": 20, "model.safetensors": 3_000_000, "old/model.bin": 50, "ema.pt": 70}


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A Hub with one repo, and an empty cache."""
    folder = tmp_path / "repos" / "someone__something"
    for path, size in SIZES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(bytes(size))
    from huggingface_hub import constants

    with hub_server(tmp_path / "repos") as server:
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        yield server


def download(hub: HubServer, files: list[str], **more: Any) -> Path:
    return download_weights(REPO, COMMIT, files, endpoint=hub.endpoint, **more)


def asked(hub: HubServer) -> list[str]:
    """The files of which content was asked for."""
    mark = f"/{REPO}/resolve/{COMMIT}/"
    return [
        path.partition(mark)[2] for method, path in hub.requests if method == "GET" and mark in path
    ]


def test_the_files_are_in_the_cache_at_the_commit(hub: HubServer) -> None:
    folder = download(hub, ["config.json", "*.safetensors"])
    assert folder.name == COMMIT
    assert (folder / "config.json").stat().st_size == 20
    assert (folder / "model.safetensors").stat().st_size == 3_000_000
    assert sorted(asked(hub)) == ["config.json", "model.safetensors"]


def test_progress_is_told_on_the_calling_thread_and_ends_at_one(hub: HubServer) -> None:
    import threading

    told: list[tuple[str, float | None, str]] = []

    def progress(stage: str, fraction: float | None) -> None:
        told.append((stage, fraction, threading.current_thread().name))

    download(hub, ["model.safetensors"], progress=progress)
    fractions = [fraction for _, fraction, _ in told]
    assert fractions == sorted(fraction for fraction in fractions if fraction is not None)
    assert fractions[-1] == 1
    assert {stage for stage, _, _ in told} == {f"download {REPO} (0.003 GB)"}
    assert {thread for _, _, thread in told} == {threading.current_thread().name}


def test_what_the_cache_has_costs_no_request(hub: HubServer) -> None:
    first = download(hub, ["config.json", "model.safetensors"])
    hub.requests.clear()
    assert download(hub, ["config.json", "model.safetensors"]) == first
    assert hub.requests == []


@pytest.mark.parametrize("path", ["ema.pt", "old/*.bin", "MODEL.CKPT"])
def test_a_pickle_is_not_downloaded_unless_it_is_named(hub: HubServer, path: str) -> None:
    with pytest.raises(WeightsError, match="is a pickle: reading it can run code"):
        download(hub, [path])
    assert hub.requests == []


def test_a_pattern_leaves_pickles_out(hub: HubServer) -> None:
    folder = download(hub, ["*"])
    assert not (folder / "ema.pt").exists()
    assert sorted(asked(hub)) == ["config.json", "model.safetensors"]


def test_a_pickle_that_is_named_is_downloaded(hub: HubServer) -> None:
    folder = download(hub, ["config.json"], pickles=["ema.pt"])
    assert (folder / "ema.pt").stat().st_size == 70
    assert sorted(asked(hub)) == ["config.json", "ema.pt"]


@pytest.mark.parametrize(
    ("pattern", "said"),
    [("vae/*", "has no file vae/\\*"), ("old/*", "matches pickles only, such as old/model.bin")],
)
def test_a_pattern_that_finds_nothing_is_said(hub: HubServer, pattern: str, said: str) -> None:
    with pytest.raises(WeightsError, match=said):
        download(hub, [pattern])
    assert asked(hub) == []


def test_a_gated_repo_is_said_with_its_page(hub: HubServer) -> None:
    hub.fail(403, path="/api/models/", X_Error_Code="GatedRepo")
    with pytest.raises(RepoGatedError, match=f"accept them at {hub.endpoint}/{REPO}"):
        download(hub, ["config.json"])


def test_a_file_that_the_hub_refuses_is_said(hub: HubServer) -> None:
    hub.fail(403, path="model.safetensors", times=9, X_Error_Code="GatedRepo")
    with pytest.raises(RepoGatedError):
        download(hub, ["model.safetensors"])


def test_offline_the_cache_will_do(hub: HubServer) -> None:
    folder = download(hub, ["*.safetensors"])
    hub.endpoint = "http://127.0.0.1:9"
    assert download(hub, ["*.safetensors"]) == folder
    with pytest.raises(
        HubUnreachableError, match=r"config\.json of someone/something is not in the"
    ):
        download(hub, ["config.json"])


def test_offline_a_part_of_the_shards_will_not_do(hub: HubServer) -> None:
    for number in (1, 2, 3):
        name = f"vae/model-{number:05}-of-00003.safetensors"
        (hub.root / "someone__something" / "vae").mkdir(exist_ok=True)
        (hub.root / "someone__something" / name).write_bytes(b"x" * number)
    download(hub, ["vae/model-00001-of-00003.safetensors", "vae/model-00003-of-00003.safetensors"])
    endpoint, hub.endpoint = hub.endpoint, "http://127.0.0.1:9"
    with pytest.raises(HubUnreachableError, match=r"vae/model-00002-of-00003\.safetensors of"):
        download(hub, ["vae/*"])
    hub.endpoint = endpoint
    folder = download(hub, ["vae/*"])
    hub.endpoint = "http://127.0.0.1:9"
    assert download(hub, ["vae/*"]) == folder


def test_a_commit_that_is_gone_is_said(hub: HubServer) -> None:
    with pytest.raises(HubError, match="has no revision"):
        download_weights(REPO, "f" * 40, ["config.json"], endpoint=hub.endpoint)


def test_a_disk_that_is_too_small_is_said_before_anything_is_downloaded(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nearly_full(path: Any) -> Any:
        return shutil._ntuple_diskusage(2_000_000, 1_000_000, 1_000_000)

    monkeypatch.setattr(shutil, "disk_usage", nearly_full)
    with pytest.raises(WeightsError, match="set HF_HOME to a folder on a larger disk"):
        download(hub, ["model.safetensors"])
    assert asked(hub) == []


def test_local_weights_of_each_repo_lie_in_a_folder_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "local" / REPO
    own.mkdir(parents=True)
    for folder, name in ((own, "model.safetensors"), (own.parent.parent, "of-another.safetensors")):
        (folder / name).write_bytes(b"tensors")
    monkeypatch.setenv("LUCID_WEIGHTS", str(tmp_path / "local"))
    assert download_weights(REPO, COMMIT, ["*.safetensors"]) == own
    assert download_weights("other/model", COMMIT, ["of-*"]) == tmp_path / "local"
    with pytest.raises(WeightsError, match=r"has no file ema\.pt of other/model") as raised:
        download_weights("other/model", COMMIT, [], pickles=["ema.pt"])
    assert "DIR/other/model" in str(raised.value.hint)
