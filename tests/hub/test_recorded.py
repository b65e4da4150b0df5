"""Every recorded repo, through the real client: known as it is, for few requests and bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from lucid.hub.client import hub_snapshot
from lucid.hub.facts import Fact, InputFact, RepoFacts, Variant
from lucid.hub.families import load_families
from lucid.hub.inspect import inspect_snapshot
from tests.hub.repos import RECORDED
from tests.hub_server import HubServer, hub_server

REPOS = sorted(path.name for path in RECORDED.iterdir())
TRAPS = [name for name in REPOS if name.startswith("_trap")]
CHECKED = (
    "width", "height", "fps", "frames_per_step", "first_step_frames", "action_dim",
    "keyboard_dim", "prompt_live",
)  # fmt: skip


@pytest.fixture(scope="module")
def recorded() -> Iterator[HubServer]:
    with hub_server(RECORDED) as server:
        yield server


def inspected(hub: HubServer, name: str) -> RepoFacts:
    hub.requests.clear()
    hub.sent_bytes = 0
    snapshot = hub_snapshot(name.replace("__", "/"), endpoint=hub.endpoint)
    return inspect_snapshot(snapshot, load_families())


def expected(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((RECORDED / name / "_expected.json").read_text("utf-8"))
    return loaded


WORLDS = [name for name in REPOS if expected(name)["family"] != "none"]
DERIVED = [name for name in REPOS if "derived" in expected(name)]
NO_MODEL = [name for name in REPOS if "refusal" in expected(name)]


def value(fact: Fact[Any] | None) -> Any:
    return fact.value if fact else None


def test_at_least_twenty_repos_are_recorded_and_say_where_they_come_from() -> None:
    assert len(REPOS) >= 20
    for name in REPOS:
        assert json.loads((RECORDED / name / "_provenance.json").read_text("utf-8"))["sources"]


@pytest.mark.parametrize("name", WORLDS)
def test_a_world_is_known_as_it_is(recorded: HubServer, name: str) -> None:
    facts, wanted = inspected(recorded, name), expected(name)
    assert facts.family == wanted["family"]
    assert facts.refusal is None
    assert [given.kind for given in facts.inputs] == wanted["inputs"]
    assert [output.value for output in facts.outputs] == wanted["outputs"]
    for key in CHECKED:
        if key in wanted:
            assert value(facts.facts[key]) == wanted[key], key
    if "realtime" in wanted:
        assert value(facts.realtime) == wanted["realtime"]
    assert (facts.nearest.value.name if facts.nearest else None) == wanted.get("nearest")
    if "engine" in wanted:
        assert facts.engine is not None
        assert facts.engine.value.entry == wanted["engine"]


@pytest.mark.parametrize("name", [name for name in WORLDS if "variants" in expected(name)])
def test_variants_have_their_own_action_spaces(recorded: HubServer, name: str) -> None:
    variants = {variant.name: variant for variant in inspected(recorded, name).variants}
    for variant_name, wanted in expected(name)["variants"].items():
        variant: Variant = variants[variant_name]
        kinds = [given.kind for given in variant.inputs]
        assert ("mouse" in kinds) == wanted.pop("mouse")
        assert {key: value(variant.facts[key]) for key in wanted} == wanted


@pytest.mark.parametrize("name", [name for name in WORLDS if "external_repos" in expected(name)])
def test_needed_repos_are_listed_and_gated_ones_marked(recorded: HubServer, name: str) -> None:
    needed = {repo.repo: repo.gated for repo in inspected(recorded, name).needed_repos}
    for wanted in expected(name)["external_repos"]:
        repo, _, gated = wanted.partition(" ")
        assert needed[repo] is (True if gated else None)


@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_is_unknown_with_a_reason(recorded: HubServer, name: str) -> None:
    facts = inspected(recorded, name)
    assert facts.family == "unknown"
    assert facts.refusal or facts.open_questions
    assert (facts.inputs, facts.outputs, facts.engine) == ((), (), None)


def test_refusals_say_what_the_repo_is(recorded: HubServer) -> None:
    refusals = {name: inspected(recorded, name).refusal for name in TRAPS}
    said = {name: fact.value.partition(":")[0] for name, fact in refusals.items() if fact}
    assert said == {
        "_trap__hy-world-2.0": "a maker of 3D assets",
        "_trap__worldmodel-llm": "a language model",
    }


@pytest.mark.parametrize("name", DERIVED)
def test_a_derived_repo_names_its_base_and_what_to_inspect(recorded: HubServer, name: str) -> None:
    facts, wanted = inspected(recorded, name), expected(name)["derived"]
    assert facts.derived is not None
    assert facts.derived.value.model_dump() == wanted
    assert facts.instead == wanted["base"]


@pytest.mark.parametrize("name", NO_MODEL)
def test_a_repo_without_a_model_of_its_own_is_refused(recorded: HubServer, name: str) -> None:
    facts = inspected(recorded, name)
    assert facts.refusal is not None
    assert facts.refusal.value == expected(name)["refusal"]
    assert (facts.family, facts.suggestions, facts.engine) == ("unknown", (), None)


@pytest.mark.parametrize("name", REPOS)
def test_a_cold_inspection_is_cheap(recorded: HubServer, name: str) -> None:
    cost = inspected(recorded, name).cost
    assert cost is not None
    assert cost.requests == len(recorded.requests) <= 11
    assert cost.received_bytes == recorded.sent_bytes <= 300_000


@pytest.mark.parametrize("name", REPOS)
def test_every_fact_has_evidence_and_every_unknown_one_a_question(
    recorded: HubServer, name: str
) -> None:
    facts = inspected(recorded, name)
    places = [file.path for file in facts.files] + ["no "]
    given: list[Fact[Any] | InputFact] = [
        *(fact for fact in facts.facts.values() if fact),
        *facts.inputs,
        *facts.outputs,
    ]
    for fact in given:
        assert any(place in fact.evidence for place in places), fact
    asked = ("width", "height", "fps", "frames_per_step", "context_steps", "realtime")
    if any(facts.facts[key] is None for key in asked):
        assert facts.open_questions


def test_non_commercial_weights_are_said_to_be_so(recorded: HubServer) -> None:
    krea = inspected(recorded, "krea__krea-realtime-video")
    assert krea.licence_limits is not None
    assert krea.licence_limits.value.startswith("non-commercial")
    assert any("auto_map" in path for path in krea.runs_code)
    cosmos = inspected(recorded, "nvidia__Cosmos-Predict2-2B-Sample-Action-Conditioned")
    assert cosmos.accept_url == f"{recorded.endpoint}/{cosmos.repo}"
