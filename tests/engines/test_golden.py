"""The ports' own ``tests/test_engine.py``: each engine beside upstream's loop, on tiny weights."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.engines.porting import Port, kept_port

pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

PACKAGED = ("cosmos-3", "helios", "sana-wm")
"""The scaffolds whose upstream is a package."""
CHECKOUTS = {
    "abot-world": "ABot-World",
    "causal-forcing": "Causal-Forcing",
    "causal-forcing-2-steps": "Causal-Forcing",
    "causal-forcing-framewise": "Causal-Forcing",
    "causal-forcing-long": "Causal-Forcing",
    "diamond": "diamond",
    "diamond-atari": "diamond-atari",
    "dreamx-world": "DreamX-World",
    "krea-realtime": "realtime-video",
    "lingbot-world": "lingbot-world",
    "lingbot-world-2": "lingbot-world-v2",
    "lingbot-world-fast": "lingbot-world",
    "matrix-game-2": "Matrix-Game",
    "matrix-game-3": "Matrix-Game",
    "mineworld": "mineworld",
    "oasis": "open-oasis",
    "rolling-forcing": "RollingForcing",
    "self-forcing": "Self-Forcing",
    "self-gradient-forcing": "Self_Gradient_Forcing",
    "self-gradient-forcing-framewise": "Self_Gradient_Forcing",
    "sgf-plus": "Self_Gradient_Forcing_Plus",
    "worldplay": "HY-WorldPlay",
    "yume": "YUME",
    "zing": "zing-world-model",
}
"""The scaffolds whose upstream is code without a package, and its folder in LUCID_UPSTREAM."""
CODE = Path(os.environ.get("LUCID_UPSTREAM", "nowhere"))
INSTALLED = {"waypoint-1": "world_engine", "waypoint-1.5": "taehv"}
"""The scaffolds whose upstream is a package that pip does not have, and what must be importable."""


def skip_if_absent(folder: str) -> None:
    """Skip a scaffold whose upstream code is not here, or not beside the packages that it needs."""
    if folder in INSTALLED:
        pytest.importorskip(INSTALLED[folder])
    if folder in CHECKOUTS and not (CODE / CHECKOUTS[folder]).is_dir():
        pytest.skip(f"LUCID_UPSTREAM has no {CHECKOUTS[folder]}")
    if folder == "mineworld" and int(version("transformers").partition(".")[0]) > 4:
        pytest.skip("MineWorld's network needs transformers 4")


@pytest.fixture
def port_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Port]:
    """Write the port of a kept scaffold again, under a name of its own."""
    return lambda folder: kept_port(folder, tmp_path, monkeypatch)


@pytest.mark.parametrize("folder", [*PACKAGED, *INSTALLED, *CHECKOUTS])
def test_the_engine_makes_the_frames_of_upstream_s_loop(
    folder: str, port_of: Callable[[str], Port]
) -> None:
    skip_if_absent(folder)
    port = port_of(folder)
    if folder in CHECKOUTS:
        port.put_upstream(CODE / CHECKOUTS[folder])
    try:
        port.compare_with_upstream()
    finally:
        port.close()
