"""What a broken, hostile or huge repo or Hub can send: said in words, at a bounded cost."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lucid.errors import HubUnreachableError
from lucid.hub import client
from lucid.hub.client import hub_snapshot
from lucid.hub.facts import NOT_PINNED, RepoFacts
from lucid.hub.families import load_families
from lucid.hub.inspect import inspect_snapshot
from lucid.hub.report import render_report
from lucid.hub.snapshot import MAX_FILES
from tests.hub.weights.files import bomb, entry, huge_checkpoint, safetensors, zipped_pickle
from tests.hub_server import Answer, HubServer, hub_server

REPO = "someone/something"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubServer]:
    with hub_server(tmp_path / "hub") as server:
        (server.root / "someone__something").mkdir(parents=True)
        yield server


def add(hub: HubServer, path: str, content: bytes) -> None:
    file = hub.root / "someone__something" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def listed(hub: HubServer, *paths: object, **listing: object) -> None:
    siblings = [{"rfilename": path, "size": 10} for path in paths]
    text = json.dumps({"gated": False, "siblings": siblings, **listing})
    (hub.root / "someone__something" / "_siblings.json").write_text(text)


def inspected(hub: HubServer) -> RepoFacts:
    return inspect_snapshot(hub_snapshot(REPO, endpoint=hub.endpoint), load_families())


def test_weights_are_looked_into_by_range_and_no_more_is_sent(hub: HubServer) -> None:
    header = {"external_cond.weight": entry("BF16", 1024, 25)}
    add(hub, "model.safetensors", safetensors(header, data_bytes=3_000_000))
    add(hub, "text_encoder/model.safetensors", safetensors({}, data_bytes=3_000_000))
    facts = inspected(hub)
    assert facts.family == "frame-dit"
    assert facts.evidence[0].source == "model.safetensors:external_cond.weight [1024, 25]"
    look = facts.looked_into[0]
    assert (look.dtype, look.parameters, look.problem) == ("BF16", 25_600, None)
    assert facts.vram_bytes is not None
    sizes = facts.vram_bytes.value  # that of the encoder is the same with weights of eight bits
    assert sizes["stored"] - sizes["fp8"] == sizes["network"] // 2 < sizes["rest"]
    assert hub.sent_bytes < 100_000


def test_of_shards_the_first_is_looked_into(hub: HubServer) -> None:
    for number in (1, 2, 3):
        name = f"transformer/diffusion_pytorch_model-0000{number}-of-00003.safetensors"
        add(hub, name, safetensors({f"w{number}": entry("F16", 2)}))
    (look,) = inspected(hub).looked_into
    assert look.path.endswith("-00001-of-00003.safetensors")


def test_a_server_that_ignores_range_is_cut_off(hub: HubServer) -> None:
    hub.honours_range = False
    add(hub, "model.safetensors", safetensors({"w": entry("F16", 2)}, data_bytes=50_000_000))
    add(hub, "pickle.pt", bytes(50_000_000))
    facts = inspected(hub)
    assert facts.looked_into[0].dtype == "F16"
    assert (
        facts.looked_into[1].problem == "the server ignores Range requests, so the file was cut off"
    )
    assert facts.cost is not None
    assert facts.cost.received_bytes < 200_000


def test_a_16_gb_checkpoint_costs_less_than_200_kb(hub: HubServer) -> None:
    huge_checkpoint(hub.root / "someone__something" / "model.pt", 2000, 16 * 10**9)
    facts = inspected(hub)
    (look,) = facts.looked_into
    assert (look.format, look.dtype, look.complete) == ("torch zip", "F32", False)
    assert hub.sent_bytes < 200_000
    assert len(hub.requests) <= 12
    assert facts.runs_code == ("model.pt",)


def test_a_checkpoint_that_runs_a_command_is_said_to(hub: HubServer) -> None:
    add(hub, "model.pt", zipped_pickle(bomb()))
    (look,) = inspected(hub).looked_into
    assert look.unsafe_imports == ("posix.system",)


def test_files_on_another_host_are_read_without_the_token(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    add(hub, "config.json", b'{"_class_name": "SanaWMPipeline"}')
    add(hub, "weights.bin", b"weights")
    with hub_server(hub.root) as cdn:
        hub.redirect_files_to = cdn.endpoint.replace("127.0.0.1", "localhost")
        facts = inspected(hub)
    assert facts.family == "camera-video"
    assert hub.authorizations[0] == "Bearer hf_secret"
    assert set(cdn.authorizations) == {None}
    assert facts.cost is not None
    assert facts.cost.requests == len(hub.requests) + len(cdn.requests)


def test_a_circle_of_redirects_ends(hub: HubServer) -> None:
    add(hub, "config.json", b"{}")
    hub.redirect_files_to = hub.endpoint
    with pytest.raises(HubUnreachableError, match="cannot be reached"):
        inspected(hub)


def test_a_hub_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "TIMEOUT_S", 0.05)
    pauses: list[float] = []
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(HubUnreachableError, match="cannot be reached"),
    ):
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        hub_snapshot(REPO, endpoint=endpoint, sleep=pauses.append)
    assert pauses == [0.5, 1.0]


def test_a_repo_of_50_000_files_is_looked_at_in_part(hub: HubServer) -> None:
    listed(hub, "config.json", *(f"frames/{number:06}.png" for number in range(50_000)))
    add(hub, "config.json", b'{"_class_name": "SanaWMPipeline"}')
    facts = inspected(hub)
    assert facts.family == "camera-video"
    assert len(facts.files) == MAX_FILES
    assert facts.files_left_out == 50_001 - MAX_FILES


def test_a_list_of_files_without_end_is_cut_off(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "MAX_LISTING_BYTES", 10_000)
    listed(hub, *(f"{number:06}.png" for number in range(1000)))
    with pytest.raises(HubUnreachableError, match="longer than"):
        inspected(hub)


def test_file_names_that_lead_out_of_the_repo_are_left_out(hub: HubServer) -> None:
    odd = ["../up.json", "/etc/config.json", "a/../../config.json", "C:\\config.json", "a//b.json"]
    listed(hub, *odd, "ok.json")
    facts = inspected(hub)
    assert [file.path for file in facts.files] == ["ok.json"]
    assert not [path for _, path in hub.requests if "config.json" in path]


@pytest.mark.parametrize(
    "listing",
    [
        {"siblings": "none"},
        {"siblings": [3]},
        {"siblings": [{"size": 3}]},
        {"siblings": [{"rfilename": 3}]},
        {"siblings": [{"rfilename": "a", "lfs": 7}]},
        {"cardData": 3, "siblings": None, "sha": 7},
    ],
)
def test_a_listing_of_wrong_types_is_no_hubs_answer(
    hub: HubServer, listing: dict[str, Any]
) -> None:
    text = json.dumps({"id": REPO, "sha": "0" * 40, "gated": False, **listing}).encode()
    hub.faults.append(("/api/models", Answer(200, body=text)))
    with pytest.raises(HubUnreachableError, match="it does not seem to be the Hub"):
        inspected(hub)


@pytest.mark.parametrize("commit", ["67487c4a", "0" * 39, "main", "G" * 40])
def test_a_commit_that_is_not_40_hex_digits_is_unknown(hub: HubServer, commit: str) -> None:
    add(hub, "config.yaml", b"model_type: waypoint-1.5\n")
    listed(hub, "config.yaml", "model.safetensors", sha=commit)
    facts = inspected(hub)
    assert facts.commit == NOT_PINNED
    assert facts.family == "waypoint"  # its configs are read at the revision
    first = render_report(facts, load_families(), None).plain.splitlines()[0]
    assert first.endswith("main, not pinned")


@pytest.mark.parametrize("size", [-1, 2**80, "big", 1.5, True])
def test_an_odd_size_is_unknown(hub: HubServer, size: object) -> None:
    listed(hub, siblings=[{"rfilename": "model.bin", "size": size}])
    facts = inspected(hub)
    assert facts.files[0].size_bytes is None
    assert facts.download_bytes is None


@pytest.mark.parametrize(
    "content",
    [b"{", b"\xff\xfe\x00", b"[" * 60_000, b"a: &a [*a]", b'{"a": 1e999}', b"a = [1", b""],
)
def test_malformed_configs_are_open_questions(hub: HubServer, content: bytes) -> None:
    for path in ("config.json", "config.yaml", "model_index.json", "config.toml"):
        add(hub, path, content)
    facts = inspected(hub)
    assert facts.family == "unknown"
    broken = [question.id for question in facts.open_questions if "unreadable" in question.id]
    assert len(broken) >= (0 if content in (b"", b'{"a": 1e999}') else 2)


def test_configs_are_read_within_the_budget(hub: HubServer) -> None:
    for number in range(30):
        add(hub, f"part{number}/config.json", b'{"a": "' + b"x" * 60_000 + b'"}')
    facts = inspected(hub)
    assert facts.cost is not None
    assert facts.cost.received_bytes <= 300_000
    assert len(hub.requests) <= 11


def test_long_headers_and_configs_together_stay_within_300_kb(hub: HubServer) -> None:
    header = {f"blocks.{number}.weight": entry("BF16", 8) for number in range(8000)}
    for name in ("model", "transformer/a", "vae/b", "text_encoder/c"):
        add(hub, f"{name}.safetensors", safetensors(header, data_bytes=1000))
    for number in range(10):
        add(hub, f"part{number}/config.json", b'{"a": "' + b"x" * 30_000 + b'"}')
    facts = inspected(hub)
    assert hub.sent_bytes <= 300_000
    assert len(hub.requests) <= 11
    assert facts.looked_into[0].dtype == "BF16"


def test_scans_with_issues_are_told(hub: HubServer) -> None:
    status = {"scansDone": True, "filesWithIssues": [{"path": "a.pt", "level": "unsafe"}]}
    listed(hub, "a.pt", securityRepoStatus=status)
    scan = inspected(hub).scan
    assert scan is not None
    assert scan.value == "1 file(s) with issues: a.pt"
