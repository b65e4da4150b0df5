"""Script: an rng seed and recorded inputs that a session plays before the player takes over."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lucid.runtime.messages import Input, InputApplied


@dataclass(frozen=True)
class Script:
    """The rng seed of a session, and the inputs to play before the player takes over."""

    rng_seed: int | None = None
    """Seeds the global random generators."""
    inputs: Sequence[InputApplied] = ()
    """The inputs of an earlier session, in order, with the data of their files."""
    frames: int = 0
    """The script ends after this number of frames of the first video output, or with the first
    input of the player."""
    hidden: int = 0
    """The first frames, this many, are not shown, and are made as fast as possible."""


NO_SCRIPT = Script()


class Prompter:
    """Plays a script: returns its inputs when they are due."""

    def __init__(
        self, script: Script, releases: Mapping[str, Mapping[str, Any]], frames: int = 0
    ) -> None:
        """``releases`` are the arguments that release each hold and axis, by input.

        ``frames`` is the number of frames of the first video output before the script.
        """
        self._releases = releases
        self._left = deque(script.inputs)
        self._script = script
        self.is_over = script.frames == 0
        self.frames = frames
        """The number of published frames of the first video output."""

    def due(self, step: int, after: int) -> list[Input]:
        """Return the inputs that are due after ``step`` steps and ``after`` samples of the next."""
        found = []
        while self._left and (self._left[0].step, self._left[0].after) <= (step, after):
            event = self._left.popleft()
            found.append(Input(0, event.name, event.args or {}))
        return found

    def end(self) -> None:
        """Forget the remaining inputs, because the player takes over."""
        self._left.clear()
        self.is_over = True

    def gives_way_to(self, message: Input) -> bool:
        """Return whether an input of the player ends the script. Every input but a release does."""
        return not self.is_over and message.args != self._releases.get(message.name)

    @property
    def is_at_end(self) -> bool:
        """Whether the script must end now, because all of its frames are published."""
        return not self.is_over and self.frames >= self._script.frames

    def hides(self, count: int) -> bool:
        """Return whether the next ``count`` frames are all hidden."""
        return not self.is_over and self.frames + count <= self._script.hidden
