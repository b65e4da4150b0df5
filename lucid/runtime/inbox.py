"""A session's waiting inputs: bounded, in order, deltas summed."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from typing import Any

from lucid.authoring.manifest import Manifest
from lucid.errors import InputQueueFullError
from lucid.runtime.messages import ControlMessage, Input, Pause, Resume

LIMIT = 256


class Inbox:
    """A queue of messages that one thread fills and another empties.

    Pointer and wheel deltas that wait are summed into one message. When ``LIMIT`` messages wait,
    further inputs are refused, but a release never is. Of the other control messages only the
    newest of a kind is then kept.
    """

    def __init__(self, manifest: Manifest) -> None:
        kinds = {spec.name: spec.binding.kind for spec in manifest.inputs if spec.binding}
        self._summed = {name for name, kind in kinds.items() if kind in ("pointer", "wheel")}
        self._neutral = {
            name: {"pressed": False} if kind == "hold" else {"value": 0}
            for name, kind in kinds.items()
            if kind in ("hold", "axis")
        }
        self._waiting: list[ControlMessage] = []
        self._lock = threading.Lock()

    def put(self, message: ControlMessage) -> bool:
        """Add a message; return whether it is the first that waits.

        Raises:
            InputQueueFullError: too many wait.
        """
        with self._lock:
            if isinstance(message, Input) and self._merge(message):
                return False
            if len(self._waiting) >= LIMIT:
                self._make_room(message)
            self._waiting.append(message)
            return len(self._waiting) == 1

    def is_motion(self, message: ControlMessage) -> bool:
        """Whether it is one of many deltas; a player sees how long anything else takes."""
        return isinstance(message, Input) and message.name in self._summed

    def take(self) -> list[ControlMessage]:
        """Remove and return all messages, in order."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
            return waiting

    def _merge(self, message: Input) -> bool:
        release = self._is_release(message)
        if message.name not in self._summed and not release:
            return False
        for index in range(len(self._waiting) - 1, -1, -1):
            earlier = self._waiting[index]
            if isinstance(earlier, Input) and earlier.name == message.name:
                if release:  # a second release says nothing new, which also bounds releases
                    return self._is_release(earlier)
                if (args := _summed(earlier.args, message.args)) is None:
                    return False
                self._waiting[index] = Input(message.seq, message.name, args)
                return True
        return False

    def _make_room(self, message: ControlMessage) -> None:
        if not isinstance(message, Input):
            kind = Pause | Resume if isinstance(message, Pause | Resume) else type(message)
            self._waiting = [other for other in self._waiting if not isinstance(other, kind)]
        elif not self._is_release(message):
            raise InputQueueFullError(message.name, LIMIT)

    def _is_release(self, message: Input) -> bool:
        return message.args == self._neutral.get(message.name)


def _summed(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Any] | None:
    """Add two deltas; None if they are not numbers, or their sum is not a finite one."""
    values = (*a.values(), *b.values())
    if a.keys() != b.keys() or any(type(value) not in (int, float) for value in values):
        return None  # not what the input declares: let validation say so
    try:
        total = {name: a[name] + b[name] for name in a}
        return total if all(map(math.isfinite, total.values())) else None
    except OverflowError:  # an integer that no float can hold
        return None
