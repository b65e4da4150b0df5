"""The world model: its geometry against the teacher's, its determinism, its training."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
from labyrinth.evaluate import Plays, open_places, pixels_of
from labyrinth.looks import LOOK_NAMES
from labyrinth.model import HISTORY, LAGS, VIEWS, WEIGHTS, Memory, WorldModel, load, move
from labyrinth.train import HELD_OUT, Episodes, draw, rollout
from labyrinth.world import TURN, WALK, Walkers
from safetensors import safe_open

ROOT = Path(__file__).resolve().parents[2]


def test_a_turned_view_is_the_teachers_after_that_turn() -> None:
    walkers = Walkers.spawn(list(range(HELD_OUT, HELD_OUT + 8)))
    before = pixels_of(walkers.draw())
    action = np.tile(np.array((0, 0, 0.15), np.float32), (8, 1))
    walkers.step(action)
    after = pixels_of(walkers.draw())
    past = before[:, None].expand(8, len(LAGS), 3, 96, 128)
    views, rest = move(past, torch.full((8, len(LAGS)), 0.15), torch.from_numpy(action))
    assert views.shape == (8, VIEWS, 3, 96, 128)
    in_sight = rest[:, :1] > 0
    for turned in (views[:, 0], rest[:, len(LAGS) : len(LAGS) + 3]):
        moved = ((turned - after).abs() * in_sight).sum() / in_sight.sum()
        still = ((before - after).abs() * in_sight).sum() / in_sight.sum()
        assert moved < 0.35 * still


def test_the_floor_after_a_walk_is_the_teachers() -> None:
    walkers = open_places(HELD_OUT, 24, 1.2)
    walkers.looks[:] = LOOK_NAMES.index("palace")  # whose tiles differ most
    before = pixels_of(walkers.draw())
    action = np.tile(np.array((0.3, 0.1, 0.05), np.float32), (24, 1))
    start = walkers.poses.copy()
    walkers.step(action)
    walked = np.hypot(*(walkers.poses - start)[:, :2].T)
    free = np.flatnonzero(np.abs(walked - np.hypot(0.3, 0.1)) < 1e-3)
    assert len(free) >= 8
    after = pixels_of(walkers.draw())[free]
    past = before[free, None].expand(len(free), len(LAGS), 3, 96, 128)
    moves = torch.from_numpy(action)[free]
    views, _ = move(past, torch.full((len(free), len(LAGS)), 0.05), moves)
    floor = np.s_[:, :, 66:88, 48:80]
    on_floor = (views[:, -1][floor] - after[floor]).abs().mean()
    far_away = (views[:, 0][floor] - after[floor]).abs().mean()
    assert on_floor < 0.5 * far_away


def test_memory_gives_the_frames_and_turns_of_the_past() -> None:
    memory = Memory(torch.zeros(3, 96, 128))
    for n in range(1, 5):
        memory.keep(torch.full((3, 96, 128), float(n)), turn=0.1 * n)
    past, turns = memory.recall(turn=0.5)
    assert past.shape == (1, len(LAGS), 3, 96, 128)
    assert [float(frame.mean()) for frame in past[0]] == [4, 3, 1, 0, 0]
    assert torch.allclose(turns, torch.tensor([[0.5, 0.9, 1.4, 1.5, 1.5]]))


def test_the_committed_weights_are_small_and_say_how_they_were_made() -> None:
    assert WEIGHTS.stat().st_size <= 16e6
    with safe_open(WEIGHTS, "pt") as stored:
        assert json.loads(stored.metadata()["config"])["steps"] > 0


def test_the_same_noise_and_actions_give_the_same_frames() -> None:
    model = load()
    walkers = Walkers.spawn([HELD_OUT + 1, HELD_OUT + 2])
    start, looks = pixels_of(walkers.draw()), torch.from_numpy(walkers.looks)
    action = torch.tensor([[WALK, 0, TURN], [0, WALK, 0]]).float()
    runs = []
    for _ in range(2):
        plays = Plays(model, start, looks, 2)
        runs.append([plays.step(action) for _ in range(4)])
    assert all(torch.equal(a, b) for a, b in zip(*runs, strict=True))


def test_it_predicts_held_out_mazes_better_than_a_still_picture() -> None:
    data = Episodes(*draw(list(range(HELD_OUT + 1000, HELD_OUT + 1008)), HISTORY + 8, 0.0))
    frames = rollout(load(), data, 8, steps=2)
    truth = data.pixels(torch.arange(8)[:, None], HISTORY + torch.arange(8))
    still = data.pixels(torch.arange(8), torch.tensor(HISTORY - 1))[:, None]
    error, of_still = (
        (guess - truth).square().mean((0, 2, 3, 4)).log10() for guess in (frames, still)
    )
    gained_db = 10 * (of_still - error)
    assert gained_db[0] > 4
    assert gained_db[7] > 2


def test_training_runs_from_nothing_and_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    def train(steps: int) -> str:
        run = subprocess.run(
            [sys.executable, "-c", SMALL, str(steps), str(tmp_path)],
            cwd=ROOT / "examples" / "labyrinth",
            capture_output=True,
            text=True,
            check=True,
        )
        return run.stdout

    train(2)
    assert len((tmp_path / "curve.jsonl").read_text().splitlines()) == 1
    train(3)
    curve = (tmp_path / "curve.jsonl").read_text().splitlines()
    steps = [json.loads(line)["step"] for line in curve]
    assert steps == [2, 3]
    assert isinstance(load(tmp_path / "weights.safetensors"), WorldModel)


SMALL = """
import sys
from dataclasses import replace
from pathlib import Path
from labyrinth import train

folder = Path(sys.argv[2])
small = train.Config(episodes=2, held_out=2, frames=20, batch=4, own_from=1, own_slots=4, warm=2)
train.Config = lambda steps, seed: replace(small, steps=steps, seed=seed)
train.main(int(sys.argv[1]), folder, folder / "weights.safetensors", save=2, device="cpu", seed=0)
"""
