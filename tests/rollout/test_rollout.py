"""`lucid rollout`: a dataset holds what was played, whatever ends the run."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lucid import LucidError
from lucid.rollout.dataset import VIDEO
from lucid.rollout.policies import find_policy
from tests.cli.running import lucid_here
from tests.gym.dots import WALL
from tests.waits import until

ROOT = Path(__file__).resolve().parent.parent.parent
DOTS, WALK = "tests.gym.dots:DotModel", "tests.capsule.walks:WalkModel"
LEROBOT = os.environ.get("LUCID_TEST_LEROBOT", "")
FILE = "chunk-000/file-000.parquet"


def rollout(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return lucid_here("rollout", *map(str, arguments), cwd=ROOT)


def pictures(folder: Path, episode: int) -> np.ndarray:
    """The frames of an episode, (N, H, W, 3), each of which has its time."""
    fps = json.loads((folder / "meta/info.json").read_text("utf-8"))["fps"]
    with av.open(str(folder / f"videos/{VIDEO}/chunk-000/file-{episode:03}.mp4")) as video:
        frames = list(video.decode(video=0))
    times = [frame.time for frame in frames]
    assert times == pytest.approx([index / fps for index in range(len(frames))], abs=1e-5)
    return np.stack([frame.to_ndarray(format="rgb24") for frame in frames])


def checked(folder: Path) -> tuple[list[dict[str, Any]], pa.Table]:
    """Check that a dataset is complete; return its episodes, and the rows that count."""
    info = json.loads((folder / "meta/info.json").read_text("utf-8"))
    total, fps = info["total_episodes"], info["fps"]
    episodes = pq.read_table(folder / "meta/episodes" / FILE).to_pylist()[:total]
    data = pq.read_table(folder / "data" / FILE)[: info["total_frames"]]
    assert info["splits"] == {"train": f"0:{total}"}
    assert sum(each["length"] for each in episodes) == len(data) == info["total_frames"]
    assert data["index"].to_pylist() == list(range(len(data)))
    for number, each in enumerate(episodes):
        rows = data.slice(each["dataset_from_index"], each["length"])
        assert each["dataset_to_index"] == each["dataset_from_index"] + each["length"]
        assert rows["episode_index"].to_pylist() == [number] * each["length"]
        assert rows["frame_index"].to_pylist() == list(range(each["length"]))
        times = (np.arange(each["length"]) / fps).astype(np.float32)
        assert rows["timestamp"].to_pylist() == times.tolist()
        assert each[f"videos/{VIDEO}/file_index"] == number
        assert each[f"videos/{VIDEO}/to_timestamp"] == each["length"] / fps
        assert len(pictures(folder, number)) == each["length"]
    return episodes, data


def test_a_dataset_holds_each_frame_with_the_action_that_follows_it(tmp_path: Path) -> None:
    out = tmp_path / "dots"
    run = rollout(DOTS, "--policy", "tests.rollout.policies:walk", "--frames", "9", "--out", out,
                  "--episodes", "4")  # fmt: skip
    assert run.returncode == 0, run.stderr
    episodes, data = checked(out)
    assert f"{out} has 4 episodes with {len(data)} frames." in run.stderr
    assert [str(field.type) for field in data.schema] == ["float", "float", *["int64"] * 4]
    for number, each in enumerate(episodes):
        places = pictures(out, number)[:, 8, :, 0].argmax(1)
        assert places[0] == number  # the rng seed of each episode
        steps = data["action"].to_numpy()[each["dataset_from_index"] :][: each["length"]]
        assert np.diff(places).tolist() == steps[:-1].tolist()
        assert each["length"] == 9 or places[-1] == WALL
    assert {each["length"] for each in episodes} > {9}, "an episode ends at the wall"
    tasks = pq.read_table(out / "meta/tasks.parquet")
    assert tasks.to_pylist() == [{"task_index": 0, "task": "Play dots"}]
    assert json.loads(tasks.schema.metadata[b"pandas"])["index_columns"] == ["task"]
    assert {each["tasks"][0] for each in episodes} == {"Play dots"}
    stats = json.loads((out / "meta/stats.json").read_text("utf-8"))
    actions = data["action"].to_numpy()
    assert stats["action"]["mean"] == pytest.approx([actions.mean()])
    assert stats["action"]["std"] == pytest.approx([actions.std()])
    assert stats["action"]["count"] == [len(data)]
    assert np.shape(stats[VIDEO]["mean"]) == (3, 1, 1)
    assert stats[VIDEO]["mean"][0][0][0] == pytest.approx(1 / 16, abs=0.03)
    info = json.loads((out / "meta/info.json").read_text("utf-8"))
    assert {name: (each["dtype"], each["shape"]) for name, each in info["features"].items()} == {
        VIDEO: ("video", [16, 16, 3]),
        "action": ("float32", [1]),
        "timestamp": ("float32", [1]),
        **{
            name: ("int64", [1]) for name in ("frame_index", "episode_index", "index", "task_index")
        },
    }
    again = rollout(DOTS, "--frames", "9", "--out", out, "--episodes", "4")
    assert again.returncode == 0
    assert checked(out)[1] == data


def total(folder: Path) -> int:
    """How many episodes a dataset has; 0 if there is none."""
    path = folder / "meta/info.json"
    return int(json.loads(path.read_text("utf-8"))["total_episodes"]) if path.exists() else 0


def has_more(folder: Path, episodes: int) -> bool:
    return total(folder) > episodes


def test_a_run_that_was_killed_or_interrupted_goes_on(tmp_path: Path) -> None:
    whole, out = tmp_path / "whole", tmp_path / "parts"
    begin = (  # a job of a shell in the background ignores SIGINT
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from lucid.__main__ import main; main()"
    )
    command = [sys.executable, "-c", begin, "rollout", WALK, "--frames", "31", "--out", str(out)]
    for how, code in ((signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)):
        before = total(out)
        with subprocess.Popen(
            [*command, "--episodes", "50"], cwd=ROOT, stderr=subprocess.DEVNULL
        ) as run:
            asyncio.run(until(partial(has_more, out, before)))
            run.send_signal(how)
            assert run.wait(60) == code
        assert len(checked(out)[0]) > before
    assert not list(out.rglob("*.part"))
    arguments = (WALK, "--frames", "31", "--episodes", str(total(out) + 1), "--out")
    assert rollout(*arguments, out).returncode == 0
    assert rollout(*arguments, whole).returncode == 0
    assert checked(out) == checked(whole)
    for name in ("meta/info.json", "meta/stats.json", "capsules/episode-000001.lucid"):
        assert (out / name).read_bytes() == (whole / name).read_bytes()


def test_recorded_inputs_are_played_again(tmp_path: Path) -> None:
    first = tmp_path / "first"
    assert rollout(WALK, "--frames", "31", "--out", first, "--seed", "5").returncode == 0
    rows = pq.read_table(first / "data" / FILE)["action"].to_numpy(zero_copy_only=False)
    assert np.ptp(np.stack(rows), axis=0).min() > 0
    saved, log = first / "capsules/episode-000000.lucid", tmp_path / "log.ndjson"
    log.write_bytes(zipfile.ZipFile(saved).read("inputs.ndjson"))
    for name, options in (("a", [saved]), ("b", [log, "--seed", "5"])):
        again = tmp_path / name
        run = rollout(WALK, "--frames", "40", "--out", again, "--policy", *options)
        assert run.returncode == 0, run.stderr
        assert (pictures(again, 0)[:31] == pictures(first, 0)).all()
        found = pq.read_table(again / "data" / FILE)["action"].to_numpy(zero_copy_only=False)
        assert np.array_equal(np.stack(found[:30]), np.stack(rows[:30]))
        assert len(found) == (31 if options == [saved] else 40)


def test_what_goes_wrong_is_said_and_the_dataset_stays(tmp_path: Path) -> None:
    def refused(*arguments: str | Path, words: str, code: int = 2) -> None:
        run = rollout("--frames", "5", *arguments)
        assert words in " ".join(run.stderr.split()), run.stderr
        assert run.returncode == code

    out, other, broken = tmp_path / "dots", tmp_path / "other", tmp_path / "broken"
    assert rollout(DOTS, "--frames", "5", "--out", out).returncode == 0
    other.mkdir()
    (other / "letter.txt").touch()
    (tmp_path / "not.lucid").write_text("PK no capsule")
    refused(DOTS, "--out", other, words="holds something else")
    refused(DOTS, "--out", other / "letter.txt", words="cannot be used")
    refused(WALK, "--out", out, "--episodes", "2", words='robot_type is "dots"')
    refused("tests.ports:BrokenModel", "--out", broken, words="a step broke", code=70)
    assert not list(broken.rglob("*.mp4"))
    module = "tests.rollout.policies"
    for name, words in (
        ("fall", "the policy raised ValueError: the policy fell"),
        ("shrug", "return a dict with the entries right: Discrete(2)"),
    ):
        policy = f"{module}:{name}"
        refused(DOTS, "--out", out, "--episodes", "2", "--policy", policy, words=words)
    for policy, words in (
        (f"{module}:NUMBER", "is no function"),
        (f"{module}:nothing", "cannot be imported: AttributeError"),
        ("tests.nowhere:walk", "No module named 'tests.nowhere'"),
        ("clever", "there is no policy 'clever'"),
        (str(tmp_path / "not.lucid"), "cannot read this .lucid file"),
    ):
        with pytest.raises(LucidError, match=words):
            find_policy(policy)
    for full, code in ((f"videos/{VIDEO}/chunk-000/file-001.mp4", 4), (f"data/{FILE}.part", 2)):
        (out / full).symlink_to("/dev/full")
        refused(DOTS, "--out", out, "--episodes", "2", words="No space left on device", code=code)
    checked(out)
    assert sum(1 for path in out.rglob("*") if path.is_file()) == 7
    info = json.loads((out / "meta/info.json").read_text("utf-8"))
    (out / "meta/info.json").write_text(json.dumps({**info, "total_episodes": 2}))
    refused(DOTS, "--out", out, words="disagree")
    assert rollout(DOTS, "--frames", "5", "--out", broken).returncode == 2, "it is another port"


@pytest.mark.skipif(not LEROBOT, reason="LUCID_TEST_LEROBOT names no Python that has lerobot")
def test_lerobot_reads_a_dataset(tmp_path: Path) -> None:
    out = tmp_path / "walks"
    assert rollout(WALK, "--frames", "31", "--out", out, "--episodes", "3").returncode == 0
    reader = Path(__file__).with_name("read_with_lerobot.py")
    run = subprocess.run(
        [LEROBOT, reader, out], cwd=tmp_path, env={**os.environ, "HF_HUB_OFFLINE": "1"},
        check=True, stdout=subprocess.PIPE,
    )  # fmt: skip
    found, (episodes, data) = json.loads(run.stdout), checked(out)
    assert found["episodes"] == len(episodes)
    assert found["tasks"] == ["Play walk"] * len(data)
    for name in data.column_names:
        assert found[name] == data[name].to_pylist()
    shown = np.array(found["shown"]).transpose(0, 2, 3, 1)
    ours = np.concatenate([pictures(out, episode) for episode in range(len(episodes))])
    assert np.abs(shown - ours).max() <= 2  # their version of libav rounds in another way
    stats = json.loads((out / "meta/stats.json").read_text("utf-8"))
    assert found["mean"] == stats[VIDEO]["mean"]
