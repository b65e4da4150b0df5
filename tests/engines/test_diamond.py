"""DIAMOND's Counter-Strike: the generated engine on upstream's networks, or on doubles of them."""

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
from tests.engines.porting import has_a_world_of_its_own, kept_port, upstream_params

torch = pytest.importorskip("torch")
pytest.importorskip("omegaconf")
SIDES = (10, 14)  # of the tiny networks in the port's own comparison
SCALE = 2


@pytest.fixture(params=upstream_params("diamond"))
def diamond(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """A port on tiny networks, its recorded starts, and the samplers' calls."""
    port = kept_port("diamond", tmp_path, monkeypatch)
    sys.path.insert(0, str(port.put_upstream(request.param) / "src"))
    port.set(HEIGHT=SIDES[0] * SCALE, WIDTH=SIDES[1] * SCALE)
    spawns = port.use_tiny_weights() / "csgo/spawn"
    starts = [torch.tensor(np.load(spawns / f"{n}/low_res.npy")) / 127.5 - 1 for n in range(3)]
    diffusion = importlib.import_module("models.diffusion")
    calls: list[Any] = []
    sample = diffusion.DiffusionSampler.sample

    def recorded(self: Any, prev_obs: Any, prev_act: Any) -> Any:
        calls.append((prev_obs.clone(), None if prev_act is None else prev_act.clone()))
        return sample(self, prev_obs, prev_act)

    monkeypatch.setattr(diffusion.DiffusionSampler, "sample", recorded)
    yield SimpleNamespace(port=port, calls=calls, module=port.engine, starts=starts)
    port.close()


def test_it_starts_where_it_was_recorded_and_draws_large_frames(diamond: Any) -> None:
    engine = diamond.port.loaded()
    frame = engine.step(diamond.module.Action())
    assert frame.shape == (3, SIDES[0] * SCALE, SIDES[1] * SCALE)
    assert frame.min() >= -1 and frame.max() <= 1
    obs, actions = diamond.calls[0]
    assert obs.shape == (1, 4, 3, *SIDES)
    assert actions.shape == (1, 4, 51)
    assert torch.allclose(obs[0], diamond.starts[0])
    seen, none = diamond.calls[1]
    assert seen.shape == (1, 2, 3, SIDES[0] * SCALE, SIDES[1] * SCALE)
    assert none is None


def test_an_action_is_keys_clicks_and_one_bin_of_each_axis(diamond: Any) -> None:
    module, engine = diamond.module, diamond.port.loaded()
    diamond.calls.clear()
    scale = module.MOUSE
    held = (
        module.Key.FORWARD,
        module.Key.FIRE,
    )
    engine.step(module.Action(held=held, look=scale(3.2, -1)))
    vector = diamond.calls[0][1][0, -1]
    assert vector.nonzero().flatten().tolist() == [0, 11, 13 + 16, 13 + 23 + 4]  # +30, -10
    engine.step(module.Action())
    past = diamond.calls[2][1][0]
    assert past[-2].tolist() == vector.tolist()
    assert past[-1].nonzero().flatten().tolist() == [13 + 11, 13 + 23 + 7]


@pytest.mark.parametrize(
    ("held", "sent"),
    [
        (("LEFT", "RIGHT"), [1]),
        (("RIGHT", "LEFT"), [3]),
        (("BACK", "FIRE", "FORWARD"), [2, 11]),
        (("WEAPON_3", "JUMP", "WEAPON_1", "WEAPON_2"), [4, 9]),
        (("FORWARD", "BACK", "LEFT", "RIGHT"), [0, 1]),
    ],
)
def test_of_keys_that_exclude_each_other_the_first_is_sent(
    diamond: Any, held: tuple[str, ...], sent: list[int]
) -> None:
    module, engine = diamond.module, diamond.port.loaded()
    diamond.calls.clear()
    engine.step(module.Action(held=tuple(module.Key[name] for name in held)))
    assert diamond.calls[0][1][0, -1, :13].nonzero().flatten().tolist() == sent


def test_a_rollout_ends_and_another_start_follows(
    diamond: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    diamond.port.set(HORIZON=3)
    engine = diamond.port.loaded()
    for _ in range(3):
        engine.step(diamond.module.Action())
    diamond.calls.clear()
    engine.step(diamond.module.Action())
    assert torch.allclose(diamond.calls[0][0][0], diamond.starts[1])  # none of its own frames


def test_every_session_starts_at_the_same_recorded_start(diamond: Any) -> None:
    engine = diamond.port.loaded()
    diamond.calls.clear()
    for _ in range(2):
        engine.reset()
        engine.step(diamond.module.Action())
    assert torch.allclose(diamond.calls[0][0][0], diamond.starts[0])
    assert torch.equal(diamond.calls[0][0], diamond.calls[2][0])


def test_a_rollout_has_a_world_of_its_own(diamond: Any) -> None:
    has_a_world_of_its_own(diamond.port.loaded(), diamond.module.Action())


async def test_live_it_plays(diamond: Any) -> None:
    async with playing(diamond.port.model_cls) as player:
        await player.next_frames(2)
        player.send("jump", pressed=True)
        seq = player.send("look", dx=6, dy=0)
        frame = await player.frame_after(seq)
        assert to_rgb(frame.i420).shape == (SIDES[0] * SCALE, SIDES[1] * SCALE, 3)
        await player.next_frames(3)
        sent = [
            actions[0, -1].nonzero().flatten().tolist()
            for _, actions in diamond.calls
            if actions is not None
        ]
    assert player.errors == []
    assert [4, 13 + 17, 13 + 23 + 7] in sent
    assert sent[-1] == [4, 13 + 11, 13 + 23 + 7]
