from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from lucid.cli import app
from lucid.errors import RepoNotFoundError, ScaffoldError
from tests.scaffold.facts import RECORDED

RECORDED_WAYPOINT = str(RECORDED / "Overworld__Waypoint-1.5-1B")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["new", *arguments])


def test_a_blank_port_is_written_and_the_next_commands_are_named(here: Path) -> None:
    result = run("my_world")
    assert result.exit_code == 0
    assert "my_world/my_world/port.py" in result.stdout.splitlines()
    assert "lucid check my_world" in result.stderr
    assert "lucid serve my_world --stub" in result.stderr
    assert (here / "my_world" / "my_world" / "port.py").is_file()
    assert [path.name for path in here.iterdir()] == ["my_world"]


def test_json_is_all_that_stdout_holds(here: Path) -> None:
    report = json.loads(run("my_world", "--json").stdout)
    assert report["path"] == str(here / "my_world")
    assert report["family"] == "blank"
    assert report["repo"] is report["commit"] is None
    assert report["open_questions"] == []
    assert {
        "path": "my_world/port.py",
        "size_bytes": (here / "my_world" / "my_world" / "port.py").stat().st_size,
    } in report["files"]


def test_a_dry_run_lists_the_same_and_writes_nothing(here: Path) -> None:
    planned = run("my_world", "--dry-run")
    assert list(here.iterdir()) == []
    assert planned.stdout == run("my_world").stdout


def test_a_local_folder_is_a_repo(here: Path) -> None:
    report = json.loads(run("waypoint", "--from-hf", RECORDED_WAYPOINT, "--json").stdout)
    assert report["family"] == "waypoint"
    assert report["commit"] is None


def test_what_is_open_is_counted() -> None:
    result = run("diamond", "--from-hf", str(RECORDED / "eloialonso__diamond"))
    assert "diamond/AGENTS.md" in result.stderr


@pytest.mark.parametrize("name", ["class", "my-world", "../escape", "json", ""])
def test_a_name_that_cannot_be_used_writes_nothing(here: Path, name: str) -> None:
    assert isinstance(run(name).exception, ScaffoldError)
    assert list(here.iterdir()) == []
    assert not (here.parent / "escape").exists()


def test_what_exists_is_left_alone(here: Path) -> None:
    (here / "my_world").mkdir()
    assert isinstance(run("my_world").exception, ScaffoldError)
    assert list((here / "my_world").iterdir()) == []


def test_a_repo_that_is_not_there_writes_nothing(here: Path) -> None:
    result = run("my_world", "--from-hf", str(here / "nowhere"))
    assert isinstance(result.exception, RepoNotFoundError)
    assert list(here.iterdir()) == []


def test_a_revision_needs_a_repo() -> None:
    assert isinstance(run("my_world", "--revision", "main").exception, ScaffoldError)


def test_what_is_no_world_model_is_refused_and_nothing_is_written(here: Path) -> None:
    result = run("llm", "--from-hf", str(RECORDED / "_trap__worldmodel-llm"))
    assert isinstance(result.exception, ScaffoldError)
    assert "is no world model but a language model" in result.exception.message
    assert list(here.iterdir()) == []


def test_a_family_without_templates_becomes_the_generic_port_and_that_is_said(here: Path) -> None:
    weights = here / "weights"
    weights.mkdir()
    for name in ("oasis500m.safetensors", "vit-l-20.safetensors"):
        (weights / name).touch()
    result = run("oasis", "--from-hf", str(weights))
    assert result.exit_code == 0
    assert "Lucid has no templates for frame-dit" in result.stderr
    assert "engine_calls" in (here / "oasis" / "AGENTS.md").read_text("utf-8")
