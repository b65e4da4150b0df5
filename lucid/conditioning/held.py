"""Track held keys and axes without losing a tap that starts and ends between two steps."""

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Key = TypeVar("Key", bound=Hashable)


class Held(Generic[Key]):
    """The keys that a player holds.

    A step takes 20 ms with some world models and a second with others. A tap is often shorter, so
    a key that was pressed and released since the last step counts in the next step, once.
    """

    def __init__(self) -> None:
        self._down: dict[Key, None] = {}
        self._pressed: dict[Key, None] = {}  # since the last drain, even if released since then

    def hold(self, key: Key, pressed: bool) -> None:
        """Press or release a key. A second press or release does nothing."""
        if not pressed:
            self._down.pop(key, None)
        elif key not in self._down:
            self._down[key] = None
            self._pressed.pop(key, None)
            self._pressed[key] = None

    def drain(self) -> tuple[Key, ...]:
        """Return the keys of the next step, in the order in which they were pressed."""
        pressed, self._pressed = self._pressed, {}
        return (*(key for key in self._down if key not in pressed), *pressed)

    @property
    def state(self) -> tuple[list[Key], list[Key]]:
        """The keys that are down, and those that were pressed since the last step: for a
        session's ``snapshot`` and ``restore``."""
        return list(self._down), list(self._pressed)

    @state.setter
    def state(self, state: tuple[list[Key], list[Key]]) -> None:
        self._down, self._pressed = (dict.fromkeys(keys) for keys in state)


class Axes:
    """The values of a player's axes. Taps count as in ``Held``."""

    def __init__(self, size: int) -> None:
        self._now = [0.0] * size
        self._before = (0.0,) * size  # at the last drain
        self._furthest = [0.0] * size  # largest absolute value since the last drain

    def pull(self, axis: int, value: float) -> None:
        """Set the value of an axis, -1 to 1; 0 is rest."""
        self._now[axis] = value
        self._furthest[axis] = max(self._furthest[axis], value, key=abs)

    def drain(self) -> tuple[float, ...]:
        """Return the values of the next step.

        If an axis is at rest now and was at rest at the last step, its value is the largest one
        between the two steps.
        """
        pairs = zip(self._now, self._before, self._furthest, strict=True)
        vector = tuple(now if now or before else furthest for now, before, furthest in pairs)
        self._before, self._furthest = tuple(self._now), [0.0] * len(self._now)
        return vector


def multi_hot(held: Iterable[int], size: int) -> NDArray[np.float32]:
    """Return a float32 vector (size,) with 1 at the index of each held key.

    Raises:
        ValueError: A key is outside 0..size-1. A negative index would silently press another key.
    """
    vector = np.zeros(size, np.float32)
    for key in held:
        if not 0 <= key < size:
            raise ValueError(f"{key!r} is index {int(key)}, outside a vector of {size}")
        vector[key] = 1
    return vector
