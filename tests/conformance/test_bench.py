"""``lucid bench`` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.running import lucid, lucid_here

ROOT = Path(__file__).resolve().parent.parent.parent
HELLO = str(ROOT / "examples" / "hello")


def test_the_figures_are_printed_as_json_and_drawn(tmp_path: Path) -> None:
    script = [
        {"step": 0, "input": "move_fwd", "args": {"pressed": True}},
        {"step": 4, "input": "move_fwd", "args": {"pressed": False}},
    ]
    (tmp_path / "walk.json").write_text(json.dumps(script))
    arguments = ["--seconds", "2", "--seed", "7", "--script", "walk.json", "--plot", "b.png"]
    run = lucid("bench", HELLO, "--json", *arguments, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert (found["port"], found["rng_seed"]) == ("hello.port:HelloModel", 7)
    assert (found["script"], found["declared_fps"]) == ("walk.json", 30)
    assert found["step_ms"]["count"] == len(found["steps_ms"]) > 0
    assert 0 < found["step_ms"]["p50"] <= found["step_ms"]["p95"]
    mean_s = sum(found["steps_ms"]) / len(found["steps_ms"]) / 1000
    assert found["fps"] == pytest.approx(1 / mean_s, rel=0.01)
    assert found["action_latency_ms"]["count"] == len(found["latencies_ms"]) >= 3
    assert found["memory_bytes"] > 1e7
    with Image.open(tmp_path / "b.png") as picture:
        assert picture.size == (1200, 720)
        assert len(picture.getcolors(1 << 24) or ()) > 4


@pytest.mark.parametrize(
    ("arguments", "exit_code", "text"),
    [
        (["nowhere"], 2, "nowhere: no such folder"),
        ([HELLO, "--stub"], 2, "HelloModel has no stub engine"),
        ([HELLO, "--script", "none.json"], 2, "none.json is not a script of inputs"),
        ([HELLO, "--script", "odd.json"], 2, "no input is named 'fly'"),
        ([HELLO, "--plot", "none/b.png"], 2, "there is no folder none"),
        (["cold_port:ColdModel"], 4, "ColdModel.load() raised FileNotFoundError: weights"),
        (["cold_port:UnsyncedModel"], 4, "UnsyncedModel.load() needs no_engine, which is not"),
    ],
)
def test_a_mistake_is_one_message(
    tmp_path: Path, arguments: list[str], exit_code: int, text: str
) -> None:
    (tmp_path / "odd.json").write_text('[{"step": 1, "input": "fly"}]')
    (tmp_path / "cold_port.py").write_text(
        "from lucid.authoring.model import EmptyConfig\n"
        "from tests.conformance.ports import CleanModel\n\n\n"
        "class ColdModel(CleanModel):\n"
        '    def load(self, ctx):\n        raise FileNotFoundError("weights")\n'
        "\n\nclass UnsyncedModel(CleanModel):\n"
        "    config_cls = EmptyConfig\n\n"
        "    def load(self, ctx):\n        import no_engine\n"
    )
    run = lucid_here("bench", *arguments, cwd=tmp_path)
    assert (run.returncode, run.stdout) == (exit_code, "")
    assert text in run.stderr
    assert "Traceback" not in run.stderr
    if "cold_port" in arguments[0]:  # only the first of them has a stub engine
        assert ("`lucid serve --stub`" in run.stderr) is (arguments == ["cold_port:ColdModel"])
