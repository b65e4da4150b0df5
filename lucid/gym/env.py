"""WorldEnv: a port as a Gymnasium environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.envs.registration import EnvSpec

from lucid._target import find_port
from lucid.gym.episode import Episode, Outcome, Reward, check_positive
from lucid.runtime.stepped_port import SteppedPort


def make(
    port: str | Path | None = None,
    *,
    stub: bool = False,
    reward: Reward | None = None,
    max_steps: int | None = None,
    render_mode: str | None = None,
) -> WorldEnv:
    """Load a port, and return it as a Gymnasium environment.

    ``port`` is a folder or ``module:Class``; by default it is the only port here, else the bundled
    world. ``stub`` plays it on the stub engine, without weights. ``reward`` is called after each
    step with the frame, the action and the info; without it, the reward is 0. ``max_steps``
    truncates an episode. ``render_mode`` is None or ``rgb_array``.

    The port runs in a process of its own, with the Python of its environment if `lucid sync` made
    one. Call ``env.close()`` to end it.

    Raises:
        InputError: ``max_steps`` is below 1.
        TargetError: there is no such port, it cannot be imported, or it has no video output.
        MachineError: its environment does not fit it.
        ModelLoadError: the model does not load.
    """
    check_positive(max_steps=max_steps)
    location = find_port(None if port is None else str(port), Path.cwd())
    env = WorldEnv(SteppedPort(location, stub=stub), reward, max_steps, render_mode)
    options = {"port": port, "stub": stub, "reward": reward, "max_steps": max_steps}
    env.spec = EnvSpec(
        "lucid/World-v0",
        entry_point="lucid.gym:make",
        order_enforce=False,
        disable_env_checker=True,  # it compares all pixels of every frame
        kwargs=options,
    )
    return env


class WorldEnv(gymnasium.Env[np.ndarray, dict[str, Any]]):
    """A world model as an environment.

    An observation is a frame of the first video output, (H, W, 3) uint8 RGB: the last one of the
    step. ``info`` contains the newest value of each json and bytes output, by its name. An episode
    is a new session. It is terminated when the port's ``run()`` returns, which is in the step after
    the one that made its last frame.

    The action space is a ``Dict`` with one entry for each of these inputs:

    =====================  ====================  ==================================================
    declared               space                 the action
    =====================  ====================  ==================================================
    ``hold(...)``          ``Discrete(2)``       1 holds the key during this step
    ``press(...)``         ``Discrete(2)``       1 presses the key once
    ``axis(...)``          ``Box(-1, 1)``        the value during this step
    ``pointer()``          ``Box(-1, 1, (2,))``  motion to the right and down; 1 is 100 CSS pixels
    ``wheel()``            ``Box(-1, 1)``        notches
    choices, a boolean     ``Discrete(n)``       the index of the choice, in the declared order
    a number with bounds   ``Box``, ``Discrete`` the value
    =====================  ====================  ==================================================

    The last two rows are for inputs without a binding that are not accepted while the session is
    paused. If such an input takes several values, its entry is a ``Dict`` of them. All others are
    settings, and go through ``reset``: ``options={"prompt": ...}`` is the text for the port's
    prompt, ``{"image": ...}`` a path or an array (H, W, 3) uint8 RGB for its picture, and
    ``{"inputs": {name: {argument: value}}}`` sends any declared input. Audio is discarded.

    ``reset(seed=...)`` is sent to the port's rng seed input, if it has one, and seeds the global
    generators of its process. Without a seed, each episode gets another one.
    """

    def __init__(
        self,
        port: SteppedPort,
        reward: Reward | None,
        max_steps: int | None,
        render_mode: str | None,
    ) -> None:
        """See ``make``, which loads the port. The environment closes it."""
        self._port = port
        self._episode = Episode(port, 0, reward, max_steps)
        self.render_mode = render_mode
        self.metadata = {"render_modes": ["rgb_array"], "render_fps": port.video.fps or 30}
        self.observation_space = frame_space(port)
        self.action_space = self._episode.actions.space

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Start an episode; return its first frame and its info.

        Raises:
            InputError: the port takes no such option, or refused it.
            SessionError: the port raised. The error's notes contain the traceback.
        """
        super().reset(seed=seed)
        self._episode.send_reset(seed, self.np_random, options)
        frame, _, _, _, info = self._episode.result()
        return frame, info

    def step(self, action: Mapping[str, Any]) -> Outcome:
        """Make a step; return its frame, reward, terminated, truncated and info.

        Raises what ``reset`` raises.
        """
        self._episode.send_step(action)
        return self._episode.result()

    def render(self) -> Any:
        """Return the last frame, (H, W, 3) uint8 RGB."""
        return self._episode.frame.copy() if self.render_mode == "rgb_array" else None

    def close(self) -> None:
        """End the port's process."""
        self._port.close()


def frame_space(port: SteppedPort) -> spaces.Box:
    """Return the space of a port's frames."""
    return spaces.Box(0, 255, (port.video.height, port.video.width, 3), np.uint8)
