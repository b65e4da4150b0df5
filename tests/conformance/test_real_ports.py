"""The scaffolds and the examples keep every promise."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from pathlib import Path

import pytest

from lucid._target import find_port, read_port
from lucid.conformance import check_port
from lucid.conformance.promise import Outcome
from lucid.conformance.wire import check_wire
from lucid.scaffold.plan import plan
from lucid.scaffold.write import write

ROOT = Path(__file__).resolve().parent.parent.parent
SCAFFOLDS = sorted(path for path in (ROOT / "scaffolds").iterdir() if read_port(path) is not None)
LONG = "LUCID_TEST_LONG" in os.environ
DIFFERENT = ("lingbot-world", "waypoint-1.5")
"""One makes chunks, the other single frames. LUCID_TEST_LONG=1 tries every port in its own size."""
TRIED = [port for port in SCAFFOLDS if LONG or port.name in DIFFERENT]


def failures(port: Path, profile: str) -> dict[str, str]:
    report = check_port(port, profile)
    bad = (Outcome.FAILED, Outcome.BLOCKED, Outcome.SKIPPED, Outcome.EXPECTED)
    return {r.title: f"{r.measured}; {r.detail}" for r in report.results if r.outcome in bad}


def smaller(port: Path, folder: Path) -> Path:
    """Copy a port, and divide the width and height of its pictures by four."""
    shutil.copytree(port, folder / port.name)
    (engine,) = (folder / port.name).glob("*/engine.py")
    size = re.compile(r"^WIDTH, HEIGHT = (\d+), (\d+)$", re.MULTILINE)
    text, count = size.subn(
        lambda found: f"WIDTH, HEIGHT = {int(found[1]) // 4}, {int(found[2]) // 4}",
        engine.read_text("utf-8"),
    )
    assert count == 1
    engine.write_text(text, "utf-8")
    return folder / port.name


@pytest.mark.parametrize("port", TRIED, ids=lambda port: str(port.name))
def test_a_scaffold_keeps_its_promises_on_the_stub(port: Path, tmp_path: Path) -> None:
    assert failures(port if LONG else smaller(port, tmp_path), "stub") == {}


def test_a_blank_port_keeps_its_promises(tmp_path: Path) -> None:
    write(plan("blank", None), tmp_path / "blank")
    assert failures(tmp_path / "blank", "full") == {}


def test_the_bundled_world_keeps_every_promise() -> None:
    if not LONG:
        pytest.skip("it takes minutes: set LUCID_TEST_LONG=1")
    if importlib.util.find_spec("torch") is None:
        pytest.skip("the landscape needs torch")
    assert failures(ROOT / "examples" / "landscape", "certified") == {}


def test_the_smallest_port_keeps_its_promises_over_the_wire() -> None:
    results = check_wire(find_port(str(ROOT / "examples" / "hello"), ROOT), stub=False)
    assert {r.id: (r.outcome, r.measured) for r in results if r.outcome is not Outcome.PASSED} == {}
    assert [r.id for r in results] == ["X01", "X02", "X03", "X04", "X05"]
