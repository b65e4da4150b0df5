"""The world model: its symmetry, its memory, its determinism, its training."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch
from landscape.model import NOISE, PATCH, STRIDE, Dreamer, Play, load, noise_like
from landscape.polar import ALTITUDE, BINS, CHANNELS, COLUMNS, RISE
from landscape.train import score, train, write

from lucid import WeightsError


def network(seed: int = 0) -> Dreamer:
    torch.manual_seed(seed)
    net = Dreamer()
    with torch.no_grad():
        for values in net.parameters():  # the last layers start with zeros
            values.add_(0.02 * torch.randn_like(values))
    return net.eval().requires_grad_(False)


def hill() -> torch.Tensor:
    land = torch.zeros(CHANNELS, COLUMNS, BINS)
    land[ALTITUDE] = 0.4
    land[RISE] = 0.1 * torch.linspace(0, 2 * math.pi, COLUMNS).sin()[:, None]
    return land


def test_a_turned_map_gives_the_turned_next_map() -> None:
    net, by = network(), 16 * PATCH
    random = torch.Generator().manual_seed(1)
    last, old = (torch.randn(1, CHANNELS, COLUMNS, BINS, generator=random) for _ in range(2))
    chance, trust = noise_like(last, random), torch.ones(1)
    assert chance.shape == (1, NOISE, COLUMNS // PATCH, BINS // PATCH)
    straight = net(last, old, trust, chance)
    turned = net(last.roll(by, 2), old.roll(by, 2), trust, chance.roll(by // PATCH, 2))
    assert torch.allclose(straight.roll(by, 2), turned, atol=1e-4)
    assert not torch.allclose(straight, last, atol=1e-3)


def test_an_older_map_counts_only_if_it_is_trusted() -> None:
    net = network()
    last, old = torch.zeros(2, 1, CHANNELS, COLUMNS, BINS)
    chance = noise_like(last)
    old += 0.3
    without, same = (net(last, seen, torch.zeros(1), chance) for seen in (old, last))
    assert torch.equal(without, same)
    assert not torch.equal(without, net(last, old, torch.ones(1), chance))


def test_who_stands_still_sees_the_same_and_a_walk_is_dreamt_after_a_stride() -> None:
    play = Play(network(), hill())
    play.step((0.0, 0.0))
    assert play.place == (0.0, 0.0)
    while play.dreamt == 0:
        assert math.dist(play.place, (0, 0)) <= STRIDE
        play.step((0.0, 0.3))
    assert STRIDE < play.place[1] <= STRIDE + 0.3
    assert play.here == (0.0, 0.0)


def test_the_same_start_seed_and_moves_give_the_same_maps() -> None:
    def walk(rng_seed: int) -> torch.Tensor:
        play = Play(network(), hill(), rng_seed=rng_seed)
        for _ in range(9):
            play.step((0.8, 0.0))
        assert play.dreamt == 1
        return play.land

    assert torch.equal(walk(1), walk(1))
    assert not torch.equal(walk(1), walk(2))


def test_the_score_with_a_spread_of_1_is_least_for_the_truths_own_spread() -> None:
    random = torch.Generator().manual_seed(0)
    truth, one, other = (torch.randn(8, 4, 32, 32, generator=random) for _ in range(3))
    own = score(one, other, truth, 1)
    assert own < score(0.5 * one, 0.5 * other, truth, 1)
    assert own < score(1.5 * one, 1.5 * other, truth, 1)


def test_training_runs_from_nothing_and_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    for steps in (2, 3):
        net = train(tmp_path, "cpu", 0, walks=2, steps=steps, batch=2, rate=1e-3)
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [2, 3]
    assert lines[-1]["error_1"] > 0
    write(net, tmp_path / "weights.safetensors", steps=3)
    again = load(tmp_path / "weights.safetensors")
    assert torch.allclose(again.enter.weight, net.enter.weight, atol=1e-3)
    (tmp_path / "checkpoint.pt").unlink()
    same = train(
        tmp_path, "cpu", 0, walks=2, steps=0, batch=2, rate=1e-3,
        begin=tmp_path / "weights.safetensors",
    )  # fmt: skip
    assert torch.equal(same.enter.weight, again.enter.weight)


def test_missing_damaged_and_foreign_weights_give_a_clear_message(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    with pytest.raises(WeightsError, match="cannot be read"):
        load(path)
    path.write_bytes(b"not weights")
    with pytest.raises(WeightsError, match="not a complete safetensors file"):
        load(path)
    write(torch.nn.Linear(2, 2), path)
    with pytest.raises(WeightsError, match="does not fit the network"):
        load(path)
