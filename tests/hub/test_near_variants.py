"""Repos like the recorded ones, and unlike them: what evidence must and must not catch."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lucid.errors import ScaffoldError
from lucid.hub.facts import RepoFacts, RepoFile
from lucid.hub.families import load_families
from lucid.hub.inspect import inspect_snapshot
from lucid.hub.report import render_report
from lucid.hub.snapshot import Opened, RepoSnapshot
from lucid.hub.weights.facts import Tensor, WeightsHeader
from lucid.lock import Choices
from lucid.scaffold.prepare import prepare
from tests.hub.repos import inspected, made_up, recorded_text

ACTION = {"keyboard_dim_in": 4, "mouse_dim_in": 2, "enable_mouse": True, "enable_keyboard": True}


def text(**config: Any) -> str:
    return json.dumps(config)


def kinds(facts: RepoFacts) -> list[str]:
    return [given.kind for given in facts.inputs]


def value(facts: RepoFacts, name: str) -> Any:
    fact = facts.facts[name]
    return fact.value if fact else None


def with_tensors(path: str, **shapes: tuple[int, ...]) -> RepoFacts:
    header = WeightsHeader(
        path, "safetensors", {name: Tensor("BF16", shape) for name, shape in shapes.items()}
    )
    snapshot = RepoSnapshot(
        repo="someone/something",
        revision="main",
        commit="0" * 40,
        files=(RepoFile(path=path, size_bytes=1000),),
        configs={},
        gated=False,
        opened=(Opened(path, header),),
    )
    return inspect_snapshot(snapshot, load_families())


def test_a_fine_tune_of_matrix_game_has_its_own_keys_and_no_mouse() -> None:
    action = {"enable_mouse": False, "keyboard_dim_in": 7}
    facts = inspected(
        {
            "model_index.json": text(_class_name="MatrixGame2CausalDMDPipeline"),
            "transformer/config.json": text(
                num_frames_per_block=1, action_config=action, _class_name="MatrixGame2WanModel"
            ),
        },
        "transformer/diffusion_pytorch_model.safetensors",
    )
    assert facts.family == "wan-action"
    assert kinds(facts) == ["keyboard", "image"]
    assert (value(facts, "keyboard_dim"), value(facts, "frames_per_step")) == (7, 4)
    assert value(facts, "first_step_frames") == 1
    assert value(facts, "realtime") is True


def test_a_bidirectional_matrix_game_makes_whole_clips() -> None:
    facts = inspected(
        {
            "model_index.json": text(_class_name="MatrixGame2I2VPipeline"),
            "transformer/config.json": text(_class_name="X", action_config=ACTION),
        }
    )
    assert (facts.family, value(facts, "realtime")) == ("wan-action", False)
    assert value(facts, "frames_per_step") == 57


def test_a_converted_matrix_game_3_is_told_from_version_2() -> None:
    facts = inspected(
        {
            "model_index.json": text(_class_name="MatrixGame3I2VPipeline"),
            "transformer/config.json": text(
                _class_name="MatrixGame3WanModel", action_config={**ACTION, "keyboard_dim_in": 6},
                use_text_crossattn=True, use_memory=True,
            ),
        }
    )  # fmt: skip
    assert (value(facts, "width"), value(facts, "frames_per_step")) == (1280, 40)
    assert kinds(facts) == ["keyboard", "mouse", "prompt", "image"]
    assert facts.engine is not None
    assert facts.engine.value.requirement == "fastvideo==0.2.1"


def test_a_causal_wan_with_actions_is_no_prompt_stream_and_without_them_is() -> None:
    causal = {"_class_name": "CausalWanModel", "dim": 1536}
    assert inspected({"config.json": text(**causal, action_config=ACTION)}).family == "wan-action"
    plain = inspected({"config.json": text(**causal)})
    assert plain.family == "prompt-stream"
    assert kinds(plain) == ["prompt"]


@pytest.mark.parametrize(
    ("configs", "files"),
    [
        (
            {"low_noise_model/config.json": text(_class_name="WanModel", model_type="i2v")},
            ["high_noise_model/x.safetensors", "low_noise_model/x.safetensors", "Wan2.1_VAE.pth"],
        ),
        (
            {"config.json": text(_class_name="WanModel", model_type="ti2v", in_dim=48)},
            [
                "Wan2.2_VAE.pth",
                "diffusion_pytorch_model-00001-of-00003.safetensors",
                "diffusion_pytorch_model-00002-of-00003.safetensors",
            ],
        ),
        ({"config.json": text(_class_name="WanModel", model_type="t2v")}, ["Wan2.1_VAE.pth"]),
    ],
)
def test_plain_wan_is_not_taken_for_a_world(configs: dict[str, str], files: list[str]) -> None:
    assert inspected(configs, *files).family == "unknown"


def test_cosmos_base_models_are_not_action_conditioned() -> None:
    facts = inspected({}, "model-480p-10fps.pt", "model-720p-16fps.pt", "tokenizer/tokenizer.pth")
    assert facts.family == "unknown"


def test_a_video_pipeline_of_diffusers_is_not_interactive() -> None:
    index = text(_class_name="WanImageToVideoPipeline", text_encoder=["transformers", "UMT5"])
    facts = inspected({"model_index.json": index})
    assert facts.family == "diffusers"
    assert kinds(facts) == ["prompt", "image"]
    assert value(facts, "realtime") is False


def test_an_image_pipeline_is_no_world() -> None:
    index = text(_class_name="StableDiffusionXLPipeline", unet=["diffusers", "UNet"])
    assert inspected({"model_index.json": index}).family == "unknown"


@pytest.mark.parametrize(
    ("name", "shape", "family", "input_kinds"),
    [
        ("external_cond.weight", (1024, 25), "frame-dit", ["keyboard", "mouse", "image"]),
        ("patch_embedding_wancamctrl.weight", (5120, 1536), "camera-video",
         ["camera_pose", "prompt", "image"]),
        ("blocks.0.action_model.keyboard_embed.0.weight", (1024, 3), "wan-action",
         ["keyboard", "image"]),
        ("denoiser.inner_model.act_emb.0.weight", (4, 256), "diamond", ["keyboard"]),
        ("net.action_embedder_B_D.fc1.weight", (8192, 84), "robot-action",
         ["action_vector", "image"]),
        ("patch_embedding_2x_f.weight", (1, 1), "prompt-stream", ["keyboard", "prompt", "image"]),
        ("camera_net.encode_first.0.weight", (3072, 6), "camera-video",
         ["keyboard", "prompt", "image"]),
    ],
)  # fmt: skip
def test_tensors_alone_tell_what_renamed_weights_without_a_config_are(
    name: str, shape: tuple[int, ...], family: str, input_kinds: list[str]
) -> None:
    facts = with_tensors("weights.safetensors", **{name: shape})
    assert (facts.family, kinds(facts)) == (family, input_kinds)
    assert name in facts.evidence[0].source


def test_keys_are_counted_in_the_tensor_where_no_config_says() -> None:
    facts = with_tensors("x.safetensors", **{"a.action_model.keyboard_embed.0.weight": (1024, 3)})
    assert value(facts, "keyboard_dim") == 3


def test_a_diamond_fine_tune_with_its_configs_at_the_top() -> None:
    facts = inspected(
        {
            "config/agent/default.yaml": recorded_text(
                "eloialonso/diamond", "atari_100k/config/agent/default.yaml"
            ),
            "config/env/atari.yaml": recorded_text(
                "eloialonso/diamond", "atari_100k/config/env/atari.yaml"
            ),
        },
        "model.pt",
    )
    assert (facts.family, kinds(facts)) == ("diamond", ["keyboard"])
    assert (value(facts, "width"), value(facts, "height")) == (64, 64)
    assert [question.id for question in facts.open_questions if question.id == "actions"]


def test_oasis_mirrors_with_one_of_the_formats_are_known() -> None:
    facts = inspected({}, "oasis500m.safetensors", "vit-l-20.safetensors")
    assert facts.family == "frame-dit"
    assert inspected({}, "oasis500m.pt").family == "unknown"


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"architectures": ["LlamaForCausalLM"]}, "a language model"),
        ({"architectures": ["Qwen2VLForConditionalGeneration"]}, "a language model"),
        ({"type": "act", "output_features": {"action": {"shape": [7]}}}, "a robot policy"),
        ({"_class_name": "Hunyuan3DDiTFlowMatchingPipeline"}, "a maker of 3D assets"),
    ],
)
def test_what_is_no_world_model_is_refused_with_what_it_is(
    config: dict[str, Any], said: str
) -> None:
    card = "---\ntags: [world-model]\n---\n"
    facts = inspected({"config.json": text(**config), "README.md": card}, "model.safetensors")
    assert facts.refusal is not None
    assert facts.refusal.value.startswith(said)
    assert "config.json:" in facts.refusal.evidence


def test_an_action_transformer_is_no_language_model() -> None:
    config = text(architectures=["LlamaActionForCausalLM"], action_dim=11)
    facts = inspected({"config.json": config})
    assert (facts.family, facts.refusal) == ("token-ar", None)
    assert kinds(facts) == ["action_vector", "image"]


def test_a_card_that_claims_another_task_refuses_only_what_nothing_else_speaks_for() -> None:
    card = "---\npipeline_tag: text-generation\n---\n"
    assert inspected({"README.md": card}, "a.bin").refusal is not None
    facts = inspected({"README.md": card}, "oasis500m.pt")
    assert facts.refusal is None
    assert [hint.family for hint in facts.suggestions] == ["frame-dit"]


def test_one_kind_of_evidence_only_suggests() -> None:
    facts = inspected({"README.md": "---\ntags: [matrix-game]\n---\n"}, "a.safetensors")
    assert facts.family == "unknown"
    assert [hint.family for hint in facts.suggestions] == ["wan-action"]


def test_worldplay_with_two_of_its_models_has_two_variants() -> None:
    facts = inspected({}, "ar_model/a.safetensors", "ar_distilled_action_model/a.safetensors")
    assert facts.family == "camera-video"
    assert [variant.name for variant in facts.variants] == ["ar_distilled", "ar"]
    assert facts.variants[1].weights == ("ar_model/a.safetensors",)


def test_self_forcing_s_training_config_gives_block_and_steps() -> None:
    config = "denoising_step_list: [1000, 500]\nnum_frame_per_block: 1\n"
    facts = inspected({"configs/causal.yaml": config}, "model.pt")
    assert facts.family == "prompt-stream"
    names = ("frames_per_step", "first_step_frames", "denoising_steps")
    assert [value(facts, name) for name in names] == [4, 1, 2]


def test_the_order_of_keys_and_of_files_changes_nothing() -> None:
    config = json.loads(recorded_text("Skywork/Matrix-Game-2.0", "base_model/config.json"))
    turned = dict(reversed(config.items()))
    both = [inspected({"base_model/config.json": json.dumps(c)}) for c in (config, turned)]
    assert both[0].facts == both[1].facts
    assert both[0].inputs == both[1].inputs


def test_a_causal_lingbot_is_not_said_to_be_offline() -> None:
    wan = {"_class_name": "CausalWanModel", "control_type": "cam", "local_attn_size": 18}
    facts = inspected({"config.json": text(**wan, sink_size=6, chunk_size=4)})
    assert (facts.family, facts.realtime) == ("camera-video", None)
    assert (value(facts, "frames_per_step"), value(facts, "denoising_steps")) == (16, 4)
    shorter = inspected({"config.json": text(**wan)})
    assert (value(shorter, "width"), value(shorter, "denoising_steps")) == (832, None)


@pytest.mark.parametrize(
    ("files", "family", "input_kinds"),
    [
        (("models/WHAM_200M.ckpt", "run_server.py"), "token-ar", ["gamepad", "image"]),
        (
            ("autoregressive_checkpoint/model.pt", "bidirectional_checkpoint1/model.pt"),
            "prompt-stream",
            ["prompt"],
        ),
        (("models/longlive_base.pt", "models/lora.pt"), "prompt-stream", ["prompt"]),
        (("model_te.pt", "model_4o6.pt"), "prompt-stream", ["prompt"]),
        (
            ("robot/action-cond/x_ema_bf16.pt", "base/post-trained/x.pt"),
            "robot-action",
            ["action_vector", "image"],
        ),
    ],
)
def test_layouts_without_any_config(
    files: tuple[str, ...], family: str, input_kinds: list[str]
) -> None:
    facts = inspected({}, *files)
    assert (facts.family, kinds(facts)) == (family, input_kinds)


def test_an_action_free_video_transformer_takes_no_actions() -> None:
    tokenizer = {"tokenizer/config.json": text(_class_name="CompressiveVQModel")}
    llama = {"transformer/config.json": text(architectures=["LlamaForCausalLM"])}
    assert kinds(inspected({**tokenizer, **llama})) == ["image"]
    acted = {"transformer/config.json": text(architectures=["LlamaForCausalLM"], action_dim=4)}
    facts = inspected({**tokenizer, **acted})
    assert (facts.family, kinds(facts)) == ("robot-action", ["action_vector", "image"])
    assert value(facts, "action_dim") == 4


WAN = {"_class_name": "WanModel", "in_dim": 36, "dim": 5120}


def test_a_lingbot_with_keys_takes_them_beside_the_camera() -> None:
    config = text(**WAN, control_type="act")
    facts = inspected(
        {"high_noise_model/config.json": config, "low_noise_model/config.json": config}
    )
    assert facts.family == "camera-video"
    assert kinds(facts) == ["keyboard", "camera_pose", "prompt", "image"]
    assert facts.inputs[0].details["keys"] == ["KeyW", "KeyA", "KeyS", "KeyD"]
    by_tensor = with_tensors("x.safetensors", **{"patch_embedding_wancamctrl.weight": (5120, 1792)})
    assert kinds(by_tensor) == ["keyboard", "camera_pose", "prompt", "image"]


def test_a_camera_adapter_counts_where_it_is_switched_on() -> None:
    adapter = {**WAN, "in_dim_control_adapter": 24}
    switched_on = inspected({"config.json": text(**adapter, add_control_adapter=True)})
    assert (switched_on.family, kinds(switched_on)[0]) == ("camera-video", "camera_pose")
    defaults = inspected({"config.json": text(**adapter, add_control_adapter=False)})
    assert (defaults.family, defaults.suggestions) == ("unknown", ())


def test_worldplay_s_small_model_alone_is_known() -> None:
    facts = inspected({}, "wan_transformer/a.safetensors", "wan_distilled_model/model.pt")
    assert (facts.family, kinds(facts)) == ("camera-video", ["keyboard", "prompt", "image"])
    assert [variant.name for variant in facts.variants] == ["wan"]
    assert (value(facts, "width"), value(facts, "fps")) == (None, None)


def test_a_fine_tune_of_plain_wan_saved_whole_is_no_yume() -> None:
    config = {"config.json": text(_class_name="Wan2_2Model", model_type="ti2v", in_dim=48)}
    files = [
        "diffusion_pytorch_model.safetensors",
        "Wan2.2_VAE.pth",
        "configuration.json",
    ]
    assert inspected(config, *files).family == "unknown"


def test_a_causal_wan_2_2_has_frames_of_its_own_size_and_no_keys() -> None:
    causal = text(_class_name="CausalWanModel", model_type="ti2v", in_dim=48)
    facts = inspected({"config.json": causal})
    assert (facts.family, kinds(facts)) == ("prompt-stream", ["prompt", "image"])
    assert [value(facts, name) for name in ("width", "height", "fps")] == [1280, 704, 24]


@pytest.mark.parametrize(
    ("configs", "files"),
    [
        ({"model_index.json": text(_class_name="SanaWmStreamingPipeline")}, []),
        (
            {"gemma3_12b/config.json": text(architectures=["Gemma3ForConditionalGeneration"])},
            ["sana_dit/model.pt", "ltx2_causal_vae/model.safetensors"],
        ),
    ],
)
def test_a_streaming_sana_wm_is_not_said_to_be_offline(
    configs: dict[str, str], files: list[str]
) -> None:
    facts = inspected(configs, *files)
    assert (facts.family, facts.realtime) == ("camera-video", None)
    assert kinds(facts) == ["camera_pose", "prompt", "image"]
    names = ("width", "fps", "first_step_frames", "frames_per_step", "denoising_steps")
    assert [value(facts, name) for name in names] == [1280, 16, 17, 24, 4]


def test_upstream_s_layout_of_sana_wm_is_known() -> None:
    facts = inspected({}, "dit/sana_wm_1600m_720p.safetensors", "refiner/model.safetensors")
    assert (facts.family, kinds(facts)[0]) == ("camera-video", "camera_pose")
    assert (value(facts, "realtime"), value(facts, "denoising_steps")) == (False, 60)


def test_a_converted_causal_lingbot_is_told_from_the_offline_one() -> None:
    causal = {
        "model_index.json": text(_class_name="LingBotWorldCausalDMDPipeline"),
        "transformer/config.json": text(
            _class_name="LingBotWorldTransformer3DModel", num_frames_per_block=3
        ),
    }
    facts = inspected(causal)
    assert (facts.family, facts.realtime, value(facts, "denoising_steps")) == (
        "camera-video", None, 4,
    )  # fmt: skip
    assert (value(facts, "frames_per_step"), value(facts, "width")) == (12, 832)
    offline = inspected({"model_index.json": text(_class_name="LingBotWorldImageToVideoPipeline")})
    assert (value(offline, "realtime"), value(offline, "denoising_steps")) == (False, 70)


@pytest.mark.parametrize("has_config", [False, True])
def test_the_small_lingbot_world_2_is_told_from_the_fast_first_one(has_config: bool) -> None:
    if has_config:  # as people complete the repo
        config = {"config.json": text(_class_name="WanModelFast", control_type="cam", dim=1536)}
        facts = inspected(config, "diffusion_pytorch_model-00001-of-00006.safetensors")
    else:
        layers = {"blocks.0.cam_injector_layer1.weight": (1536, 1536)}
        facts = with_tensors("model-00001-of-00006.safetensors", **layers)
    assert facts.family == "camera-video"
    assert (value(facts, "frames_per_step"), value(facts, "first_step_frames")) == (16, 13)
    assert facts.licence is not None
    assert facts.licence.value == "cc-by-nc-sa-4.0"
    # Upstream's code needs a config.json and another name of the index.
    assert (facts.engine, facts.nearest and facts.nearest.value.name) == (None, "LingBot-World 2")


def test_abot_world_is_known_by_its_layers_for_keys() -> None:
    facts = with_tensors("x.safetensors", **{"act_control_adapter.conv.weight": (3072, 8, 2, 2)})
    assert (facts.family, kinds(facts)) == ("camera-video", ["keyboard", "prompt", "image"])
    assert (value(facts, "frames_per_step"), value(facts, "width")) == (12, 1280)
    assert facts.inputs[0].details["keys"][4:] == ["KeyI", "KeyJ", "KeyK", "KeyL"]


def test_abot_world_is_known_by_its_config_if_no_header_can_be_read() -> None:
    config = recorded_text("acvlab/ABot-World-0-5B-LF", "config.json")
    facts = inspected({"config.json": config}, "diffusion_pytorch_model.safetensors")
    assert (facts.family, value(facts, "fps")) == ("camera-video", 16)
    assert facts.inputs[0].details["keys"][4:] == ["KeyI", "KeyJ", "KeyK", "KeyL"]
    assert facts.engine is None  # its encoders are missing
    plain = json.loads(config)
    del plain["downscale_factor_control_adapter"]  # without it, this is the config of Yume
    files = ("diffusion_pytorch_model.safetensors", "Wan2.2_VAE.pth")
    assert inspected({"config.json": text(**plain)}, *files).family == "prompt-stream"


def test_a_converted_zing_is_known_by_its_layers_and_has_no_engine() -> None:
    tensors = {"model.action_in.encode_1.conv.weight": (512, 512, 3)}
    facts = with_tensors("transformer/model-00001-of-00002.safetensors", **tensors)
    assert (facts.family, kinds(facts)) == ("camera-video", ["keyboard", "prompt", "image"])
    assert (value(facts, "width"), value(facts, "first_step_frames")) == (1248, 1)
    assert (facts.engine, facts.nearest and facts.nearest.value.name) == (None, "Zing")


def test_dreamx_world_s_bidirectional_model_makes_whole_clips() -> None:
    config = {"_class_name": "Wan2_2Transformer3DModel", "cam_method": "prope"}
    facts = inspected({"config.json": text(**config)}, "diffusion_pytorch_model.safetensors")
    assert (facts.family, kinds(facts)) == ("camera-video", ["camera_pose", "prompt", "image"])
    assert (value(facts, "realtime"), value(facts, "denoising_steps")) == (False, 50)
    assert (facts.engine, value(facts, "frames_per_step")) == (None, None)
    assert [needed.repo for needed in facts.needed_repos] == ["Wan-AI/Wan2.2-TI2V-5B"]


def test_a_mineworld_of_32_frames_alone_has_32_frames_of_context() -> None:
    facts = inspected({}, "1200M_32f.ckpt", "vae/vae.ckpt")
    assert (facts.family, value(facts, "context_steps")) == ("token-ar", 32)


def test_a_diamond_run_s_own_configuration_is_read() -> None:
    config = (
        "env:\n  train: {id: BreakoutNoFrameskip-v4, size: 64}\n"
        "agent:\n  _target_: agent.AgentConfig\n"
        "  denoiser: {inner_model: {num_steps_conditioning: 4}}\n"
    )
    facts = inspected({"config/trainer.yaml": config}, "checkpoints/state.pt")
    assert (facts.family, kinds(facts)) == ("diamond", ["keyboard"])
    assert (value(facts, "width"), value(facts, "past_frames")) == (64, 4)
    assert facts.inputs[0].details["game"] == "BreakoutNoFrameskip-v4"


@pytest.mark.parametrize(
    ("configs", "files"),
    [
        (
            {"prompt_encoder/config.json": text(architectures=["Qwen2ForCausalLM"])},
            ["a.safetensors"],
        ),
        ({"config.json": text(architectures=["Emu3ForCausalLM"])}, ["a.safetensors"]),
        ({}, ["model.pt", "examples/scene.ply"]),
        ({}, ["slam/model.pt", "thermodynamics/net.pt"]),
        ({"model_index.json": text(_class_name="Cosmos2TextToImagePipeline")}, []),
        ({"README.md": "---\ntask_categories: [robotics]\n---\n"}, ["data/0.parquet"]),
        ({"config.json": text(action_dim=7)}, ["robot/policy/model.pt"]),
    ],
)
def test_what_proves_nothing_is_neither_recognised_nor_refused(
    configs: dict[str, str], files: list[str]
) -> None:
    facts = inspected(configs, *files)
    assert (facts.family, facts.refusal, kinds(facts)) == ("unknown", None, [])


@pytest.mark.parametrize(
    ("configs", "files", "said"),
    [
        ({"adapter_config.json": text(task_type="CAUSAL_LM")}, ["a.safetensors"], "a language"),
        ({"README.md": "---\npipeline_tag: text-generation\n---\n"}, ["q4.gguf"], "a language"),
        ({"config.json": text(architectures=["OpenVLAForActionPrediction"])}, [], "a robot policy"),
        (
            {"config.json": text(architectures=["SpatialVLAForConditionalGeneration"])},
            [],
            "a robot",
        ),
        ({"config.json": text(architectures=["Gr00tN1d6"])}, [], "a robot policy"),
        ({"pipeline.json": text(name="TrellisImageTo3DPipeline")}, [], "a maker of 3D"),
        ({}, ["garden.splat"], "a maker of 3D"),
    ],
)
def test_relatives_of_the_traps_are_refused_as_well(
    configs: dict[str, str], files: list[str], said: str
) -> None:
    refusal = inspected(configs, *files).refusal
    assert refusal is not None
    assert refusal.value.startswith(said)


@pytest.mark.parametrize(
    ("name", "input_kinds"),
    [
        ("Cosmos2VideoToWorldPipeline", ["prompt", "image", "video"]),
        ("Cosmos2_5_PredictBasePipeline", ["prompt", "image", "video"]),
        ("CogVideoXPipeline", ["prompt"]),
        ("I2VGenXLPipeline", ["prompt", "image"]),
        ("StableVideoDiffusionPipeline", ["image"]),
    ],
)
def test_a_pipeline_s_class_says_what_it_starts_from(name: str, input_kinds: list[str]) -> None:
    facts = inspected({"model_index.json": text(_class_name=name)})
    assert (facts.family, kinds(facts)) == ("diffusers", input_kinds)


def test_streamdiffusion_s_two_sizes_restyle_a_video() -> None:
    facts = inspected({}, "wan_causal_dmd_v2v/model.pt", "wan_causal_dmd_v2v_14b/model.pt")
    assert (facts.family, kinds(facts)) == ("prompt-stream", ["prompt", "video"])
    assert (value(facts, "width"), facts.realtime) == (None, None)


def test_a_causal_lingbot_s_chunk_is_read_not_assumed() -> None:
    wan = {"_class_name": "WanModel", "local_attn_size": 15, "sink_size": 3, "chunk_size": 3}
    facts = inspected({"config.json": text(**wan)})
    assert facts.family == "camera-video"
    assert (value(facts, "first_step_frames"), value(facts, "frames_per_step")) == (9, 12)
    assert value(facts, "denoising_steps") is None


def test_another_forcing_s_steps_and_speed_are_its_own() -> None:
    facts = inspected({}, "checkpoints/other_forcing_dmd.pt", "checkpoints/ode_init.pt")
    assert (facts.family, value(facts, "frames_per_step")) == ("prompt-stream", 12)
    assert (value(facts, "denoising_steps"), facts.realtime) == (None, None)
    rolling = inspected({}, "checkpoints/rolling_forcing_dmd.pt", "checkpoints/ode_init.pt")
    assert (value(rolling, "denoising_steps"), value(rolling, "realtime")) == (5, True)


def test_cosmos_2_5_holds_models_with_and_without_actions() -> None:
    folders = ("robot/action-cond", "robot/multiview-agibot", "auto/multiview", "base/post-trained")
    facts = inspected({}, "tokenizer.pth", *(f"{folder}/x_ema_bf16.pt" for folder in folders))
    assert (facts.family, kinds(facts)) == ("robot-action", ["action_vector", "image"])
    assert {v.name: [given.kind for given in v.inputs] for v in facts.variants} == {
        "action_cond": ["action_vector", "image"],
        "robot_multiview": ["prompt", "image"],
        "auto_multiview": ["prompt", "image", "video"],
        "base": ["prompt", "image", "video"],
    }
    without = inspected({}, "tokenizer.pth", *(f"{folder}/x.pt" for folder in folders[1:]))
    assert without.family == "unknown"


def test_a_genie_like_model_takes_latent_actions() -> None:
    files = ["zelda/video_tokenizer.pth", "zelda/latent_actions.pth", "zelda/dynamics.pth"]
    facts = inspected({}, *files)
    assert (facts.family, kinds(facts)) == ("token-ar", ["action_vector", "image"])


@pytest.mark.parametrize(
    ("path", "keys", "input_kinds", "steps"),
    [
        (
            "gta_distilled_model/gta_keyboard2dim.safetensors",
            ["forward", "back"], ["keyboard", "mouse", "image"], 3,
        ),
        (
            "templerun_distilled_model/templerun_7dim_onlykey.safetensors",
            ["none", "jump", "slide", "turn left", "turn right", "left", "right"],
            ["keyboard", "image"], 4,
        ),
    ],
)  # fmt: skip
def test_one_game_of_matrix_game_alone_has_the_keys_of_that_game(
    path: str, keys: list[str], input_kinds: list[str], steps: int
) -> None:
    facts = inspected({}, path, "Wan2.1_VAE.pth")
    assert (facts.family, kinds(facts)) == ("wan-action", input_kinds)
    assert facts.inputs[0].details == {"dim": len(keys), "order": keys}
    assert (value(facts, "keyboard_dim"), value(facts, "denoising_steps")) == (len(keys), steps)


def test_keys_of_another_number_are_not_given_names() -> None:
    action = {**ACTION, "keyboard_dim_in": 9}
    facts = inspected({"config.json": text(_class_name="CausalWanModel", action_config=action)})
    assert facts.inputs[0].details["dim"] == 9
    assert "order" not in facts.inputs[0].details


def test_a_distilled_gamecraft_alone_takes_eight_steps() -> None:
    distilled = "gamecraft_models/mp_rank_00_model_states_distill.pt"
    facts = inspected({}, distilled, "stdmodels/vae_3d/hyvae/pytorch_model.pt")
    assert (facts.family, value(facts, "denoising_steps")) == ("camera-video", 8)


def test_a_clone_of_oasis_of_another_width_has_frames_of_unknown_size() -> None:
    own = with_tensors("x.safetensors", **{"external_cond.weight": (1024, 25)})
    clone = with_tensors("x.safetensors", **{"external_cond.weight": (768, 25)})
    assert [value(facts, "width") for facts in (own, clone)] == [640, None]
    assert value(clone, "action_dim") == 25
    assert "size" in [question.id for question in clone.open_questions]


def test_a_relative_of_oasis_for_another_game_is_not_given_minecraft_s_keys() -> None:
    facts = inspected({}, "oasis-doom.safetensors", "vit-l-20.safetensors")
    assert (facts.family, kinds(facts)) == ("frame-dit", ["keyboard", "image"])
    assert facts.inputs[0].details == {"dim": None}
    assert "action_dim" in [question.id for question in facts.open_questions]


def test_a_repo_in_a_folder_of_another_is_named() -> None:
    config = recorded_text("Overworld/Waypoint-1.5-1B", "config.yaml")
    repo = made_up({"v1/config.yaml": config, "README.md": ""}, "v1/model.safetensors")
    facts = inspect_snapshot(repo, load_families())
    (found,) = facts.suggestions
    assert (facts.family, found.family, found.folder) == ("unknown", "waypoint", "v1")
    assert found.evidence[0].source.startswith("v1/config.yaml")
    report = render_report(facts, load_families(), None).plain
    assert "Models are in its folders: v1/ (waypoint). Download one, and\n" in report
    assert report.endswith(
        "Next       hf download someone/something --include 'v1/*' --local-dir NAME\n"
        "Then       lucid inspect NAME/v1"
    )
    with pytest.raises(ScaffoldError, match=r"its models in folders: v1/ \(waypoint\)"):
        prepare(repo, Choices())
