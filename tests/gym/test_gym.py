"""Ports as Gymnasium environments."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.utils.env_checker import check_env

import lucid.gym
from lucid import InputError, SessionFailedError
from lucid.authoring.definition import manifest
from lucid.gym.actions import Actions
from tests import ports
from tests.gym import dots

ROOT = Path(__file__).resolve().parent.parent.parent
HELLO = ROOT / "examples" / "hello"
STILL = {"move_fwd": 0, "move_back": 0, "move_left": 0, "move_right": 0}


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def brightness(frame: np.ndarray, action: Mapping[str, Any], info: Mapping[str, Any]) -> float:
    return float(frame.mean() / 255)


def test_hello_passes_gymnasiums_own_check() -> None:
    check_env(lucid.gym.make(HELLO, render_mode="rgb_array", max_steps=20))


def test_the_bundled_world_passes_it_too_and_rewards_walking() -> None:
    env = lucid.gym.make(ROOT / "examples/landscape", reward=lucid.gym.distance_walked)
    check_env(env, skip_render_check=True, skip_close_check=True)
    assert isinstance(env.action_space, spaces.Dict)
    still = {name: np.zeros(2) if name == "look" else 0 for name in env.action_space}
    env.reset(seed=3)
    stood = [env.step(still)[1] for _ in range(3)]
    walked = [env.step({**still, "forward": 1})[1] for _ in range(5)]
    env.close()
    assert sum(stood) == 0
    assert 0.3 < sum(walked) <= 1.0


def test_every_kind_of_input_has_its_place_in_the_action_space() -> None:
    actions = Actions(manifest(ports.EverythingModel))
    kinds = {name: type(space).__name__ for name, space in actions.space.items()}
    assert kinds == {
        "forward": "Discrete",
        "jump": "Discrete",
        "lean": "Box",
        "look": "Box",
        "zoom": "Box",
        "tune": "Dict",
    }
    tune = actions.space["tune"]
    assert isinstance(tune, spaces.Dict)
    assert [type(space).__name__ for space in tune.values()] == ["Discrete", "Discrete", "Box"]
    tuned = {"strength": np.array(0.5), "mode": 1, "look": 0}
    action = {
        "forward": 1,
        "jump": 1,
        "lean": np.array(-0.5),
        "look": np.array([0.1, 0.0], np.float32),
        "zoom": np.array(0.0),
        "tune": tuned,
    }
    look = pytest.approx(10.0)
    assert actions.sends(action) == [
        ("forward", {"pressed": True}),
        ("jump", {}),
        ("lean", {"value": -0.5}),
        ("look", {"dx": look, "dy": 0.0}),
        ("tune", {"strength": 0.5, "mode": "fly", "look": "day"}),
    ]
    assert [name for name, _ in actions.sends(action)] == ["jump", "look"]
    odd: Any
    for odd, words in (
        ({"forward": 1}, "the action has the entries forward"),
        (None, "the action is NoneType, not a dict"),
        ({**action, "look": None}, "the action look is None\nit must be in Box"),
        ({**action, "tune": {**tuned, "mode": 9}}, "the action tune is"),
    ):
        with pytest.raises(InputError) as refused:
            actions.sends(odd)
        assert words in str(refused.value)


def test_wrong_numbers_and_actions_of_several_sessions_are_refused() -> None:
    with pytest.raises(InputError, match="num_envs is 0\npass 1 or more"):
        lucid.gym.make_vec(HELLO, 0)
    with pytest.raises(InputError, match="max_steps is 0"):
        lucid.gym.make(HELLO, max_steps=0)
    envs = lucid.gym.make_vec(HELLO, 2)
    with pytest.raises(InputError, match="there are 1 seeds for 2 sessions"):
        envs.reset(seed=[1])
    envs.reset(seed=1)
    with pytest.raises(InputError, match="the actions are NoneType"):
        envs.step(None)  # type: ignore[arg-type]  # it is what this test is about
    envs.close()


def test_actions_move_the_player_and_options_start_the_episode() -> None:
    env = lucid.gym.make(HELLO, max_steps=2, reward=brightness)
    plain, info = env.reset(seed=1)
    assert info == {}
    assert np.array_equal(env.reset(seed=1)[0], plain)
    picture = np.full((360, 640, 3), 200, np.uint8)
    drawn, _ = env.reset(options={"prompt": "night", "image": picture})
    assert (drawn[:100] == 200).all()
    assert drawn[200:].mean() < plain[200:].mean()
    first, reward, terminated, truncated, _ = env.step({**STILL, "move_fwd": 1})
    assert not np.array_equal(first, drawn)
    assert reward == brightness(first, {}, {})
    assert (terminated, truncated) == (False, False)
    still, _, terminated, truncated, _ = env.step(STILL)
    assert np.array_equal(still, first)
    assert (terminated, truncated) == (False, True)
    for options, words in (
        ({"inputs": {"set_prompt": "night"}}, "the arguments of set_prompt are 'night'"),
        ({"promt": "x"}, "no option 'promt'"),
        ({"inputs": {"fly": {}}}, "no input is named 'fly'"),
        ({"image": "nothing.png"}, "nothing.png cannot be read"),
    ):
        with pytest.raises(InputError, match=words):
            env.reset(options=options)
    assert np.array_equal(env.reset(seed=1)[0], plain)
    env.close()


def test_sessions_play_side_by_side_and_start_again_by_themselves() -> None:
    env = lucid.gym.make_vec("tests.gym.dots:DotModel", 3, max_steps=3, reward=brightness)
    assert isinstance(env, gymnasium.vector.VectorEnv)
    frames, infos = env.reset(seed=5)
    assert frames in env.observation_space
    assert infos["place"].tolist() == [5, 6, 7]  # the seed of each session
    assert len(set(infos["process"])) == 2  # two sessions of one model, and one of another
    frames, rewards, terminated, truncated, infos = env.step({"right": np.array([1, 0, 1])})
    assert infos["place"].tolist() == [6, 6, 8]
    assert rewards.tolist() == [brightness(frame, {}, {}) for frame in frames]
    assert not (terminated | truncated).any()
    env.step({"right": np.array([1, 1, 1])})
    _, _, terminated, truncated, _ = env.step({"right": np.array([1, 1, 1])})
    assert terminated.tolist() == [False, False, True]  # the dot has reached the wall
    assert truncated.tolist() == [True, True, False]
    _, rewards, terminated, truncated, infos = env.step({"right": np.array([1, 1, 1])})
    assert rewards.tolist() == [0, 0, 0]
    assert not (terminated | truncated).any()
    assert max(infos["place"]) < dots.WALL
    env.close()


def test_a_step_before_a_reset_is_refused_and_the_reset_plays() -> None:
    with lucid.gym.make(HELLO) as world:
        with pytest.raises(gymnasium.error.ResetNeeded):
            world.step(world.action_space.sample())
        assert world.reset()[0].shape == world.observation_space.shape


def test_a_port_that_raises_raises_here_and_the_next_episode_plays() -> None:
    env = lucid.gym.make("tests.ports:BrokenModel")
    env.reset()
    action = env.action_space.sample()
    with pytest.raises(SessionFailedError, match="a step broke") as failed:
        for _ in range(4):
            env.step(action)
    assert "ports.py" in failed.value.__notes__[0]
    frame, _ = env.reset()
    assert frame in env.observation_space
    env.close()
