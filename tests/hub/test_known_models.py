"""Models known by a file's hash, and suggested by a repo's name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lucid.hub.facts import RepoFacts, RepoFile
from lucid.hub.families import load_families
from lucid.hub.inspect import inspect_snapshot
from lucid.hub.known_models import load_known_models
from lucid.hub.report import render_report
from lucid.lock import Choices
from tests.hub.repos import made_up

MODEL = next(model for model in load_known_models() if model.files)
FILE = RepoFile(
    path="renamed.safetensors",
    size_bytes=MODEL.files[0].size_bytes,
    sha256=MODEL.files[0].sha256,
)


def inspected(
    repo: str = "someone/something", *files: RepoFile, choices: Choices | None = None
) -> RepoFacts:
    listed = files or (RepoFile(path="net.safetensors", size_bytes=1),)
    snapshot = replace(made_up({}), repo=repo, files=listed)
    return inspect_snapshot(snapshot, load_families(), choices or Choices())


def words(facts: RepoFacts) -> str:
    return " ".join(render_report(facts, load_families(), None).plain.replace("\\\n", "").split())


def test_each_model_has_a_family_that_exists_and_names_and_files_of_its_own() -> None:
    models = load_known_models()
    assert {model.family for model in models} <= {family.name for family in load_families()}
    repos = [repo.casefold() for model in models for repo in model.repos]
    hashes = [file.sha256 for model in models for file in model.files]
    assert len(set(repos)) == len(repos)
    assert len(set(hashes)) == len(hashes)
    assert all(model.repos or model.files for model in models)


def test_rules_ask_for_models_that_are_known() -> None:
    asked = {
        condition.known
        for family in load_families()
        for rules in (
            family.rules, family.inputs, family.engines, family.repos, family.variants,
            family.lineages, family.quirks,
        )
        for rule in rules
        for condition in rule.when
        if condition.known
    }  # fmt: skip
    assert asked <= {model.name for model in load_known_models()}


def test_the_hash_of_a_recorded_file_is_proof_whatever_it_and_its_repo_are_called() -> None:
    facts = inspected("mirror/copy", FILE)
    assert facts.family == MODEL.family
    proof = facts.evidence[0]
    assert proof.strength == "strong"
    assert proof.source == f"renamed.safetensors:sha256={FILE.sha256[:12] if FILE.sha256 else ''}"
    assert proof.why == f"a file of {MODEL.name}"


@pytest.mark.parametrize("size_bytes", [None, 0, MODEL.files[0].size_bytes - 1])
def test_a_hash_with_another_size_is_no_proof_but_a_question(size_bytes: int | None) -> None:
    facts = inspected("mirror/copy", FILE.model_copy(update={"size_bytes": size_bytes}))
    assert facts.family == "unknown"
    asked = next(one for one in facts.open_questions if one.id.startswith("other_size"))
    size = "no size" if size_bytes is None else f"{size_bytes} bytes"
    assert asked.question == (
        f"Is renamed.safetensors a file of {MODEL.name}? It has that file's hash, but {size} "
        f"instead of {MODEL.files[0].size_bytes} bytes."
    )


@pytest.mark.parametrize("change", [str, str.upper, str.lower])
def test_the_name_of_a_repo_only_suggests(change: type[str]) -> None:
    repo = change(MODEL.repos[0])
    facts = inspected(repo)
    assert (facts.family, facts.inputs, facts.engine) == ("unknown", (), None)
    (hint,) = facts.suggestions
    assert (hint.family, hint.model) == (MODEL.family, MODEL.name)
    assert hint.evidence[-1].why == f"{MODEL.name}, by its name, not by its contents"
    said = words(facts)
    assert f"It may be {MODEL.name} (by its name, not by its contents)" in said
    assert f"lucid new NAME --from-hf {repo} --family {MODEL.family}" in said


def test_another_owner_s_repo_of_the_same_name_gets_no_suggestion() -> None:
    name = MODEL.repos[0].partition("/")[2]
    assert inspected(f"someone/{name}").suggestions == ()


def test_a_name_without_weights_is_code_only_and_gets_no_suggestion() -> None:
    snapshot = replace(made_up({"config.yaml": "a: 1"}), repo=MODEL.repos[0], url="https://hub/x")
    facts = inspect_snapshot(snapshot, load_families())
    assert facts.suggestions == ()
    assert facts.refusal is not None
