"""The examples load, pass the checks and play unchanged."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lucid import CameraFrame, manifest
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


@pytest.mark.parametrize("name", ["band", "hello", "mirror"])
def test_the_examples_for_readers_have_less_than_150_lines(name: str) -> None:
    assert len((ROOT / "examples" / name / name / "port.py").read_text("utf-8").splitlines()) < 150


async def test_the_mirror_shows_the_camera_mirrored_and_its_glass_without_one() -> None:
    model_cls = load_model_class(find_port("examples/mirror", ROOT))
    pixels = np.zeros((360, 640, 3), np.uint8)
    pixels[:, :320] = 250
    async with playing(model_cls) as player:
        glass = to_rgb((await player.next_frames(1))[0].i420)
        player.send("set_trick", trick="plain")
        frame = await player.frame_after(player.send("see", frame=CameraFrame(pixels, 0.0)))
        mirrored = to_rgb(frame.i420)
        assert mirrored[:, 330:].mean() > 240 and mirrored[:, :310].mean() < 20
        for trick in ("kaleidoscope", "waves"):
            frame = await player.frame_after(player.send("set_trick", trick=trick))
            assert np.abs(to_rgb(frame.i420).astype(int) - mirrored).mean() > 1, trick
        await player.frame_after(player.send("set_trick", trick="trails"))
        dark = CameraFrame(np.zeros_like(pixels), 0.0)
        frame = await player.frame_after(player.send("see", frame=dark))
        assert to_rgb(frame.i420).mean() > 5  # a trail of what was there
        off = await player.frame_after(player.send("see", frame=None))
        assert glass.mean() > 10 and np.abs(to_rgb(off.i420).astype(int) - mirrored).mean() > 20


async def test_the_band_plays_a_note_without_a_gap_or_a_click() -> None:
    model_cls = load_model_class(find_port("examples/band", ROOT))
    async with playing(model_cls) as player:
        await player.next_frames(2)
        assert np.abs(np.concatenate([part.samples for part in player.audio_samples])).max() == 0
        player.audio_samples.clear()
        await player.frame_after(player.send("a", pressed=True))
        await player.next_frames(15)
        await player.frame_after(player.send("a", pressed=False))
        await player.next_frames(10)
        parts = [part.samples[:, 0] for part in player.audio_samples]
        assert {len(part) for part in parts} == {1600}
        sound = np.concatenate(parts).astype(float) / 32767
        assert np.abs(np.diff(sound)).max() < 0.1  # a click is a jump
        loud = sound[len(sound) // 3 :][: 48_000 // 4]
        spectrum = np.abs(np.fft.rfft(loud * np.hanning(len(loud))))
        assert abs(np.argmax(spectrum) * 48_000 / len(loud) - 440) < 5
        assert np.abs(sound[-1600:]).max() < 0.01
