"""DIAMOND's Atari games: the generated engine on upstream's networks, or on doubles of them.

The real ones want the emulator, ale-py and gymnasium; beside the double a double of it plays.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from lucid.media.i420 import to_rgb
from lucid.runtime.memory import playing
from tests.engines.porting import DOUBLES, Port, has_a_world_of_its_own, upstream_params
from tests.hub.repos import folder_facts

torch = pytest.importorskip("torch")
pytest.importorskip("omegaconf")

# Of upstream's own imports.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
SIZE = "${env.train.size}"
UNET = {"cond_channels": 16, "depths": [1, 1], "channels": [32, 32], "attn_depths": [0, 0]}
INNER = {
    "_target_": "models.diffusion.InnerModelConfig",
    "img_channels": 3,
    "num_steps_conditioning": 4,
    **UNET,
}
AGENT: dict[str, Any] = {
    "_target_": "agent.AgentConfig",
    "denoiser": {
        "_target_": "models.diffusion.DenoiserConfig",
        "sigma_data": 0.5,
        "sigma_offset_noise": 0.3,
        "inner_model": INNER,
    },
    "rew_end_model": {
        "_target_": "models.rew_end_model.RewEndModelConfig",
        "lstm_dim": 8,
        "img_channels": "${agent.denoiser.inner_model.img_channels}",
        "img_size": SIZE,
        **UNET,
    },
    "actor_critic": {
        "_target_": "models.actor_critic.ActorCriticConfig",
        "lstm_dim": 8,
        "img_channels": 3,
        "img_size": SIZE,
        "channels": [8],
        "down": [1],
    },
}
ENV = {"train": {"size": 64, "done_on_life_loss": True}}


@pytest.fixture(params=upstream_params("diamond-atari"))
def atari(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """A port on tiny networks, and the denoiser's calls."""
    repo = tmp_path / "weights/atari_100k"
    save_configs(repo, "BreakoutNoFrameskip-v4")
    port = Port("breakout", folder_facts(repo.parent), tmp_path, monkeypatch)
    if request.param.is_relative_to(DOUBLES):
        monkeypatch.syspath_prepend(DOUBLES / "gymnasium")
        for name in [n for n in sys.modules if n.partition(".")[0] in ("gymnasium", "ale_py")]:
            monkeypatch.delitem(sys.modules, name)
    else:
        pytest.importorskip("ale_py")
    sys.path.insert(0, str(port.put_upstream(request.param) / "src"))
    save_weights(repo / "models/Breakout.pt")
    calls: list[Any] = []
    sampler = importlib.import_module("models.diffusion").DiffusionSampler
    sample = sampler.sample

    def recorded(self: Any, prev_obs: Any, prev_act: Any) -> Any:
        calls.append((prev_obs.clone(), prev_act.clone()))
        return sample(self, prev_obs, prev_act)

    monkeypatch.setattr(sampler, "sample", recorded)
    end_with(monkeypatch, logits=(1000.0, -1000.0))
    yield SimpleNamespace(port=port, calls=calls, module=port.engine)
    port.close()
    for name, module in list(sys.modules.items()):
        if str(DOUBLES / "gymnasium") in str(getattr(module, "__file__", "")):
            del sys.modules[name]


def save_configs(repo: Path, game: str) -> None:
    env = {"train": {**ENV["train"], "id": game}}
    for path, content in (("agent/default", AGENT), ("env/atari", env)):
        file = repo / "config" / f"{path}.yaml"
        file.parent.mkdir(parents=True)
        file.write_text(yaml.safe_dump(json.loads(json.dumps(content))), "utf-8")  # no anchors
    (repo / "models").mkdir()
    (repo / f"models/{game.removesuffix('NoFrameskip-v4')}.pt").touch()


def end_with(monkeypatch: pytest.MonkeyPatch, logits: tuple[float, float]) -> None:
    """What random weights say of a game's end is chance: these logits instead, of no and yes."""
    ends = importlib.import_module("models.rew_end_model").RewEndModel
    predict = ends.predict_rew_end

    def told(self: Any, *given: Any) -> Any:
        reward, end, memory = predict(self, *given)
        return reward, torch.tensor(logits).expand_as(end), memory

    monkeypatch.setattr(ends, "predict_rew_end", told)


def save_weights(file: Path) -> None:
    """Random weights, as the agent saves them."""
    torch.manual_seed(0)
    tensors: dict[str, Any] = {}
    for name, network in networks().items():
        for key, tensor in network.state_dict().items():
            tensors[f"{name}.{key}"] = torch.randn_like(tensor) * 0.3
    torch.save(tensors, file)


def networks() -> dict[str, Any]:
    """As upstream's agent makes them, for the four actions of Breakout."""
    diffusion, ends, policies = (
        importlib.import_module(f"models.{name}")
        for name in ("diffusion", "rew_end_model", "actor_critic")
    )

    def own(values: dict[str, Any]) -> dict[str, Any]:
        kept = {key: value for key, value in values.items() if key != "_target_"}
        return {**kept, **{k: 64 if v == SIZE else 3 for k, v in kept.items() if str(v)[0] == "$"}}

    denoiser = own(AGENT["denoiser"])
    denoiser["inner_model"] = diffusion.InnerModelConfig(**own(INNER), num_actions=4)
    end = ends.RewEndModelConfig(**own(AGENT["rew_end_model"]), num_actions=4)
    policy = policies.ActorCriticConfig(**own(AGENT["actor_critic"]), num_actions=4)
    return {
        "denoiser": diffusion.Denoiser(diffusion.DenoiserConfig(**denoiser)),
        "rew_end_model": ends.RewEndModel(end),
        "actor_critic": policies.ActorCritic(policy),
    }


def test_it_starts_in_the_game_with_four_frames_and_their_actions(atari: Any) -> None:
    engine = atari.port.loaded()
    frame = engine.step(atari.module.Action())
    assert frame.shape == (3, 64, 64)
    assert frame.min() >= -1 and frame.max() <= 1
    seen, numbers = atari.calls[0]
    assert seen.shape == (1, 4, 3, 64, 64)
    assert numbers.shape == (1, 4)
    assert numbers.max() < 4


@pytest.mark.parametrize(
    ("held", "number"),
    [((), 0), (("FIRE",), 1), (("RIGHT",), 2), (("FIRE", "LEFT"), 1), (("RIGHT", "FIRE"), 1)],
)
def test_an_action_is_the_number_that_this_game_has_for_what_is_held(
    atari: Any, held: tuple[str, ...], number: int
) -> None:
    module, engine = atari.module, atari.port.loaded()
    engine.step(module.Action(held=tuple(module.Key[name] for name in held)))
    assert atari.calls[-1][1][0, -1] == number
    engine.step(module.Action())
    assert atari.calls[-1][1][0].tolist()[-2:] == [number, 0]


def test_its_keys_are_those_of_the_game(atari: Any) -> None:
    atari.port.loaded()
    game = importlib.import_module("gymnasium").make(
        atari.module.GAME, full_action_space=False, frameskip=1, render_mode="rgb_array"
    )
    has = " ".join(game.unwrapped.get_action_meanings())
    names = ("UP", "LEFT", "DOWN", "RIGHT", "FIRE")
    assert [key.name for key in atari.module.Key] == [name for name in names if name in has]


@pytest.mark.parametrize(
    ("game", "keys"),
    [
        ("Freeway", ["UP", "DOWN"]),
        ("Gopher", ["UP", "LEFT", "RIGHT", "FIRE"]),
        ("Seaquest", ["UP", "LEFT", "DOWN", "RIGHT", "FIRE"]),
    ],
)
def test_another_game_has_other_keys(
    game: str, keys: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = tmp_path / "weights/atari_100k"
    save_configs(repo, f"{game}NoFrameskip-v4")
    port = Port(game.lower(), folder_facts(repo.parent), tmp_path, monkeypatch)
    assert [key.name for key in port.engine.Key] == keys


def test_after_its_horizon_it_starts_in_the_game_again(atari: Any) -> None:
    atari.port.set(HORIZON=3)
    engine = atari.port.loaded()
    frames = [engine.step(atari.module.Action()) for _ in range(4)]
    seen = [call[0][0] for call in atari.calls[-4:]]
    assert torch.equal(seen[2][-1], frames[1])
    assert not torch.equal(seen[3][-1], frames[2])


def test_where_the_model_says_that_it_ends_another_rollout_follows(
    atari: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = atari.port.loaded()
    end_with(monkeypatch, logits=(-1000.0, 1000.0))
    frame = engine.step(atari.module.Action())
    engine.step(atari.module.Action())
    assert not torch.equal(atari.calls[-1][0][0, -1], frame)


def test_a_rollout_has_a_world_of_its_own(atari: Any) -> None:
    has_a_world_of_its_own(atari.port.loaded(), atari.module.Action())


async def test_live_it_plays(atari: Any) -> None:
    async with playing(atari.port.model_cls) as player:
        await player.next_frames(2)
        seq = player.send("right", pressed=True)
        frame = await player.frame_after(seq)
        assert to_rgb(frame.i420).shape == (64, 64, 3)
        await player.next_frames(60)
        assert player.errors == []
        assert atari.calls[-1][1][0, -1] == 2  # its release, at the end, is a call too
