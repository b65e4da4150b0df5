"""`lucid eval`: what a port makes of recorded inputs, in figures."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lucid.capsule.read import read_capsule
from lucid.media.measures import motion, psnr_db, sharpness, ssim, statistics
from lucid.media.movie import frames_of
from tests.cli.running import lucid_here
from tests.eval.pan import HEIGHT, SPEED, WIDTH

ROOT = Path(__file__).resolve().parent.parent.parent
PAN = "tests.eval.pan:PanModel"


def evaluated(clip: Path, *options: str | Path, **environment: str) -> dict[str, Any]:
    run = lucid_here("eval", PAN, "--json", "--clip", str(clip), *map(str, options),
                     cwd=ROOT, **environment)  # fmt: skip
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads(run.stdout)
    return found


@pytest.fixture(scope="module")
def walks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two episodes of 48 frames."""
    folder = tmp_path_factory.mktemp("clips") / "walks"
    run = lucid_here("rollout", PAN, "--frames", "48", "--episodes", "2", "--out", str(folder),
                     cwd=ROOT)  # fmt: skip
    assert run.returncode == 0, run.stderr
    return folder


def test_a_port_is_like_its_own_clips_and_follows_its_keys(walks: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    found = evaluated(walks, "--sheet", sheet)
    assert found["frames"] == found["clip_frames"] == found["compared_frames"] == 96
    assert found["equal_frames_in_second_run"] == 96
    assert found["psnr_db"]["worst"] > 32  # the clip was compressed
    assert found["ssim"]["mean"] > 0.97
    for effects in (found["motion_px_by_action"], found["motion_px_by_action_in_clip"]):
        assert effects["turn_left"] == pytest.approx([SPEED, 0, 0], abs=0.2)
        assert effects["turn_right"] == pytest.approx([-SPEED, 0, 0], abs=0.2)
        assert effects["look_up"] == pytest.approx([0, SPEED, 0], abs=0.2)
    assert found["motion_explained_by_actions"] > 0.98
    assert found["motion_correlation_with_clip"] > 0.98
    assert {len(series) for series in found["over_time"].values()} == {8}
    with Image.open(sheet) as picture:
        assert picture.size == (8 * WIDTH, 3 * HEIGHT)


def test_a_port_that_ignores_its_keys_and_makes_noise_is_found_out(walks: Path) -> None:
    found = evaluated(walks, LUCID_TEST_DAZED="1")
    assert found["equal_frames_in_second_run"] == 0
    assert found["psnr_db"]["mean"] < 20
    assert abs(found["motion_explained_by_actions"]) < 0.2
    assert abs(found["motion_correlation_with_clip"]) < 0.3


def test_a_log_with_its_video_and_a_saved_session_are_clips_too(
    walks: Path, tmp_path: Path
) -> None:
    saved, log = walks / "capsules/episode-000001.lucid", tmp_path / "walk.ndjson"
    log.write_bytes(zipfile.ZipFile(saved).read("inputs.ndjson"))
    videos = walks / "videos/observation.images.main/chunk-000"
    missing = lucid_here("eval", PAN, "--clip", str(log), cwd=ROOT)
    assert missing.returncode == 2
    assert "beside it, which ends in .mp4" in " ".join(missing.stderr.split())
    shutil.copy(videos / "file-001.mp4", log.with_suffix(".mp4"))
    assert evaluated(log)["psnr_db"]["worst"] > 32
    capsule = read_capsule(saved)
    first = next(iter(frames_of(log.with_suffix(".mp4"))))
    exact = tmp_path / "exact.lucid"
    pictures = {0: png(first, tmp_path), 40: png(first, tmp_path)}
    with exact.open("wb") as file:
        type(capsule)(capsule.head, capsule.inputs, {}, pictures).write(file)
    run = lucid_here("eval", PAN, "--clip", str(exact), cwd=ROOT)
    assert run.returncode == 0, run.stderr
    table = dict(line.rsplit(maxsplit=1) for line in run.stdout.splitlines() if "time" not in line)
    assert table["compared frames"] == "2"
    assert float(table["psnr db worst"]) < 30
    assert table["motion correlation with clip"] == "-"
    assert evaluated(saved)["compared_frames"] == 0
    other = lucid_here("eval", "tests.gym.dots:DotModel", "--clip", str(saved), cwd=ROOT)
    assert other.returncode == 2
    assert "This is not the port that was recorded: the model is dots, not pan" in other.stderr
    assert "no input is named" in other.stderr
    folder = lucid_here("eval", PAN, "--clip", str(tmp_path), cwd=ROOT)
    assert (folder.returncode, "is no dataset" in folder.stderr) == (2, True)


def png(frame: np.ndarray, folder: Path) -> bytes:
    path = folder / "frame.png"
    Image.fromarray(frame).save(path)
    return path.read_bytes()


def test_measures_of_pictures() -> None:
    rng = np.random.default_rng(0)
    small = Image.fromarray(rng.integers(0, 256, (40, 60, 3), np.uint8))
    land = np.asarray(small.resize((600, 400)))
    here = land[100:280, 100:420]
    for dx, dy in ((5, 0), (-7, 2), (0, -9), (30, -12)):
        there = land[100 - dy : 280 - dy, 100 - dx : 420 - dx]
        assert motion(here, there) == pytest.approx([dx, dy, 0], abs=0.4)
    near = np.asarray(Image.fromarray(here).crop((8, 5, 312, 175)).resize((320, 180)))
    assert motion(here, near)[2] > 2
    noisy = (here + rng.normal(0, 5, here.shape)).clip(0, 255).astype(np.uint8)
    assert psnr_db(here, here) == float("inf")
    assert psnr_db(here, noisy) == pytest.approx(34.2, abs=0.4)
    assert ssim(here, here) == pytest.approx(1)
    assert ssim(here, land[:180, :320]) < 0.3 < ssim(here, noisy) < 1
    assert sharpness(np.stack([here, noisy])).tolist() == sorted(
        [sharpness(here), sharpness(noisy)]
    )
    assert statistics(np.full((9, 9, 3), 7, np.uint8)).tolist() == [0, 7, 7, 7, 0, 0, 0]
