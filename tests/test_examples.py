"""The examples load, pass the checks and play unchanged."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lucid import manifest
from lucid._target import find_port
from lucid.media.i420 import to_rgb
from lucid.runtime.loading import load_model_class
from lucid.runtime.memory import playing
from tests.check.example import EXAMPLE
from tests.cli.running import lucid_here

ROOT = Path(__file__).resolve().parent.parent


def write_port(folder: Path, module: str, source: str) -> None:
    folder.mkdir()
    (folder / "pyproject.toml").write_text(f'[tool.lucid]\nport = "{module}:MyModel"\n')
    (folder / f"{module}.py").write_text(source)


async def test_the_example_of_the_design_loads_checks_and_plays(tmp_path: Path) -> None:
    write_port(tmp_path / "p", "design_example", EXAMPLE)
    check = lucid_here("check", "p", cwd=tmp_path)
    assert (check.returncode, check.stdout) == (0, "")
    model_cls: Any = load_model_class(find_port("p", tmp_path))
    names = [spec.name for spec in manifest(model_cls).inputs]
    assert names == ["set_seed_frame", "set_prompt", "move_fwd"]

    def render_frame(model: object, prompt: str, active: frozenset[str]) -> np.ndarray:
        return np.full((360, 640, 3), 200 if "fwd" in active else 20, np.uint8)

    model_cls.render_frame = render_frame
    async with playing(model_cls) as player:
        assert to_rgb((await player.next_frames(1))[0].i420).mean() == pytest.approx(20, abs=2)
        frame = await player.frame_after(player.send("move_fwd", pressed=True))
        assert to_rgb(frame.i420).mean() == pytest.approx(200, abs=2)


def test_the_example_of_the_readme_loads_and_checks(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    sources = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    (source,) = [source for source in sources if "LucidModel" in source]
    write_port(tmp_path / "p", "readme_example", source)
    check = lucid_here("check", "p", cwd=tmp_path)
    assert (check.returncode, check.stdout) == (0, "")
    model_cls = load_model_class(find_port("p", tmp_path))
    assert [spec.name for spec in manifest(model_cls).inputs] == ["walk"]


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*/*/port.py")), ids=str)
def test_ports_are_short(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) < 180


@pytest.mark.parametrize("folder", sorted((ROOT / "examples").iterdir()), ids=lambda f: f.name)
def test_examples_are_clean(folder: Path) -> None:
    check = lucid_here("check", str(folder), cwd=ROOT)
    assert (check.returncode, check.stdout) == (0, "")
