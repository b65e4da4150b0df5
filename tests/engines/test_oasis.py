"""Oasis: the generated engine on open-oasis' networks, or on doubles of them."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lucid.media.i420 import to_rgb
from lucid.runtime.memory import playing
from tests.engines.porting import (
    has_a_world_of_its_own,
    kept_port,
    refuses_other_sizes,
    upstream_params,
)

torch = pytest.importorskip("torch")
HEIGHT, WIDTH = 40, 80
CONTEXT = 6  # frames that the tiny network sees


@pytest.fixture(params=upstream_params("open-oasis"))
def oasis(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SimpleNamespace]:
    """A port on tiny networks, and what its DiT was called with."""
    port = kept_port("oasis", tmp_path, monkeypatch)
    sys.path.insert(0, str(port.put_upstream(request.param)))
    port.set(HEIGHT=HEIGHT, WIDTH=WIDTH)
    dit, vae = importlib.import_module("dit"), importlib.import_module("vae")
    for table in (dit.DiT_models, vae.VAE_models):  # the tiny weights bring tiny networks
        for name, make in list(table.items()):
            monkeypatch.setitem(table, name, make)
    port.use_tiny_weights()
    calls: list[dict[str, Any]] = []
    build_tiny = dit.DiT_models["DiT-S/2"]

    def build() -> Any:
        network = build_tiny()
        network.register_forward_pre_hook(
            lambda module, args: calls.append({"t": args[1][0].tolist(), "actions": args[2][0]})
        )
        return network

    monkeypatch.setitem(dit.DiT_models, "DiT-S/2", build)
    yield SimpleNamespace(port=port, calls=calls)
    port.close()


def still(value: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.full((HEIGHT, WIDTH, 3), value, np.uint8)


def test_a_frame_takes_ten_steps_down_to_no_noise(oasis: SimpleNamespace) -> None:
    engine = oasis.port.loaded()
    oasis.calls.clear()
    frame = engine.step(oasis.port.engine.Action())
    assert frame.shape == (3, HEIGHT, WIDTH)
    assert frame.min() >= 0 and frame.max() <= 1
    assert [call["t"] for call in oasis.calls] == [[14, t] for t in range(999, 0, -100)]


def test_an_action_steers_the_frame_that_it_leads_to(oasis: SimpleNamespace) -> None:
    module = oasis.port.engine
    engine = oasis.port.loaded()
    oasis.calls.clear()
    jump = module.Action(held=(module.Key.JUMP,), look=(0.25, -0.5))
    engine.step(jump)
    engine.step(module.Action())
    actions = oasis.calls[-1]["actions"]
    assert actions[0].tolist() == [0] * 25  # nothing led to the first frame
    assert actions[1].nonzero().flatten().tolist() == [15, 16, 17]
    assert actions[1, 15:17].tolist() == [-0.5, 0.25]  # pitch, yaw
    assert actions[2].tolist() == [0] * 25


def test_it_never_sees_more_than_its_window(oasis: SimpleNamespace) -> None:
    engine = oasis.port.loaded()
    for _ in range(CONTEXT + 2):
        engine.step(oasis.port.engine.Action())
    assert max(len(call["t"]) for call in oasis.calls) == CONTEXT
    assert len(oasis.calls[-1]["t"]) == len(oasis.calls[-1]["actions"]) == CONTEXT


def test_a_reset_forgets_all_and_starts_at_the_picture(oasis: SimpleNamespace) -> None:
    action = oasis.port.engine.Action()
    engine = oasis.port.loaded()

    def first_frame(value: int) -> Any:
        engine.reset(still(value))
        torch.manual_seed(1)
        return engine.step(action)

    before = first_frame(200)
    for _ in range(3):
        engine.step(action)
    oasis.calls.clear()
    assert torch.equal(first_frame(200), before)
    assert not torch.equal(first_frame(20), before)
    assert len(oasis.calls[0]["t"]) == 2


def test_a_rollout_has_a_world_of_its_own(oasis: SimpleNamespace) -> None:
    engine = oasis.port.loaded()
    has_a_world_of_its_own(engine, oasis.port.engine.Action())
    refuses_other_sizes(engine)


async def test_live_it_plays_and_answers_keys_mouse_and_picture(oasis: SimpleNamespace) -> None:
    async with playing(oasis.port.model_cls) as player:
        await player.next_frames(3)
        player.send("attack", pressed=True)
        held = player.send("look", dx=40, dy=0)
        frame = await player.frame_after(held)
        assert to_rgb(frame.i420).shape == (HEIGHT, WIDTH, 3)
        await player.next_frames(3)
    assert player.errors == []
    attacks = [float(call["actions"][-1, 21]) for call in oasis.calls]
    turns = {round(float(call["actions"][-1, 16]), 3) for call in oasis.calls}
    assert attacks[-1] == 1
    assert turns == {0, 0.3}  # 40 pixels are 6 degrees, and count once
