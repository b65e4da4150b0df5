"""Repos without a model of their own: quantised copies, adapters and code."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lucid.hub.client import hub_snapshot
from lucid.hub.facts import RepoFacts
from lucid.hub.families import load_families
from lucid.hub.inspect import inspect_snapshot
from lucid.hub.report import render_report
from lucid.hub.snapshot import RepoSnapshot
from lucid.lock import Choices
from tests.hub.repos import RECORDED, inspected, made_up, recorded_text
from tests.hub.weights.files import entry, safetensors
from tests.hub_server import HubServer, hub_server

BASE = "Wan-AI/Wan2.2-TI2V-5B"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubServer]:
    with hub_server(tmp_path) as server:
        yield server


def snapshot(hub: HubServer, repo: str) -> RepoSnapshot:
    return hub_snapshot(repo, endpoint=hub.endpoint)


def add(hub: HubServer, repo: str, files: dict[str, bytes]) -> RepoFacts:
    for path, content in files.items():
        file = hub.root / repo.replace("/", "__") / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return inspect_snapshot(snapshot(hub, repo), load_families())


def card(**front_matter: object) -> dict[str, str]:
    return {"README.md": f"---\n{json.dumps(front_matter)}\n---\n"}


def how(facts: RepoFacts) -> tuple[str, str, str | None]:
    assert facts.derived is not None
    found = facts.derived.value
    return found.relation, found.how, found.base


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        (["net-Q4_K_M.gguf", "vae/vae.safetensors"], ("quantized", "GGUF")),
        (["adapter_config.json", "adapter_model.safetensors"], ("adapter", "LoRA")),
        (["pytorch_lora_weights.safetensors"], ("adapter", "LoRA")),
        (["net_fp8_e4m3fn.safetensors", "umt5.pth"], ("quantized", "fp8")),
        (["net_int8.safetensors"], ("quantized", "int8")),
        (["transformer_bnb_nf4/model.safetensors"], ("quantized", "bitsandbytes NF4")),
        (["unet.onnx", "vae.onnx", "config.json"], ("converted", "ONNX")),
        (["model.plan"], ("converted", "TensorRT")),
    ],
)
def test_the_files_say_how_weights_were_derived(files: list[str], wanted: tuple[str, str]) -> None:
    assert how(inspected(card(base_model=BASE), *files)) == (*wanted, BASE)


@pytest.mark.parametrize(
    "files",
    [
        ["net.safetensors", "net_fp8.safetensors"],
        ["net.safetensors", "net-q4.gguf"],
        ["models/base.pt", "models/lora.pt"],
        ["explore.safetensors"],
    ],
)
def test_a_copy_beside_the_model_does_not_make_it_a_derived_one(files: list[str]) -> None:
    facts = inspected(card(base_model=BASE), *files)
    assert (facts.derived, facts.refusal) == (None, None)


def test_weights_for_mlx_are_for_another_program() -> None:
    facts = inspected(card(base_model=BASE, library_name="mlx"), "model.safetensors")
    assert how(facts) == ("converted", "MLX", BASE)
    assert facts.refusal is not None
    assert facts.refusal.value == (
        f"{BASE} in another format (MLX): its format is for other programs, and no engine of Lucid "
        "reads it"
    )


def test_a_quantised_waypoint_has_no_engine_for_a_file_of_another_name() -> None:
    config = recorded_text("Overworld/Waypoint-1.5-1B", "config.yaml")
    facts = inspected({"config.yaml": config}, "model_nf4.safetensors")
    assert (facts.family, facts.engine) == ("waypoint", None)
    assert inspected({"config.yaml": config}, "model.safetensors").engine is not None


def test_a_quantization_config_names_the_method() -> None:
    config = {"quantization_config": {"quant_method": "bitsandbytes", "bnb_4bit_quant_type": "nf4"}}
    facts = inspected({"transformer/config.json": json.dumps(config)}, "transformer/a.safetensors")
    assert how(facts) == ("quantized", "bitsandbytes NF4", None)
    assert facts.refusal is None


def test_tensors_say_it_whatever_the_file_is_called(hub: HubServer) -> None:
    lora = safetensors({"blocks.0.lora_A.weight": entry("F32", 4, 4)}, data_bytes=64)
    facts = add(hub, "some/lora", {"step1000.safetensors": lora})
    assert how(facts) == ("adapter", "LoRA", None)
    fp8 = safetensors({"blocks.0.weight": entry("F8_E4M3", 4, 4)}, data_bytes=16)
    assert how(add(hub, "some/net", {"net.safetensors": fp8})) == ("quantized", "fp8", None)


@pytest.mark.parametrize("relation", ["finetune", "merge", "quantized"])
def test_the_relation_on_the_card_counts_without_other_signs(relation: str) -> None:
    facts = inspected(card(base_model=[BASE], base_model_relation=relation), "net.safetensors")
    assert how(facts) == (relation, "", BASE)
    assert facts.refusal is None


def test_a_family_that_was_recognised_outweighs_the_word_adapter_on_a_card() -> None:
    config = {"config.yaml": "model_type: waypoint-1.5"}
    lying = card(base_model=BASE, base_model_relation="adapter")
    assert inspected({**config, **lying}, "model.safetensors").family == "waypoint"
    assert inspected(lying, "model.safetensors").refusal is not None


def test_an_adapter_beside_a_known_config_is_no_world_model() -> None:
    facts = inspected({"config.yaml": "model_type: waypoint-1.5"}, "lora.safetensors")
    assert facts.family == "unknown"
    assert facts.refusal is not None
    assert facts.refusal.value.startswith("an adapter for a model that its card does not name")


def test_naming_the_family_overrides_it() -> None:
    chosen = Choices(family="waypoint")
    facts = inspect_snapshot(made_up({}, "net.gguf"), load_families(), chosen)
    assert (facts.family, facts.refusal) == ("waypoint", None)


@pytest.mark.parametrize(
    "base",
    [7, 1.5, None, True, {"a": "b"}, [], [[BASE]], [3], "", "no-org", "a/b/c", "/", "x\x1b[2J/y"],
)
def test_a_base_that_is_no_repo_is_not_named(base: object) -> None:
    facts = inspected(card(base_model=base), "net.gguf")
    assert how(facts) == ("quantized", "GGUF", None)
    text = render_report(facts, load_families(), None).plain
    assert "a quantised copy (GGUF) of a model that its card does not name" in " ".join(
        text.split()
    )
    assert "Instead" not in text


def test_ten_thousand_bases_cost_no_more(hub: HubServer) -> None:
    front = json.dumps({"base_model": [f"org/base-{n}" for n in range(10_000)]})
    files = {"net.gguf": b"GGUF", "README.md": f"---\n{front}\n---\n".encode()}
    facts = add(hub, "some/merge", files)
    assert facts.refusal is not None
    assert facts.cost is not None
    assert facts.cost.requests <= 12
    assert facts.cost.received_bytes <= 300_000


def test_bases_that_name_each_other_are_not_followed(hub: HubServer) -> None:
    for one, other in (("a/one", "a/two"), ("a/two", "a/one"), ("a/own", "A/Own")):
        files = {"net.gguf": b"GGUF", "README.md": card(base_model=other)["README.md"].encode()}
        facts = add(hub, one, files)
        assert facts.instead == (None if one == "a/own" else other)
        assert not [path for _, path in hub.requests if other in path and one != "a/two"]


def test_the_header_of_a_gguf_file_is_not_read(hub: HubServer) -> None:
    add(hub, "some/net", {"net.gguf": b"GGUF"})
    assert not [path for _, path in hub.requests if path.endswith(".gguf")]


def test_code_alone_names_the_repo_of_the_same_name(hub: HubServer) -> None:
    shutil.copytree(RECORDED / "Cccccz__Causal-Forcing", hub.root / "Cccccz__Causal-Forcing")
    for name in ("zhuhz22__Causal-Forcing", "zhuhz22__Causal-Forcing-2"):
        (hub.root / name).mkdir()
    facts = inspect_snapshot(snapshot(hub, "Cccccz/Causal-Forcing"), load_families())
    assert facts.family == "unknown"
    assert facts.instead == "zhuhz22/Causal-Forcing"
    assert facts.refusal is not None
    assert facts.refusal.value == (
        "code only: the repo holds no weights; the weights may be in zhuhz22/Causal-Forcing "
        "(by its name, not by its contents)"
    )


@pytest.mark.parametrize(
    "files",
    [
        {"README.md": b"[weights](https://huggingface.co/org/weights.v2) of some/code"},
        {"README.md": card(base_model="org/weights.v2")["README.md"].encode()},
        {"config.json": b'{"pretrained_model_name_or_path": "org/weights.v2"}'},
    ],
)
def test_code_alone_names_the_repo_in_its_card_or_config(
    hub: HubServer, files: dict[str, bytes]
) -> None:
    facts = add(
        hub, "some/code", {"run.py": b"", "config.yaml": b"model_type: waypoint-1.5", **files}
    )
    assert (facts.family, facts.instead) == ("unknown", "org/weights.v2")


@pytest.mark.parametrize("files", [{}, {"README.md": b"soon"}, {"data.parquet": b"x"}])
def test_a_repo_without_weights_and_code_is_no_model(
    hub: HubServer, files: dict[str, bytes]
) -> None:
    (hub.root / "some__plan").mkdir()
    refusal = add(hub, "some/plan", files).refusal
    assert refusal is not None
    assert refusal.value == "a repo without weights"


def test_a_copy_whose_files_the_engine_does_not_find_gets_a_question() -> None:
    config = {"high_noise_model_nf4/config.json": json.dumps({"control_type": "cam"})}
    files = ("high_noise_model_nf4/model.safetensors", "load_prequant.py")
    facts = inspected(config, *files)
    assert (facts.family, facts.engine) == ("camera-video", None)
    asked = next(one for one in facts.open_questions if one.id == "engine")
    assert asked.question == "Which code loads these weights? It may be load_prequant.py."
    assert asked.why == (
        "wan.WanI2V loads high_noise_model/*, low_noise_model/*, Wan2.1_VAE.pth, "
        "google/umt5-xxl/*, models_t5_umt5-xxl-enc-bf16.pth, which the repo does not have"
    )


def test_a_converted_yume_has_no_engine_for_upstream_s_files() -> None:
    config = {"config.json": recorded_text("stdstu123/Yume-5B-720P", "config.json")}
    own = {**config, **card(tags=["yume"])}
    assert inspected(own, "Yume-5B_fp8.safetensors").engine is None
    files = ("Wan2.2_VAE.pth", "models_t5_umt5-xxl-enc-bf16.pth")
    whole = inspected(own, "diffusion_pytorch_model.safetensors", *files).engine
    assert whole is not None
    assert whole.value.entry == "wan23.Yume"


@pytest.mark.parametrize(("dtype", "has_engine"), [("BF16", True), ("F8_E4M3", False)])
def test_upstream_s_code_is_no_engine_for_weights_of_eight_bits(
    hub: HubServer, dtype: str, has_engine: bool
) -> None:
    size_bytes = 32 if dtype == "BF16" else 16
    camera = {"blocks.0.cam_injector_layer1.weight": entry(dtype, 4, 4)}
    files = {"transformers/model.safetensors": safetensors(camera, data_bytes=size_bytes)}
    others = ("Wan2.1_VAE.pth", "models_t5_umt5-xxl-enc-bf16.pth", "google/umt5-xxl/t.json")
    facts = add(hub, "some/net", files | dict.fromkeys(others, b"{}"))
    assert facts.family == "camera-video"
    assert (facts.engine is not None) == has_engine
    asked = {question.id for question in facts.open_questions}
    assert ("engine" in asked) != has_engine
