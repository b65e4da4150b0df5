from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import pytest
from typer.testing import CliRunner, Result

from lucid._data import data_dir
from lucid.cli import app
from lucid.errors import ChoiceError, RepoNotFoundError, ScaffoldError
from lucid.lock import read_lock
from lucid.scaffold.plan import plan
from lucid.scaffold.write import write
from tests.hub.repos import RECORDED
from tests.hub_server import hub_server

RECORDED_WAYPOINT = str(RECORDED / "Overworld__Waypoint-1.5-1B")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["new", *arguments])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for a process group")
def test_an_interrupt_after_the_port_is_written_says_that_it_is_there(here: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "lucid", "new", "w"],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not (here / "w").exists():
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "w was written, but not checked: run `lucid check w`" in said
    assert "Traceback" not in said


@pytest.mark.usefixtures("plays_new_ports")
def test_a_blank_port_is_written_and_the_next_commands_are_named(here: Path) -> None:
    result = run("my_world")
    assert result.exit_code == 0
    assert "my_world/my_world/port.py" in result.stdout.splitlines()
    assert "play now, without the model:\n  lucid serve my_world --stub" in result.stderr
    assert "play the model" not in result.stderr
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


def test_a_dry_run_shows_tree_and_text_and_writes_nothing(here: Path) -> None:
    planned = run("my_world", "--dry-run")
    assert planned.exit_code == 0
    assert list(here.iterdir()) == []
    assert planned.stdout.startswith(
        "my_world/\n"
        "  .dockerignore\n"
        "  AGENTS.md\n"
        "  Dockerfile\n"
        "  README.md\n"
        "  lucid.lock\n"
        "  my_world/\n"
        "    __init__.py\n"
        "    engine.py\n"
        "    port.py\n"
        "  pyproject.toml\n"
        "  tests/\n"
        "    test_engine.py\n"
        "    test_port.py\n"
        "\n"
        "--- /dev/null\n"
        "+++ b/my_world/.dockerignore\n"
    )
    assert "nothing was written" in planned.stderr


def test_a_dry_run_of_a_port_that_is_here_shows_how_it_differs(here: Path) -> None:
    write(plan("my_world", None), here / "my_world")
    same = run("my_world", "--dry-run")
    assert "---" not in same.stdout
    engine = here / "my_world" / "my_world" / "engine.py"
    engine.write_text(engine.read_text("utf-8").replace("FPS = 30", "FPS = 25"), "utf-8")
    changed = run("my_world", "--dry-run")
    assert changed.stdout.count("+++") == 1
    assert "-FPS = 25\n+FPS = 30\n" in changed.stdout
    report = json.loads(run("my_world", "--dry-run", "--json").stdout)
    assert report["written"] is False
    assert [file["path"] for file in report["files"] if file["diff"]] == ["my_world/engine.py"]


def test_the_diff_of_a_dry_run_can_be_applied(here: Path) -> None:
    planned = run("my_world", "--dry-run").stdout
    diff = planned[planned.index("--- ") :]
    subprocess.run(["git", "apply", "--whitespace=nowarn"], input=diff, text=True, check=True)
    for file in plan("my_world", None):
        assert (here / "my_world" / file.path).read_text("utf-8") == file.text


def test_an_answer_is_in_the_code_and_in_the_lock(here: Path) -> None:
    result = run("w", "--from-hf", RECORDED_WAYPOINT, "--set", "fps=24", "--set", "width=640")
    assert result.exit_code == 0
    engine = (here / "w" / "w" / "engine.py").read_text("utf-8")
    assert "FPS = 24\n" in engine
    assert "WIDTH, HEIGHT = 640, 720\n" in engine
    assert "fps: `24`, from `your answer`" in (here / "w" / "AGENTS.md").read_text("utf-8")
    assert read_lock(here / "w").choices.answers == {"fps": "24", "width": "640"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--set", "fps=fast"], "fps must be a number above 0, not 'fast'"),
        (
            ["--set", "width=853"],
            "width must be an even number of pixels from 16 to 8192, not '853'",
        ),
        (["--set", "fps"], "--set 'fps' is not KEY=VALUE"),
        (["--family", "minecraft"], "no family is named 'minecraft'"),
        (["--variant", "other"], "there is no variant 'other'"),
    ],
)
def test_a_choice_that_is_none_is_refused_and_nothing_is_written(
    here: Path, arguments: list[str], said: str
) -> None:
    result = run("w", "--from-hf", RECORDED_WAYPOINT, *arguments)
    assert isinstance(result.exception, ChoiceError)
    assert said in result.exception.message
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("option", ["--variant", "--family", "--set"])
def test_a_choice_needs_a_repo(option: str) -> None:
    assert isinstance(run("my_world", option, "fps=24").exception, ScaffoldError)


def test_a_family_that_is_named_is_taken(here: Path) -> None:
    result = run("w", "--from-hf", RECORDED_WAYPOINT, "--family", "unknown", "--json")
    assert json.loads(result.stdout)["family"] == "unknown"
    assert read_lock(here / "w").choices.family == "unknown"


@pytest.fixture
def games(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A repo on a Hub with four models."""
    from huggingface_hub import constants

    with hub_server(RECORDED) as server:
        monkeypatch.setattr(constants, "ENDPOINT", server.endpoint)
        yield "Skywork/Matrix-Game-2.0"


def test_a_variant_is_taken_and_kept(here: Path, games: str) -> None:
    result = run("drive", "--from-hf", games, "--variant", "gta_drive")
    assert "variant: gta_drive" in result.stderr
    lock = read_lock(here / "drive")
    assert lock.choices.variant == "gta_drive"
    assert lock.answers["keyboard_dim"] == 2


def test_without_a_variant_the_first_is_taken_said_and_kept(here: Path, games: str) -> None:
    result = run("play", "--from-hf", games)
    assert "variant: universal (--variant chooses another)" in result.stderr
    assert read_lock(here / "play").choices.variant == "universal"


@pytest.mark.usefixtures("plays_new_ports")
def test_a_port_that_is_not_right_is_kept_and_said_loudly(
    here: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path_factory.mktemp("data")
    broken = shutil.copytree(data_dir("templates"), data / "templates")
    engine = broken / "blank" / "package" / "engine.py.jinja"
    engine.write_text(engine.read_text("utf-8").replace("FPS = 30", "FPS = 30 +"), "utf-8")
    monkeypatch.setattr("lucid.scaffold.plan.data_dir", lambda name: data / name)
    result = run("my_world")
    assert result.exit_code == 1
    assert "error: my_world was written, but it has problems:" in result.stderr
    assert "LUC001" in result.stderr
    assert "on the stub engine: " in result.stderr
    assert "play now" not in result.stderr
    assert (here / "my_world" / "my_world" / "engine.py").is_file()


def test_a_local_folder_is_a_repo(here: Path) -> None:
    report = json.loads(run("waypoint", "--from-hf", RECORDED_WAYPOINT, "--json").stdout)
    assert report["family"] == "waypoint"
    assert report["commit"] is None


@pytest.mark.usefixtures("plays_new_ports")
def test_both_ways_to_play_are_named_with_what_the_model_needs() -> None:
    result = run("krea", "--from-hf", str(RECORDED / "krea__krea-realtime-video"))
    assert "play now, without the model:\n  lucid serve krea --stub" in result.stderr
    assert (
        "play the model, with a GPU such as L40S (48 GB)" in result.stderr
    )  # upstream asks for 40
    for command in ("lucid sync krea", "lucid check krea --weights", "lucid serve krea\n"):
        assert f"\n  {command}" in result.stderr


def test_what_is_open_is_counted() -> None:
    result = run("unknown", "--from-hf", str(RECORDED / "_trap__empty-card"))
    assert "open: unknown/AGENTS.md" in result.stderr


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
    assert "is not a world model but a language model" in result.exception.message
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    ("repo", "base"),
    [
        ("QuantStack/Wan2.2-TI2V-5B-GGUF", "Wan-AI/Wan2.2-TI2V-5B"),
        ("yyfz233/warp-as-history", "BestWishYsh/Helios-Distilled"),
    ],
)
def test_a_quantised_copy_or_an_adapter_gives_the_command_for_its_base(
    here: Path, monkeypatch: pytest.MonkeyPatch, repo: str, base: str
) -> None:
    with hub_server(RECORDED) as hub:
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", hub.endpoint)
        result = run("world", "--from-hf", repo)
    assert isinstance(result.exception, ScaffoldError)
    assert f"`lucid new NAME --from-hf {base}`" in (result.exception.hint or "")
    assert list(here.iterdir()) == []


def test_an_engine_that_lucid_cannot_write_is_said(here: Path) -> None:
    weights = here / "weights"
    weights.mkdir()
    for name in ("longlive_base.pt", "lora.pt"):
        (weights / name).touch()
    result = run("stream", "--from-hf", str(weights))
    assert result.exit_code == 0
    assert "\n  write stream/stream/engine.py  # Lucid has no template for" in result.stderr
    assert "downloads" not in result.stderr
    assert "engine_calls" in (here / "stream" / "AGENTS.md").read_text("utf-8")
    readme = (here / "stream" / "README.md").read_text("utf-8")
    assert "To play the model, write `stream/engine.py` first" in readme
