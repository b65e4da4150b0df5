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
import yaml

from lucid.media.i420 import to_rgb
from lucid.runtime.memory import playing
from tests.engines.porting import Port, has_a_world_of_its_own, upstream_params
from tests.hub.repos import folder_facts

torch = pytest.importorskip("torch")
pytest.importorskip("omegaconf")
SIDES = (10, 14)
SCALE = 2


def network(past: int, **more: Any) -> dict[str, Any]:
    inner = {
        "_target_": "models.diffusion.InnerModelConfig",
        "img_channels": 3,
        "num_steps_conditioning": past,
        "cond_channels": 32,
        "depths": [1, 1],
        "channels": [32, 32],
        "attn_depths": [0, 0],
    }
    return {
        "_target_": "models.diffusion.DenoiserConfig",
        "sigma_data": 0.5,
        "sigma_offset_noise": 0.1,
        "inner_model": inner,
        **more,
    }


AGENT = {
    "_target_": "agent.AgentConfig",
    "denoiser": network(4, noise_previous_obs=True, upsampling_factor=None),
    "upsampler": network(1, noise_previous_obs=False, upsampling_factor=SCALE),
    "rew_end_model": None,
    "actor_critic": None,
}
ENV = {"train": {"id": "csgo", "size": [side * SCALE for side in SIDES]}, "num_actions": 51}


@pytest.fixture(params=upstream_params("diamond"))
def diamond(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """A port on tiny networks, and the samplers' calls."""
    repo = tmp_path / "weights"
    for path, content in (("agent", AGENT), ("env", ENV)):
        file = repo / "csgo/config" / path / "csgo.yaml"
        file.parent.mkdir(parents=True)
        file.write_text(yaml.safe_dump(content), "utf-8")
    (repo / "csgo/model").mkdir()
    (repo / "csgo/model/csgo.pt").touch()
    for spawn in range(3):
        save_spawn(repo / "csgo/spawn" / str(spawn), spawn)
    port = Port("diamond", folder_facts(repo), tmp_path, monkeypatch)
    sys.path.insert(0, str(port.put_upstream(request.param) / "src"))
    diffusion = importlib.import_module("models.diffusion")
    save_weights(diffusion, port, repo / "csgo/model/csgo.pt")
    calls: list[Any] = []
    sample = diffusion.DiffusionSampler.sample

    def recorded(self: Any, prev_obs: Any, prev_act: Any) -> Any:
        calls.append((prev_obs.clone(), None if prev_act is None else prev_act.clone()))
        return sample(self, prev_obs, prev_act)

    monkeypatch.setattr(diffusion.DiffusionSampler, "sample", recorded)
    yield SimpleNamespace(port=port, calls=calls, module=port.engine)
    port.close()


def save_spawn(folder: Path, value: int) -> None:
    folder.mkdir(parents=True)
    actions = np.zeros((4, 51), np.uint8)
    actions[:, 13 + 11] = actions[:, 13 + 23 + 7] = 1  # the mouse rests
    small = np.full((4, 3, *SIDES), value * 50, np.uint8)
    np.save(folder / "low_res.npy", small)
    np.save(folder / "full_res.npy", small.repeat(SCALE, 2).repeat(SCALE, 3))
    np.save(folder / "act.npy", actions)
    np.save(folder / "next_act.npy", actions)


def save_weights(diffusion: Any, port: Port, file: Path) -> None:
    """Random weights, as the agent saves them."""
    torch.manual_seed(0)
    tensors: dict[str, Any] = {}
    for name in ("denoiser", "upsampler"):
        values = {k: v for k, v in AGENT[name].items() if k != "_target_"}  # type: ignore[union-attr]  # a dict
        inner = {k: v for k, v in values.pop("inner_model").items() if k != "_target_"}
        config = diffusion.InnerModelConfig(num_actions=51, **inner)
        made = diffusion.Denoiser(diffusion.DenoiserConfig(inner_model=config, **values))
        for key, tensor in made.state_dict().items():
            tensors[f"{name}.{key}"] = torch.randn_like(tensor) * 0.3
    torch.save(tensors, file)


def test_it_starts_where_it_was_recorded_and_draws_large_frames(diamond: Any) -> None:
    engine = diamond.port.loaded()
    frame = engine.step(diamond.module.Action())
    assert frame.shape == (3, SIDES[0] * SCALE, SIDES[1] * SCALE)
    assert frame.min() >= -1 and frame.max() <= 1
    obs, actions = diamond.calls[0]
    assert obs.shape == (1, 4, 3, *SIDES)
    assert actions.shape == (1, 4, 51)
    assert obs.unique().tolist() == [-1]  # the first recorded start is black
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
    seen = diamond.calls[0][0].unique()
    assert len(seen) == 1  # four recorded frames, none of its own
    assert seen != -1  # and not those of the first start


def test_every_session_starts_at_the_same_recorded_start(diamond: Any) -> None:
    engine = diamond.port.loaded()
    diamond.calls.clear()
    for _ in range(2):
        engine.reset()
        engine.step(diamond.module.Action())
    assert diamond.calls[0][0].unique().tolist() == [-1]
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
    assert player.errors == []
    sent = [
        actions[0, -1].nonzero().flatten().tolist()
        for _, actions in diamond.calls
        if actions is not None
    ]
    assert [4, 13 + 17, 13 + 23 + 7] in sent
    assert sent[-1] == [4, 13 + 11, 13 + 23 + 7]
