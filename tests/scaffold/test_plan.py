from __future__ import annotations

import tomllib
from pathlib import Path
from shutil import copy

import pytest

from lucid import conditioning
from lucid.errors import ScaffoldError
from lucid.hub.facts import Fact, RepoFacts
from lucid.scaffold.plan import plan
from lucid.scaffold.prepare import usable_facts
from tests.hub.repos import RECORDED, folder_facts
from tests.scaffold.facts import recorded_facts

WAYPOINT = "Overworld/Waypoint-1.5-1B"


def planned(name: str, facts: RepoFacts | None) -> dict[str, str]:
    return {file.path: file.text for file in plan(name, facts)}


@pytest.mark.parametrize("repo", [WAYPOINT, "_trap/empty-card", None])
def test_a_port_has_the_same_files_whatever_it_is_made_from(repo: str | None) -> None:
    files = planned("my_world", recorded_facts(repo) if repo else None)
    # Only for an engine that Lucid knows: where its network gets each input.
    assert ("tests/reaches.toml" in files) == (repo == WAYPOINT)
    assert [path for path in files if path != "tests/reaches.toml"] == [
        ".dockerignore",
        "AGENTS.md",
        "Dockerfile",
        "README.md",
        "lucid.lock",
        "my_world/__init__.py",
        "my_world/engine.py",
        "my_world/port.py",
        "pyproject.toml",
        "tests/test_engine.py",
        "tests/test_port.py",
    ]


def test_a_plan_is_the_same_each_time() -> None:
    assert plan("w", recorded_facts(WAYPOINT)) == plan("w", recorded_facts(WAYPOINT))


def test_a_name_that_cannot_be_used_is_refused() -> None:
    with pytest.raises(ScaffoldError, match="Python keyword"):
        plan("class", None)


def test_pyproject_names_the_port_and_pins_the_engine() -> None:
    files = planned("waypoint", recorded_facts(WAYPOINT))
    pyproject = tomllib.loads(files["pyproject.toml"])
    assert pyproject["tool"]["lucid"] == {"port": "waypoint.port:WaypointModel"}
    (engine,) = pyproject["project"]["optional-dependencies"]["engine"]
    assert engine == "world_engine @ git+https://github.com/Overworldai/world_engine@1.5.6"
    assert pyproject["tool"]["hatch"]["metadata"]["allow-direct-references"] is True


def test_waypoint_1_5_is_complete_and_takes_no_prompt() -> None:
    facts = recorded_facts(WAYPOINT)
    files = planned("waypoint", facts)
    assert not any("TODO(lucid)" in files[path] for path in files if path.endswith(".py"))
    assert "set_prompt" not in files["waypoint/port.py"] + files["waypoint/engine.py"]
    assert "WIDTH, HEIGHT = 1280, 720\n" in files["waypoint/engine.py"]
    assert f'COMMIT = "{facts.commit}"\n' in files["waypoint/engine.py"]


def test_waypoint_1_takes_a_prompt_and_makes_one_frame_a_step() -> None:
    engine = planned("waypoint", recorded_facts("Overworld/Waypoint-1-Small"))["waypoint/engine.py"]
    assert "def set_prompt(self, prompt: str) -> None:" in engine
    assert "FRAMES_PER_STEP = 1\n" in engine


def test_what_a_repo_does_not_say_is_marked_and_explained() -> None:
    facts = recorded_facts("_trap/empty-card")
    files = planned("unknown", facts)
    sources = files["unknown/port.py"] + files["unknown/engine.py"]
    assert facts.open_questions
    for asked in facts.open_questions:
        assert sources.count(f"# TODO(lucid): {asked.id}: ") == 1
        assert f"- **{asked.id}**: " in files["AGENTS.md"]
        assert asked.id in files["unknown/engine.py"].partition("NOT_WRITTEN")[2]


def test_a_value_that_a_port_cannot_use_is_asked() -> None:
    facts = recorded_facts(WAYPOINT)
    odd = Fact(value=853, evidence="config.yaml:width")
    facts = facts.model_copy(update={"facts": {**facts.facts, "width": odd}})
    files = planned("waypoint", usable_facts(facts))
    assert "# TODO(lucid): width: " in files["waypoint/engine.py"]
    assert "config.yaml:width is 853" in files["AGENTS.md"]


def test_agents_md_gives_each_quirk_a_wrong_and_a_right_way() -> None:
    facts = recorded_facts(WAYPOINT)
    agents = planned("waypoint", facts)["AGENTS.md"]
    assert facts.quirks
    for quirk in facts.quirks:
        assert f"  - wrong: `{quirk.wrong}`\n  - right: `{quirk.right}`\n" in agents


def test_agents_md_names_the_nearest_engine_and_marks_its_quirks(tmp_path: Path) -> None:
    fork = tmp_path / "fork"
    fork.mkdir()
    for name in ("config.json", "diffusion_pytorch_model.safetensors"):  # without autoencoders
        copy(RECORDED / "acvlab__ABot-World-0-5B-LF" / name, fork)
    facts = usable_facts(folder_facts(fork))
    assert facts.engine is None
    agents = planned("abot", facts)["AGENTS.md"]
    assert "`lucid new ref --from-hf acvlab/ABot-World-0-5B-LF`" in agents
    assert "- **keys-as-planes** (of ABot-World; check whether it applies here): " in agents
    assert "**poses**" not in agents  # of LingBot-World, whose network has no input for keys


@pytest.mark.parametrize("repo", [None, WAYPOINT, "_trap/empty-card", "microsoft/mineworld"])
def test_agents_md_has_every_step_of_a_proof(repo: str | None) -> None:
    agents = planned("world", recorded_facts(repo) if repo else None)["AGENTS.md"]
    tests = ".lucid/venv/bin/python -m pytest"
    steps = ["lucid sync .  ", "lucid check .  ", f"{tests}  ", "lucid check . --conformance  ",
             "lucid check . --weights  ", f"{tests} tests/test_engine.py  ",
             "lucid check . --conformance --profile full  ", "lucid serve .  "]  # fmt: skip
    places = [agents.find(f"\n    {step}") for step in steps]
    assert -1 not in places
    assert places == sorted(places)
    assert "`chunk_s` in pyproject.toml" in agents


def test_agents_md_names_the_upstream_code_and_how_it_is_fetched() -> None:
    agents = planned("mineworld", recorded_facts("microsoft/mineworld"))["AGENTS.md"]
    assert "in the source `git+https://github.com/microsoft/mineworld@" in agents
    assert "lucid sync ." in agents
    assert "null" not in agents.partition("Inputs:")[0]


def test_agents_md_names_every_piece_of_conditioning() -> None:
    agents = planned("blank", None)["AGENTS.md"]
    assert [name for name in conditioning.__all__ if f"`{name}`" not in agents] == []


def test_a_blank_port_leaves_nothing_to_do() -> None:
    assert not any("TODO" in text for text in planned("my_world", None).values())


def test_a_port_of_a_local_folder_loads_from_there() -> None:
    facts = recorded_facts(WAYPOINT)
    local = facts.model_copy(update={"repo": "/models/w", "commit": None, "revision": None})
    engine = planned("waypoint", local)["waypoint/engine.py"]
    assert 'WEIGHTS = "/models/w"\n' in engine
    assert "snapshot_download" not in engine
