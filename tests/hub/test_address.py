"""A repo as people paste it."""

from __future__ import annotations

from collections.abc import Iterator

import huggingface_hub.constants
import pytest

from lucid.errors import RepoNameError
from lucid.hub.address import parse_repo
from lucid.hub.inspect import inspect_repo
from tests.hub.repos import RECORDED
from tests.hub_server import HubServer, commit_of, hub_server

REPO = "Overworld/Waypoint-1.5-1B"
SHA = commit_of(REPO)
HUB = "https://huggingface.co"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    with hub_server(RECORDED) as server:
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", server.endpoint)
        yield server


@pytest.mark.parametrize(
    ("text", "revision"),
    [
        (REPO, None),
        (f" {REPO}\n", None),
        (f"{REPO}@refs/pr/1", "refs/pr/1"),
        (f"hf://{REPO}", None),
        (f"hf://models/{REPO}@v1", "v1"),
        (f"hf://{REPO}@refs%2Fpr%2F1", "refs/pr/1"),
        (f"{HUB}/{REPO}", None),
        (f"{HUB}/{REPO}/", None),
        (f"http://www.huggingface.co/{REPO}?library=diffusers#usage", None),
        (f"HTTPS://HuggingFace.co/{REPO}", None),
        (f"hf.co/{REPO}", None),
        (f"huggingface.co/{REPO}/tree/main", "main"),
        (f"{HUB}/{REPO}/tree/refs%2Fpr%2F1", "refs/pr/1"),
        (f"{HUB}/{REPO}/tree/refs/pr/1", "refs/pr/1"),
        (f"{HUB}/{REPO}/tree/refs%2Fpr%2F1/transformer?x=1", "refs/pr/1"),
        (f"{HUB}/{REPO}/blob/{SHA}/transformer/config.json#L3", SHA),
        (f"{HUB}/{REPO}/resolve/main/model.safetensors?download=true", "main"),
        (f"{HUB}/{REPO}/commit/{SHA}", SHA),
        (f"{HUB}/{REPO}/commits/main", "main"),
        (f"{HUB}/{REPO}/discussions/3", None),
        (f"{HUB}/api/models/{REPO}", None),
    ],
)
def test_an_address_names_the_repo_and_its_revision(text: str, revision: str | None) -> None:
    assert parse_repo(text, None, HUB) == (REPO, revision)


def test_a_repo_without_an_organisation_has_pages_too() -> None:
    assert parse_repo(f"{HUB}/gpt2/tree/main", None, HUB) == ("gpt2", "main")


def test_the_hub_in_use_has_pages_too(hub: HubServer) -> None:
    assert parse_repo("https://hub.example/hf/a/b", None, "https://hub.example/hf") == ("a/b", None)
    facts = inspect_repo(f"{hub.endpoint}/{REPO}/tree/{SHA}")
    assert (facts.repo, facts.revision) == (REPO, SHA)
    assert ("GET", f"/api/models/{REPO}/revision/{SHA}") in hub.requests


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{HUB}/datasets/a/b", "is a dataset"),
        (f"{HUB}/spaces/a/b/tree/main", "is a Space"),
        ("hf://datasets/a/b", "is a dataset"),
        (f"{HUB}/papers/2401.1", "is a paper"),
        (HUB, "is the Hub itself"),
        (f"https://github.com/{REPO}", "not on the Hugging Face Hub"),
        ("https://huggingface.co.evil.example/a/b", "not on the Hugging Face Hub"),
        ("a/b/c", "cannot be a repo's name"),
    ],
)
def test_another_page_is_refused_with_the_reason(hub: HubServer, text: str, reason: str) -> None:
    with pytest.raises(RepoNameError, match=reason) as caught:
        inspect_repo(text)
    assert caught.value.exit_code == 2
    assert "ORG/NAME" in str(caught.value)
    assert hub.requests == []


def test_two_revisions_are_refused_and_the_same_one_twice_is_not(hub: HubServer) -> None:
    with pytest.raises(RepoNameError, match="'v1', but --revision names 'v2'"):
        inspect_repo(f"{REPO}@v1", "v2")
    assert inspect_repo(f"{HUB}/{REPO}/tree/main", "main").revision == "main"
