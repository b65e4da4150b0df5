"""The world model: its symmetry, its memory, its determinism, its training."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from labyrinth import train
from labyrinth.autoencoder import CHANNELS
from labyrinth.data import HELD_OUT, pixels
from labyrinth.evaluate import Dreamer, open_loop
from labyrinth.fit import Schedule
from labyrinth.layers import normed
from labyrinth.looks import LOOK_NAMES
from labyrinth.measures import psnr
from labyrinth.model import AGE, WEIGHTS, Past, Play, WorldModel, load
from labyrinth.ring import TOKENS
from labyrinth.train_world import energy_score, remembered
from labyrinth.world import WALK, Walkers
from safetensors import safe_open

ROOT = Path(__file__).resolve().parents[2]
takes_long = pytest.mark.skipif(
    "LUCID_TEST_LONG" not in os.environ, reason="it takes a minute: set LUCID_TEST_LONG=1"
)


def some_ring(seed: int = 0) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    return normed(torch.randn(1, CHANNELS, TOKENS, generator=random), 1)


def test_a_turned_ring_and_move_give_the_turned_next_ring() -> None:
    model = load()
    move, quarter = torch.tensor([[0.05, 0.02]]), TOKENS // 4
    turned_move = torch.tensor([[0.02, -0.05]])  # a quarter to the right, as the rings
    last, noise, chance = (some_ring(n) for n in range(3))
    outs, steps = [], []
    for by, moved in ((0, move), (quarter, turned_move)):
        rings = [part.roll(by, -1) for part in (last, noise, chance)]
        past = Past(rings[0], torch.ones(1, 1, TOKENS), moved, rings[0], moved, torch.zeros(1))
        outs.append(model.eyes(past, rings[1], torch.ones(1), rings[2]))
        steps.append(model.feet(rings[0], moved))
    assert torch.allclose(outs[0].roll(quarter, -1), outs[1], atol=1e-3)
    assert torch.allclose(torch.stack([steps[0][:, 1], -steps[0][:, 0]], 1), steps[1], atol=1e-4)


def test_who_stands_still_sees_the_same() -> None:
    play = Play(load(), some_ring())
    before = play.ring
    play.step((0.0, 0.0))
    assert play.ring is before


def test_the_same_beginning_seed_and_moves_give_the_same_rings() -> None:
    model, seen = load(), some_ring()[..., :25]

    def rings(rng_seed: int) -> list[torch.Tensor]:
        play = Play.dreamt(model, seen, rng_seed)
        found = [play.ring]
        for _ in range(4):
            play.step((WALK, 0.01), steps=2)
            found.append(play.ring)
        return found

    one, same, other = rings(1), rings(1), rings(2)
    assert all(torch.equal(a, b) for a, b in zip(one, same, strict=True))
    assert not torch.equal(one[0], other[0])


def test_the_nearest_ring_of_long_enough_ago_is_remembered() -> None:
    # A walk of ten frames out and back again.
    x = torch.tensor([*range(10), *range(9, -1, -1)]).float() * 0.1
    old = remembered(torch.stack([x, 0 * x], 1)[None])[0]
    assert old[:AGE].tolist() == [0] * AGE
    assert old[10] == 2  # of the first three, the nearest to frame 9's place
    assert old[19] == 1  # at frame 18's place


def test_the_energy_score_is_least_for_the_truths_own_spread() -> None:
    random = torch.Generator().manual_seed(0)
    truth, one, other = (torch.randn(64, 4, 32, generator=random) for _ in range(3))
    own = energy_score(one, other, truth)
    assert own < energy_score(0.5 * one, 0.5 * other, truth)
    assert own < energy_score(1.5 * one, 1.5 * other, truth)
    assert own < energy_score(0 * one, 0 * other, truth)


def test_the_committed_weights_are_small_and_say_how_they_were_made() -> None:
    assert WEIGHTS.stat().st_size <= 16e6
    with safe_open(WEIGHTS, "pt") as stored:
        assert json.loads(stored.metadata()["config"])["world"]["steps"] > 0


@takes_long
def test_it_predicts_held_out_mazes_far_better_than_a_still_picture(tmp_path: Path) -> None:
    found = open_loop(Dreamer(load(), 1), tmp_path, 12)
    for step in ("step 1", "step 8"):
        gained = found[step]["psnr_pooled_db"] - found[step]["still_picture_pooled_db"]
        assert gained > 2
    assert 0.7 < found["sharpness_ratio_steps_1_to_64"] < 1.3


def test_a_wall_stops_a_walk() -> None:
    dreamer = Dreamer(load(), 1)
    walkers = Walkers.spawn(list(range(HELD_OUT + 5000, HELD_OUT + 5005)))
    ways = np.tile(np.arange(32, dtype=np.float32) * (np.pi / 16), (5, 1))
    walkers.poses[:, 2] += ways[0, walkers.ahead(ways).argmin(1)]  # each before its nearest wall
    start = walkers.poses.copy()
    plays = dreamer.begin(walkers)
    ahead = np.tile(np.array((WALK, 0), np.float32), (5, 1))
    for _ in range(40):
        dreamer.walk(plays, ahead)
        walkers.step(ahead)
    way = np.hypot(*(walkers.poses - start)[:, :2].T)
    walked = torch.cat([play.place.norm(dim=1) for play in plays]).numpy()
    assert np.median(walked) < 0.5 * 40 * WALK
    assert np.median(np.abs(walked - way)) < 0.25


def test_a_look_is_drawn_as_asked_whatever_look_was_seen() -> None:
    model = load()
    here = Walkers.spawn([HELD_OUT + 1])
    rings = {n: pixels(here.draw(np.array([n]))) for n in range(len(LOOK_NAMES))}
    with torch.no_grad():
        seen = model.encoder.ring(rings[0])
        for look in rings:
            shown = model.decoder(seen, torch.tensor([look]))
            nearest = max(rings, key=lambda n: float(psnr(shown, rings[n])))
            assert nearest == look


@takes_long
def test_training_runs_from_nothing_and_goes_on_from_its_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = tmp_path / "weights.safetensors"
    for steps in (2, 3):
        few = Schedule(steps, 4, 1e-3)
        config = train.Config(
            autoencoder=few, world=few, pair_mazes=2, pair_places=2, mazes=2, frames=20, checked=1
        )
        with monkeypatch.context() as patched:
            patched.setattr(train, "Config", lambda seed, config=config: config)
            train.main(tmp_path, weights, save=2, device="cpu", seed=0)
    for name in ("autoencoder", "world"):
        curve = (tmp_path / f"{name}.jsonl").read_text().splitlines()
        assert [json.loads(line)["step"] for line in curve] == [2, 3]
    assert isinstance(load(weights), WorldModel)
