from __future__ import annotations

import json
import logging
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lucid.errors import (
    HubError,
    HubRateLimitError,
    HubUnreachableError,
    RepoGatedError,
    RepoNotFoundError,
    RevisionNotFoundError,
)
from lucid.hub.client import hub_snapshot
from lucid.hub.families import load_families
from lucid.hub.inspect import inspect_snapshot
from lucid.hub.snapshot import MAX_CONFIG_BYTES
from tests.hub.repos import RECORDED
from tests.hub_server import Answer, HubServer, commit_of, hub_server

WAYPOINT = "Overworld/Waypoint-1.5-1B"


@pytest.fixture(scope="module")
def recorded() -> Iterator[HubServer]:
    with hub_server(RECORDED) as server:
        yield server


@pytest.fixture
def hub(recorded: HubServer) -> HubServer:
    recorded.requests.clear()
    recorded.faults.clear()
    return recorded


@pytest.fixture
def made_up(tmp_path: Path) -> Iterator[HubServer]:
    with hub_server(tmp_path) as server:
        yield server


def write_repo(root: Path, files: dict[str, bytes], **listing: object) -> None:
    folder = root / "someone__something"
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    if listing:
        (folder / "_siblings.json").write_text(json.dumps(listing))


def test_a_snapshot_has_the_commit_and_every_file_with_its_size(hub: HubServer) -> None:
    snapshot = hub_snapshot(WAYPOINT, endpoint=hub.endpoint)
    assert (snapshot.repo, snapshot.revision) == (WAYPOINT, "main")
    assert snapshot.commit == commit_of(WAYPOINT)
    assert snapshot.gated is False
    sizes = {file.path: file.size_bytes for file in snapshot.files}
    assert len(sizes) == 10
    assert sizes["transformer/diffusion_pytorch_model.safetensors"] == 7_440_000_000
    assert sizes["modular_blocks.py"] is None


def test_lfs_files_carry_their_sha256_and_small_ones_none(hub: HubServer) -> None:
    files = {file.path: file for file in hub_snapshot(WAYPOINT, endpoint=hub.endpoint).files}
    assert len(files["model.safetensors"].sha256 or "") == 64
    assert files["config.yaml"].sha256 is None


def test_the_list_small_configs_and_the_starts_of_weights_are_requested(hub: HubServer) -> None:
    snapshot = hub_snapshot(WAYPOINT, endpoint=hub.endpoint)
    at_commit = f"/{WAYPOINT}/resolve/{commit_of(WAYPOINT)}"
    assert hub.requests == [
        ("GET", f"/api/models/{WAYPOINT}/revision/main"),
        ("GET", f"{at_commit}/README.md"),
        ("GET", f"{at_commit}/config.yaml"),
        ("GET", f"{at_commit}/modular_config.json"),
        ("GET", f"{at_commit}/transformer/config.json"),
        ("GET", f"{at_commit}/model.safetensors"),
        ("GET", f"{at_commit}/vae/diffusion_pytorch_model.safetensors"),
    ]
    assert snapshot.configs["modular_config.json"].startswith(b'{\n  "_class_name"')


def test_a_commit_is_a_revision(hub: HubServer) -> None:
    commit = commit_of(WAYPOINT)
    snapshot = hub_snapshot(WAYPOINT, commit, endpoint=hub.endpoint)
    assert (snapshot.revision, snapshot.commit) == (commit, commit)


def test_an_unknown_repo_says_to_check_the_spelling(hub: HubServer) -> None:
    with pytest.raises(RepoNotFoundError, match="Overworld/Waypont is not on the Hub") as caught:
        hub_snapshot("Overworld/Waypont", endpoint=hub.endpoint)
    assert "spelling" in str(caught.value)
    assert "HF_TOKEN" in str(caught.value)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    "typed",
    ["waypoint-1.5-1b", "overworld/waypoint-1.5-1b", "someone/Waypoint-1.5-1B", "waypoint-1.5"],
)
def test_a_name_in_another_case_or_without_its_organisation_is_suggested(
    hub: HubServer, typed: str
) -> None:
    with pytest.raises(RepoNotFoundError) as caught:
        hub_snapshot(typed, endpoint=hub.endpoint)
    assert f"did you mean {WAYPOINT}?" in str(caught.value)


def test_a_hub_whose_search_fails_still_says_to_check_the_spelling(hub: HubServer) -> None:
    hub.faults = [("waypoint", Answer(404)), ("/api/models", Answer(200, {}, b"no JSON"))]
    with pytest.raises(RepoNotFoundError, match="spelling"):
        hub_snapshot("waypoint-1.5-1b", endpoint=hub.endpoint)


@pytest.mark.parametrize(
    "repo", ["a/b/c", "a b", "über/welt", "a--b", "https://huggingface.co/a/b"]
)
def test_a_name_that_no_repo_can_have_asks_nobody(hub: HubServer, repo: str) -> None:
    with pytest.raises(RepoNotFoundError, match="ORG/NAME"):
        hub_snapshot(repo, endpoint=hub.endpoint)
    assert hub.requests == []


def test_a_gated_repo_names_the_page_to_accept(hub: HubServer) -> None:
    hub.fail(403, path="/resolve/", X_Error_Code="GatedRepo")
    with pytest.raises(RepoGatedError) as caught:
        hub_snapshot(WAYPOINT, endpoint=hub.endpoint)
    assert f"{hub.endpoint}/{WAYPOINT}" in str(caught.value)


def test_of_a_gated_repo_that_is_closed_to_you_the_public_part_is_read(made_up: HubServer) -> None:
    siblings = [{"rfilename": "README.md", "size": 9}, {"rfilename": "oasis500m.pt", "size": 7}]
    card = {"license": "mit", "tags": ["\N{VIDEO GAME}", "oasis"], "model-index": "x" * 20_000}
    files = {"README.md": b"not shown"}
    write_repo(made_up.root, files, gated="manual", siblings=siblings, cardData=card)
    for _ in range(2):
        made_up.fail(401, path="/resolve/", X_Error_Code="GatedRepo")
    with pytest.raises(RepoGatedError):
        hub_snapshot("someone/something", endpoint=made_up.endpoint)
    snapshot = hub_snapshot("someone/something", endpoint=made_up.endpoint, public_part=True)
    assert (snapshot.access_refused, snapshot.gated, len(snapshot.files)) == (True, True, 2)
    assert (len(made_up.requests), made_up.faults) == (4, [])
    facts = inspect_snapshot(snapshot, load_families())
    assert facts.licence is not None
    assert facts.licence.value == "mit"
    assert [hint.family for hint in facts.suggestions] == ["frame-dit"]
    url = f"{made_up.endpoint}/someone/something"
    assert facts.accept_url == url
    assert facts.open_questions[0].id == "access"
    assert url in facts.open_questions[0].question


def test_a_gated_repo_that_is_open_to_you_is_read(made_up: HubServer) -> None:
    siblings = [{"rfilename": "config.json", "size": 2}]
    write_repo(made_up.root, {"config.json": b"{}"}, gated="auto", siblings=siblings)
    snapshot = hub_snapshot("someone/something", endpoint=made_up.endpoint)
    assert snapshot.gated is True
    assert snapshot.configs == {"config.json": b"{}"}


def test_an_unknown_revision_is_named(hub: HubServer) -> None:
    with pytest.raises(RevisionNotFoundError, match="no revision 'v9/x'"):
        hub_snapshot(WAYPOINT, "v9/x", endpoint=hub.endpoint)


def test_a_busy_hub_is_asked_again_after_the_pause_it_wants(
    hub: HubServer, caplog: pytest.LogCaptureFixture
) -> None:
    hub.fail(429, Retry_After="2")
    hub.fail(503)
    pauses: list[float] = []
    with caplog.at_level(logging.WARNING):
        snapshot = hub_snapshot(WAYPOINT, endpoint=hub.endpoint, sleep=pauses.append)
    assert snapshot.commit == commit_of(WAYPOINT)
    assert pauses == [2.0, 1.0]
    assert "the Hub is busy; trying again in 2 s" in caplog.text


def test_a_busy_hub_is_asked_three_times(hub: HubServer) -> None:
    hub.fail(429, times=5)
    pauses: list[float] = []
    with pytest.raises(HubRateLimitError):
        hub_snapshot(WAYPOINT, endpoint=hub.endpoint, sleep=pauses.append)
    assert len(hub.requests) == 3
    assert pauses == [0.5, 1.0]


def test_a_long_pause_is_told_and_not_waited_for(hub: HubServer) -> None:
    hub.fail(429, ratelimit='"api";r=0;t=55')
    pauses: list[float] = []
    with pytest.raises(HubRateLimitError, match="too many requests") as caught:
        hub_snapshot(WAYPOINT, endpoint=hub.endpoint, sleep=pauses.append)
    assert pauses == []
    assert "try again in 55 s" in str(caught.value)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_failing_hub_is_asked_again_and_then_reported(hub: HubServer, status: int) -> None:
    hub.fail(status, times=3)
    pauses: list[float] = []
    with pytest.raises(HubUnreachableError, match=str(status)):
        hub_snapshot(WAYPOINT, endpoint=hub.endpoint, sleep=pauses.append)
    assert pauses == [0.5, 1.0]


def test_a_refused_token_is_named_as_such(hub: HubServer) -> None:
    hub.fail(401, X_Error_Message="Invalid credentials in Authorization header")
    with pytest.raises(HubError, match="does not accept your token"):
        hub_snapshot(WAYPOINT, endpoint=hub.endpoint)


def test_forbidden_access_points_to_the_repo(hub: HubServer) -> None:
    hub.fail(403)
    with pytest.raises(HubError, match=f"refuses access to {WAYPOINT}"):
        hub_snapshot(WAYPOINT, endpoint=hub.endpoint)


@pytest.mark.parametrize("body", [b"<html>Log in</html>", b"[]", b"{}", b'{"id": "a/b"}'])
def test_a_page_that_is_no_hubs_answer_is_not_taken_for_one(hub: HubServer, body: bytes) -> None:
    hub.faults.append(("/api/models", Answer(200, body=body)))
    with pytest.raises(HubUnreachableError, match="it does not seem to be the Hub"):
        hub_snapshot(WAYPOINT, endpoint=hub.endpoint)


def test_a_dead_network_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        tcp_port = listener.getsockname()[1]
    with pytest.raises(HubUnreachableError, match="cannot be reached"):
        hub_snapshot(WAYPOINT, endpoint=f"http://127.0.0.1:{tcp_port}")


@pytest.mark.parametrize("endpoint", ["huggingface.co", "ftp://hub", "http://"])
def test_an_address_that_is_no_url_is_named(endpoint: str) -> None:
    with pytest.raises(HubUnreachableError, match="HF_ENDPOINT"):
        hub_snapshot(WAYPOINT, endpoint=endpoint)


def test_a_file_that_vanished_or_grew_is_left_out(made_up: HubServer) -> None:
    write_repo(
        made_up.root,
        {"config.json": b"{}", "big/config.json": b" " * (MAX_CONFIG_BYTES + 1)},
        siblings=[
            {"rfilename": "config.json", "size": 2},
            {"rfilename": "big/config.json", "size": 2},
            {"rfilename": "gone/config.json", "size": 2},
        ],
    )
    snapshot = hub_snapshot("someone/something", endpoint=made_up.endpoint)
    assert snapshot.configs == {"config.json": b"{}"}
    assert len(snapshot.files) == 3


def test_importing_the_client_does_not_import_huggingface_hub() -> None:
    code = "import sys, lucid.hub.inspect; print('huggingface_hub' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
