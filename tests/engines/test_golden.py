"""The ports' own ``tests/test_engine.py``: each engine beside upstream's loop, on tiny weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engines.porting import Port
from tests.scaffold.facts import recorded_facts
from tests.scaffold.golden import GOLDEN, golden_choices

pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

PACKAGED = ("helios",)
"""The scaffolds whose upstream is a package."""


@pytest.fixture
def port_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Port]:
    """Write the port of a kept scaffold again, under a name of its own."""

    def write(folder: str) -> Port:
        name, repo = GOLDEN[folder]
        return Port(name, recorded_facts(repo, golden_choices(folder)), tmp_path, monkeypatch)

    return write


@pytest.mark.parametrize("folder", PACKAGED)
def test_the_engine_makes_the_frames_of_upstream_s_loop(
    folder: str, port_of: Callable[[str], Port], tmp_path: Path
) -> None:
    (tmp_path / "tiny").mkdir()
    port_of(folder).compare_with_upstream(tmp_path / "tiny")
