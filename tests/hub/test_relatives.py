"""Relatives of Self-Forcing, LingBot-World 2, and the plain models that these are trained from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lucid.errors import ScaffoldError
from lucid.hub.client import hub_snapshot
from lucid.hub.facts import RepoFacts
from lucid.hub.families import load_families
from lucid.hub.inspect import inspect_snapshot
from lucid.hub.known_models import BY_NAME
from lucid.hub.report import render_report
from lucid.lock import Choices
from lucid.scaffold.prepare import prepare
from tests.hub.repos import inspected, made_up, recorded_text
from tests.hub_server import Answer, HubServer, hub_server
from tests.scaffold.facts import recorded_facts

WAN = {"config.json": json.dumps({"_class_name": "WanModel", "model_type": "t2v"})}
WAN_FILES = ("diffusion_pytorch_model.safetensors", "Wan2.1_VAE.pth",
             "models_t5_umt5-xxl-enc-bf16.pth")  # fmt: skip


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubServer]:
    with hub_server(tmp_path) as server:
        yield server


def of(name: str, *files: str, family: str | None = None, **configs: str) -> RepoFacts:
    snapshot = replace(made_up(configs, *files), repo=name)
    return inspect_snapshot(snapshot, load_families(), Choices(family=family))


def said(facts: RepoFacts) -> str:
    return " ".join(render_report(facts, load_families(), None).plain.split())


@pytest.mark.parametrize(
    ("files", "name", "source"),
    [
        (["checkpoints/self_forcing_dmd.pt", "ode_init.pt"], "self-forcing", "/Self-Forcing@"),
        (["chunkwise/causal_forcing.pt", "chunkwise/causal_ode.pt"], "self-forcing",
         "thu-ml/Causal-Forcing@"),
        (["checkpoints/rolling_forcing_dmd.pt"], "rolling-forcing", "/RollingForcing@"),
        (["chunkwise/ar/model.pt", "init/chunkwise/causal_ode.pt"], "self-gradient-forcing",
         "zhuang2002/Self_Gradient_Forcing@"),
    ],
)  # fmt: skip
def test_a_checkpoint_s_name_says_whose_code_loads_it(
    files: list[str], name: str, source: str
) -> None:
    facts = inspected({}, *files)
    assert facts.family == "prompt-stream"
    assert facts.engine is not None
    assert facts.engine.value.name == name
    assert source in (facts.engine.value.source or "")
    assert facts.needed_repos[0].repo == "Wan-AI/Wan2.1-T2V-1.3B"


@pytest.mark.parametrize(
    ("variant", "frames", "steps", "kinds"),
    [
        ("chunkwise", (12, 9), 4, ["prompt"]),
        ("framewise", (4, 1), 4, ["prompt", "image"]),
        ("framewise-2step", (4, 1), 2, ["prompt", "image"]),
        ("framewise-1step", (4, 1), 1, ["prompt", "image"]),
        ("longvideo", (12, 9), 4, ["prompt"]),
    ],
)
def test_causal_forcing_s_models_have_frames_and_inputs_of_their_own(
    variant: str, frames: tuple[int, int], steps: int, kinds: list[str]
) -> None:
    snapshot = made_up(
        {}, "chunkwise/causal_forcing.pt", "chunkwise/ar_diffusion.pt", "chunkwise/longvideo.pt",
        "framewise/causal_forcing.pt", "causal-forcing++/framewise-1step.pt",
        "causal-forcing++/framewise-2step.pt",
    )  # fmt: skip
    facts = inspect_snapshot(snapshot, load_families(), Choices(variant=variant))
    known = {name: fact.value for name, fact in facts.facts.items() if fact is not None}
    assert (known["frames_per_step"], known["first_step_frames"]) == frames
    assert known["denoising_steps"] == steps
    assert [given.kind for given in facts.inputs] == kinds
    assert facts.engine is not None
    wanted = "rolling-forcing" if variant == "longvideo" else "self-forcing"
    assert facts.engine.value.name == wanted


def test_one_file_of_causal_forcing_alone_only_suggests() -> None:
    facts = inspected({}, "causal_forcing.pt")
    assert facts.family == "unknown"


def test_the_licence_of_rolling_forcing_is_said_where_the_card_names_none() -> None:
    files = ("checkpoints/rolling_forcing_dmd.pt",)
    facts = inspected({}, *files)
    assert facts.licence is not None
    assert facts.licence.value == "License Terms of RollingForcing"
    assert facts.licence_limits is not None
    assert facts.licence_limits.value.startswith("academic use only")
    card = inspected({"README.md": "---\nlicense: mit\n---\n"}, *files)
    assert card.licence is not None
    assert card.licence.value == "mit"


def test_the_engine_is_that_of_the_first_model_until_another_is_chosen() -> None:
    first = recorded_facts("zhuhz22/Causal-Forcing").engine
    assert first is not None
    assert first.value.entry == "pipeline.CausalInferencePipeline"
    chosen = recorded_facts("zhuhz22/Causal-Forcing", Choices(variant="longvideo")).engine
    assert chosen is not None
    assert chosen.value.entry == "pipeline.rolling_forcing_inference.CausalInferencePipeline"


def test_a_repo_with_models_of_two_families_names_the_other_one() -> None:
    config = recorded_text("acvlab/ABot-World-0-5B-LF", "config.json")
    others = ("sf/checkpoints/self_forcing_dmd.pt", "sf/checkpoints/ode_init.pt")
    facts = inspected({"abot/config.json": config}, "abot/net.safetensors", *others)
    asked = {question.id: question.question for question in facts.open_questions}
    assert facts.family == "camera-video"
    assert "sf/ (prompt-stream)" in asked["other_models"]
    alone = inspected({"abot/config.json": config}, "abot/net.safetensors")
    assert "other_models" not in {question.id for question in alone.open_questions}


def test_lingbot_s_fast_engine_is_not_given_weights_that_it_does_not_find() -> None:
    config = {"config.json": recorded_text("robbyant/lingbot-world-fast", "config.json")}
    found = inspected(config, "diffusion_pytorch_model-00001-of-00016.safetensors").engine
    assert found is not None
    assert found.value.entry == "wan.WanI2VFast"
    assert inspected(config, "model-00001-of-00006.safetensors").engine is None


@pytest.mark.parametrize("folder", ["", "high_noise_model/"])
def test_plain_wan_is_said_to_take_no_actions(folder: str) -> None:
    configs = {f"{folder}config.json": WAN["config.json"]}
    facts = inspected(configs, *WAN_FILES)
    assert (facts.family, facts.engine) == ("unknown", None)
    assert facts.refusal is not None
    assert facts.refusal.value == "a plain text-to-video model: it takes no actions"
    assert "This is a plain text-to-video model: it takes no actions." in said(facts)


@pytest.mark.parametrize("other", ["net_forcing_dmd.pt", "action_adapter.safetensors", "lora.pt"])
def test_wan_beside_another_checkpoint_is_not_called_plain(other: str) -> None:
    refusal = inspected(WAN, *WAN_FILES, other).refusal
    assert refusal is None or "plain" not in refusal.value


def test_a_plain_model_known_by_its_name_is_said_to_be_known_so() -> None:
    facts = of("Wan-AI/Wan2.2-TI2V-5B", "diffusion_pytorch_model-00001-of-00003.safetensors")
    assert facts.refusal is not None
    assert facts.refusal.value == f"a plain text-to-video model: it takes no actions ({BY_NAME})"
    assert facts.suggestions == ()
    chosen = of("Wan-AI/Wan2.2-TI2V-5B", "net.safetensors", family="prompt-stream")
    assert (chosen.family, chosen.refusal) == ("prompt-stream", None)


def test_a_known_model_s_facts_need_its_files_or_a_person_s_word() -> None:
    name, shard = "robbyant/lingbot-world-v2-14b-causal-fast", "transformers/model.safetensors"
    facts = of(name, shard)
    assert (facts.family, facts.facts["frames_per_step"]) == ("unknown", None)
    assert facts.suggestions[0].model == "LingBot-World 2 causal-fast"
    chosen = of(name, shard, family="camera-video")
    assert chosen.facts["frames_per_step"] is not None
    assert chosen.facts["frames_per_step"].value == 16
    assert chosen.facts["frames_per_step"].evidence.startswith("the repo's name, and --family")
    other = of("someone/else", shard, family="camera-video")
    assert other.facts["frames_per_step"] is None


@pytest.mark.parametrize("file", ["pytorch_lora_weights.safetensors", "net.gguf"])
def test_a_derived_repo_without_a_base_is_refused_in_one_sentence(file: str) -> None:
    with pytest.raises(ScaffoldError, match="a model that its card does not name") as refused:
        prepare(made_up({}, file), Choices())
    assert "--from-hf" not in (refused.value.hint or "")
    assert "`lucid new NAME` writes a blank port" in (refused.value.hint or "")


def test_a_base_that_was_renamed_is_read_under_its_new_name(hub: HubServer) -> None:
    (hub.root / "new__name").mkdir()
    (hub.root / "new__name" / "config.yaml").write_text("model_type: waypoint-1.5", "utf-8")
    (hub.root / "new__name" / "model.safetensors").touch()
    new = f"{hub.endpoint}/api/models/new/name/revision/main?blobs=true&securityStatus=true"
    hub.faults.append(("/api/models/old/name", Answer(307, {"Location": new})))
    facts = inspect_snapshot(hub_snapshot("old/name", endpoint=hub.endpoint), load_families())
    assert (facts.repo, facts.family) == ("new/name", "waypoint")


def test_a_gguf_of_100_mb_costs_no_more_than_its_name(hub: HubServer) -> None:
    folder = hub.root / "some__net"
    folder.mkdir()
    with (folder / "net.gguf").open("wb") as file:
        file.truncate(100_000_000)
    facts = inspect_snapshot(hub_snapshot("some/net", endpoint=hub.endpoint), load_families())
    assert facts.refusal is not None
    assert hub.sent_bytes < 10_000
