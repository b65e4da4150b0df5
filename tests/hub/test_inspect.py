from __future__ import annotations

import json
from typing import Any

import pytest

from lucid.hub.facts import RepoFacts
from lucid.hub.inspect import inspect_repo
from tests.hub.repos import RECORDED, folder_facts, inspected, recorded_text

W15 = "Overworld/Waypoint-1.5-1B"
W1 = "Overworld/Waypoint-1-Small"


def values(facts: RepoFacts) -> dict[str, Any]:
    return {name: fact.value if fact else None for name, fact in facts.facts.items()}


def asked(facts: RepoFacts) -> list[str]:
    """The open questions, but for those about terms and sizes."""
    terms = {"licence", "licence_limits", "download_size", "gpu_memory", "gating"}
    return [question.id for question in facts.open_questions if question.id not in terms]


def w15_config(**changes: str) -> str:
    """Waypoint-1.5's config.yaml with some lines changed, or left out where the text is empty."""
    lines = []
    for line in recorded_text(W15, "config.yaml").splitlines():
        key = line.partition(":")[0]
        if changes.get(key) != "":
            lines.append(f"{key}: {changes[key]}" if key in changes else line)
    return "\n".join(lines)


@pytest.mark.parametrize("repo", [W15, W1])
def test_a_waypoint_repo_is_known_as_it_is_expected_to_be(repo: str) -> None:
    expected = json.loads(recorded_text(repo, "_expected.json"))
    facts = folder_facts(RECORDED / repo.replace("/", "__"))
    known = values(facts)
    assert facts.family == expected["family"]
    assert [fact.kind for fact in facts.inputs] == expected["inputs"]
    assert [fact.value for fact in facts.outputs] == expected["outputs"]
    for name in ("width", "height", "fps", "frames_per_step", "prompt_live"):
        assert known[name] == expected[name], name
    assert facts.engine is not None
    assert facts.engine.value.entry == expected["engine"]


def test_waypoint_1_5_by_its_config_alone() -> None:
    facts = inspected({"config.yaml": w15_config()}, "model.safetensors")
    assert asked(facts) == []
    assert values(facts) == {
        "width": 1280,
        "height": 720,
        "fps": 60,
        "frames_per_step": 4,
        "context_steps": 512,
        "layout": "HWC",
        "pixel_range": "uint8",
        "n_buttons": 256,
        "denoising_steps": 4,
        "prompt_live": False,
        "engine_files": ["config.yaml", "model.safetensors"],
        "autoencoder_repo": "Overworld-Models/taehv1_5",
        "prompt_encoder_repo": None,
        "first_step_frames": 4,
        "realtime": True,
        "vram_gb": None,
    }


def test_every_fact_names_the_file_and_key_or_what_it_follows_from() -> None:
    facts = inspected({"config.yaml": w15_config()}).facts
    evidence = {name: fact.evidence for name, fact in facts.items() if fact}
    assert evidence["fps"] == "config.yaml:inference_fps"
    assert evidence["denoising_steps"] == "config.yaml:scheduler_sigmas, its length less one"
    assert evidence["width"] == (
        "config.yaml:taehv_ae=true, height=16, width=32, patch=[2, 2] (TAEHV decodes this grid "
        "to 1024x512, which world_engine resizes to 1280x720)"
    )
    assert evidence["prompt_live"].startswith("config.yaml:prompt_conditioning=null")


def test_the_seed_frame_of_1_5_is_one_step_of_frames_and_of_1_a_still() -> None:
    shapes = {}
    for repo in (W15, W1):
        facts = folder_facts(RECORDED / repo.replace("/", "__"))
        shapes[repo] = [fact.details["shape"] for fact in facts.inputs if fact.kind == "image"]
    assert shapes == {W15: [[4, 720, 1280, 3]], W1: [[360, 640, 3]]}


def test_keys_are_windows_virtual_key_codes() -> None:
    facts = inspected({"config.yaml": w15_config()})
    keyboard = next(fact.details for fact in facts.inputs if fact.kind == "keyboard")
    codes = keyboard["keys"]
    names = ("KeyW", "KeyA", "KeyS", "KeyD", "Space", "ShiftLeft", "ControlLeft", "Tab", "Enter")
    assert [codes[name] for name in names] == [87, 65, 83, 68, 32, 16, 17, 9, 13]
    assert [codes[f"Arrow{way}"] for way in ("Left", "Up", "Right", "Down")] == [37, 38, 39, 40]
    assert [codes[f"Digit{n}"] for n in range(10)] == list(range(48, 58))
    assert keyboard["mouse_buttons"] == {"0": 1, "1": 4, "2": 2}


@pytest.mark.parametrize(
    ("changes", "size"),
    [
        ({"height": "8", "width": "16", "tokens_per_frame": "128"}, (640, 360)),
        ({"auto_aspect_ratio": "false"}, (1024, 512)),
        ({"height": "8", "width": "16", "auto_aspect_ratio": "false"}, (512, 256)),
        ({"auto_aspect_ratio": ""}, (1280, 720)),
        ({"height": "24"}, (None, None)),
    ],
)
def test_the_size_follows_from_the_latent_grid(
    changes: dict[str, str], size: tuple[int | None, int | None]
) -> None:
    facts = inspected({"config.yaml": w15_config(**changes)}, "model.safetensors")
    known = values(facts)
    assert (known["width"], known["height"]) == size
    assert asked(facts) == ([] if size[0] else ["size"])


def test_a_waypoint_1_without_its_autoencoders_config_is_known_by_the_autoencoder() -> None:
    facts = inspected({"config.yaml": recorded_text(W1, "config.yaml")})
    known = values(facts)
    assert (known["width"], known["height"]) == (640, 360)
    assert facts.facts["width"] is not None
    assert "ae_uri=OpenWorldLabs/owl_vae_f16_c16" in facts.facts["width"].evidence


def test_a_prompt_is_an_input_only_where_the_model_is_conditioned_on_one() -> None:
    prompted = inspected({"config.yaml": w15_config(prompt_conditioning="cross_attention")})
    assert "prompt" in [fact.kind for fact in prompted.inputs]
    assert "default-prompt" in [quirk.id for quirk in prompted.quirks]
    unprompted = inspected({"config.yaml": w15_config()})
    assert "prompt" not in [fact.kind for fact in unprompted.inputs]
    assert "no-prompt" in [quirk.id for quirk in unprompted.quirks]
    silent = inspected({"config.yaml": w15_config(prompt_conditioning="")}, "model.safetensors")
    assert "prompt" not in [fact.kind for fact in silent.inputs]
    assert asked(silent) == ["prompt"]


def test_the_latent_rate_is_not_taken_for_the_frame_rate() -> None:
    facts = inspected({"config.yaml": w15_config(inference_fps="")}, "model.safetensors")
    assert facts.facts["fps"] is None
    assert asked(facts) == ["fps"]


@pytest.mark.parametrize("fps", ["sixty", "true", "-1", "0", ".inf", ".nan", "[60]", "1e30"])
def test_a_value_that_cannot_be_is_asked_about_and_not_replaced(fps: str) -> None:
    facts = inspected({"config.yaml": w15_config(inference_fps=fps)}, "model.safetensors")
    assert facts.facts["fps"] is None
    (question,) = (question for question in facts.open_questions if question.id == "fps")
    assert "config.yaml:inference_fps=" in question.question


def test_config_yaml_goes_before_the_transformers_config() -> None:
    other = '{"n_frames": 9, "taehv_ae": false, "extra": 1}'
    facts = inspected({"config.yaml": w15_config(), "transformer/config.json": other})
    assert values(facts)["context_steps"] == 512


def test_a_broken_config_is_an_open_question_and_the_next_one_is_asked() -> None:
    facts = inspected(
        {
            "config.yaml": "n_frames: [",
            "modular_config.json": '{"_class_name": "WorldEngineBlocks"}',
            "transformer/config.json": recorded_text(W15, "transformer/config.json"),
        }
    )
    assert facts.family == "waypoint"
    assert facts.facts["context_steps"] is not None
    assert facts.facts["context_steps"].evidence == "transformer/config.json:n_frames"
    assert facts.open_questions[0].id == "unreadable:config.yaml"


def test_one_strong_reason_is_enough() -> None:
    facts = inspected({"config.yaml": "model_type: waypoint-1.5"})
    assert facts.family == "waypoint"
    assert [(reason.strength, reason.source) for reason in facts.evidence] == [
        ("strong", "config.yaml:model_type=waypoint-1.5")
    ]


def test_one_medium_reason_is_told_and_two_are_enough() -> None:
    one = inspected({"config.yaml": "a: 1"}, "model.safetensors")
    assert one.family == "unknown"
    assert [(reason.strength, reason.why) for reason in one.evidence] == [
        ("medium", "waypoint: world_engine's layout: config.yaml beside model.safetensors")
    ]
    two = inspected({"config.yaml": "a: 1"}, "model.safetensors", "owl_wms.commit")
    assert two.family == "waypoint"


def test_weak_reasons_never_recognise_a_family() -> None:
    card = "---\ntags: [world_engine, world-model, waypoint]\n---\n"
    assert inspected({"README.md": card}).family == "unknown"


def test_a_name_is_no_evidence() -> None:
    facts = inspected({"waypoint/config.json": '{"name": "waypoint-1.5"}'}, "waypoint-1.5.pt")
    assert facts.family == "unknown"
    assert facts.evidence == ()


@pytest.mark.parametrize(
    "repo",
    ["_trap__empty-card", "_trap__hy-world-2.0", "_trap__worldmodel-llm"],
)
def test_an_unknown_repo_is_all_open_questions_and_no_failure(repo: str) -> None:
    facts = folder_facts(RECORDED / repo)
    assert facts.family == "unknown"
    assert (facts.inputs, facts.outputs, facts.engine) == ((), (), None)
    assert set(facts.facts.values()) == {None}
    assert asked(facts) == [
        "engine", "inputs", "prompt", "seed_frame", "frames_per_step", "size", "fps", "pixels",
        "context_steps", "denoising_steps", "realtime",
    ]  # fmt: skip


def test_a_language_model_is_said_to_look_like_one() -> None:
    facts = folder_facts(RECORDED / "_trap__worldmodel-llm")
    assert [reason.source for reason in facts.evidence] == [
        "config.json:architectures=Qwen2ForCausalLM",
        "README.md:pipeline_tag=text-generation",
        "README.md:tags=world-model",
    ]
    assert facts.refusal is not None
    assert facts.refusal.value.startswith("a language model")


def test_files_that_would_run_code_are_listed() -> None:
    facts = inspected({}, "a.PT", "b.py", "c.safetensors", "d.npy", "e/f.so", "g.json", "h.bin")
    assert facts.runs_code == ("a.PT", "b.py", "e/f.so", "h.bin")


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ("license: apache-2.0", "apache-2.0"),
        ("license: other\nlicense_name: tencent-community", "tencent-community"),
        ("license: [a, b]", None),
        ('license: "\\e[2J"', None),
        ("tags: []", None),
    ],
)
def test_the_licence_is_what_the_card_says(card: str, licence: str | None) -> None:
    facts = inspected({"README.md": f"---\n{card}\n---\n"})
    assert (facts.licence.value if facts.licence else None) == licence


def test_odd_documents_are_no_failure() -> None:
    odd = ["null", "[]", "3", '"x"', '{"tags": {"a": 1}, "_class_name": [[]], "auto_map": 7}']
    for text in odd:
        names = ("config.yaml", "config.json", "modular_config.json", "model_index.json")
        facts = inspected({**dict.fromkeys(names, text), "README.md": f"---\n{text}\n---\n"})
        assert facts.family == "unknown"


def test_facts_survive_a_round_trip_through_json() -> None:
    facts = folder_facts(RECORDED / "Overworld__Waypoint-1-Small")
    copy = RepoFacts.model_validate_json(json.dumps(facts.model_dump(mode="json")))
    assert copy.model_dump() == facts.model_dump()


def test_a_local_folder_has_no_commit_and_no_gate() -> None:
    facts = inspect_repo(str(RECORDED / "Overworld__Waypoint-1.5-1B"))
    assert (facts.revision, facts.commit, facts.gated) == (None, None, None)
    assert facts.family == "waypoint"


def test_unknown_terms_sizes_and_variants_are_asked_about() -> None:
    def ids(facts: RepoFacts) -> set[str]:
        return {question.id for question in facts.open_questions}

    bare = inspected({"config.yaml": w15_config()})
    assert {"licence", "download_size", "gpu_memory"} <= ids(bare)
    card = "---\nlicense: other\nlicense_name: house-rules\n---\n"
    facts = inspected({"README.md": card}, "model.safetensors")
    assert "licence_limits" in ids(facts)
    assert not {"licence", "download_size", "gpu_memory", "variant"} & ids(facts)
    two = inspected({}, "ar_model/a.safetensors", "bidirectional_model/a.safetensors")
    (question,) = (question for question in two.open_questions if question.id == "variant")
    assert question.question == "Which of its models should the port play: ar, bidirectional?"
