"""Script: how a session starts, and the inputs that it gets by itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lucid.runtime.messages import Input, InputApplied


@dataclass(frozen=True)
class Script:
    """What a session does before the player takes over."""

    rng_seed: int | None = None
    """Seeds the global random generators."""
    inputs: Sequence[InputApplied] = ()
    """What an earlier session applied, in order, with the data of its files."""
    frames: int = 0
    """After so many frames of the first video output the script is over, if no input of the player
    has ended it before."""
    hidden: int = 0
    """So many of these frames are not shown, and made as fast as they go."""


NO_SCRIPT = Script()


class Prompter:
    """Hands out the inputs of a script when they are due."""

    def __init__(
        self, script: Script, releases: Mapping[str, Mapping[str, Any]], frames: int = 0
    ) -> None:
        """``releases`` are the arguments that release each hold and axis, by input.

        ``frames`` of the first video output were published before the script starts.
        """
        self._releases = releases
        self._left = deque(script.inputs)
        self._script = script
        self.is_over = script.frames == 0
        self.frames = frames
        """How many frames of the first video output were published."""

    def due(self, step: int, after: int) -> list[Input]:
        """Return the inputs that were applied before so many steps and samples."""
        found = []
        while self._left and (self._left[0].step, self._left[0].after) <= (step, after):
            event = self._left.popleft()
            found.append(Input(0, event.name, event.args or {}))
        return found

    def end(self) -> None:
        """Forget what is left, since the player takes over."""
        self._left.clear()
        self.is_over = True

    def gives_way_to(self, message: Input) -> bool:
        """Return whether an input of the player ends the script: any but a release does."""
        return not self.is_over and message.args != self._releases.get(message.name)

    @property
    def is_at_end(self) -> bool:
        """Whether the script must end now, since all of its frames are published."""
        return not self.is_over and self.frames >= self._script.frames

    def hides(self, count: int) -> bool:
        """Return whether the next ``count`` frames are all hidden."""
        return not self.is_over and self.frames + count <= self._script.hidden
