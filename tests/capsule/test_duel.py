"""Two ports, or two settings of one, play the same inputs, and their frames are compared."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest
from pydantic import BaseModel

from lucid import LucidModel, LucidSession, hold, input, publish
from lucid.capsule.schema import Capsule, Head, PlayedInput, PlayedPort
from tests.cli.running import lucid_here

ROOT = Path(__file__).resolve().parent.parent.parent
PLAIN, WIDE = f"{__name__}:PlainModel", f"{__name__}:WideModel"
FRAMES = 12


class ShadeConfig(BaseModel):
    bits: int = 8


class ShadeSession(LucidSession["PlainModel"]):
    """Its frames get brighter while a key is held, in as many shades as the model has bits."""

    shade, held = 0, False

    @input(binding=hold(keys=("KeyW",)))
    def forward(self, pressed: bool) -> None:
        self.held = pressed

    async def run(self) -> None:
        output = self.model.outputs[0]
        while self.ctx.running:
            self.shade += 5 * self.held
            coarse = self.shade >> (8 - self.model.config.bits) << (8 - self.model.config.bits)
            frame = np.full((output.height, output.width, 3), coarse, np.uint8)
            await self.ctx.publish("main_video", frame)


class PlainModel(LucidModel[ShadeConfig]):
    name = "shades"
    config_cls = ShadeConfig
    session_cls = ShadeSession
    outputs = (publish.video(name="main_video", width=64, height=32, fps=30),)


class WideModel(PlainModel):
    outputs = (publish.video(name="main_video", width=32, height=32, fps=20),)


def log(folder: Path, name: str = "forward", frames: int = FRAMES) -> Path:
    head = Head(
        lucid_version="0",
        port=PlayedPort(model="shades", manifest_sha256="0" * 64),
        rng_seed=1,
        frames=frames,
    )
    inputs = [PlayedInput(step=4, name=name, args={"pressed": True})]
    path = folder / "a.lucid"
    with path.open("wb") as file:
        Capsule(head, inputs, {}, {}).write(file)
    return path


def test_a_port_duels_with_a_coarser_setting_of_itself(tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ["duel", PLAIN, PLAIN, "--inputs", str(log(tmp_path)), "--out", str(out)]
    done = lucid_here(*arguments, "--set-b", "bits=5", cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert "settings" in done.stdout and "bits=5" in done.stdout
    assert "7 of 12 frames differ, the first is frame 4" in done.stdout
    report = json.loads((out / "duel.json").read_text("utf-8"))
    assert (report["frames"], report["first_difference"]) == (FRAMES, 4)
    differences = [abs(5 * n - (5 * n >> 3 << 3)) for n in range(1, 9)]  # of the steps from the key
    wanted = [round(20 * float(np.log10(255 / n)), 2) if n else None for n in differences]
    assert report["psnr_db"] == [None] * 4 + wanted
    assert all(side["step_p95_ms"] >= side["step_p50_ms"] > 0 for side in report["sides"])
    page = (out / "duel.html").read_text("utf-8")
    shown = page.partition('<script type="application/json" id="report">')[2]
    assert json.loads(shown.partition("</script>")[0]) == report
    with av.open(str(out / "duel.mp4")) as video:
        frames = [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]
    assert len(frames) == FRAMES and frames[0].shape == (32, 128, 3)


def test_another_size_is_scaled_and_the_inputs_alone_are_enough(tmp_path: Path) -> None:
    line = PlayedInput(step=2, name="forward", args={"pressed": True}).model_dump_json()
    inputs = tmp_path / "inputs.ndjson"
    inputs.write_text(f"{line}\n", "utf-8")
    arguments = ["duel", PLAIN, WIDE, "--inputs", str(inputs), "--out", str(tmp_path), "--json"]
    assert "--frames" in lucid_here(*arguments, cwd=ROOT).stderr
    done = lucid_here(*arguments, "--frames", "6", cwd=ROOT)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["first_difference"] is None
    scaled, paced = report["notes"]
    assert scaled == "B is scaled from 32x32 to compare it with A, 64x32"
    assert "A plays at 30 fps and B at 20" in paced
    with av.open(str(tmp_path / "duel.mp4")) as video:
        assert next(video.decode(video=0)).width == 96


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("another input", "A (tests.capsule.test_duel:PlainModel) has no input fly"),
        ("cut off", "Lucid cannot read this .lucid file"),
        ("cut off inputs", "inputs.ndjson, line 1"),
        ("no frames", "has 0 frames"),
        ("too many frames", "the frames need 12288.0 GB in "),
        ("another setting", "PlainModel has no setting colours"),
        ("a wrong value", "PlainModel, setting bits: "),
        ("no value", "'bits' has no value"),
    ],
)
def test_bad_input_is_refused_with_the_reason(case: str, words: str, tmp_path: Path) -> None:
    path, settings = log(tmp_path), []
    match case:
        case "another input":
            path = log(tmp_path, "fly")
        case "cut off":
            path.write_bytes(path.read_bytes()[:-30])
        case "cut off inputs":
            path = tmp_path / "inputs.ndjson"
            path.write_text('{"step": 4, "name": "forw', "utf-8")
        case "no frames":
            path = log(tmp_path, frames=0)
        case "too many frames":
            path = log(tmp_path, frames=2 * 10**9)
        case "another setting":
            settings = ["--set-a", "colours=2"]
        case "a wrong value":
            settings = ["--set-a", "bits=many"]
        case "no value":
            settings = ["--set-a", "bits"]
    arguments = ["duel", PLAIN, PLAIN, "--inputs", str(path), "--out", str(tmp_path), *settings]
    if path.suffix == ".ndjson":
        arguments += ["--frames", "9"]
    refused = lucid_here(*arguments, cwd=ROOT)
    assert refused.returncode == (4 if case == "too many frames" else 2)
    assert words in refused.stderr.replace("\n", " ")
