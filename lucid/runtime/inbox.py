"""Inbox: a bounded queue of a session's pending messages."""

import math
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic_core import ValidationError

from lucid.authoring.captures import capture_of, merged
from lucid.authoring.manifest import Manifest
from lucid.authoring.parameters import releases
from lucid.authoring.schema import schema_validator
from lucid.errors import InputQueueFullError
from lucid.runtime.messages import ControlMessage, Input, Pause, Resume

LIMIT = 256


class Inbox:
    """A queue of messages that one thread fills and another empties.

    The inbox sums pending pointer and wheel motion into one message, if the sum is within the
    bounds of the input. It keeps only the newest camera frame, and joins pending sound. If
    ``LIMIT`` messages are pending, it refuses further inputs, but never a release. A full inbox
    keeps only the newest control message of each other kind.
    """

    def __init__(self, manifest: Manifest, *, is_exact: bool = False) -> None:
        """``is_exact`` keeps every message as it is, however many there are."""
        self._is_exact = is_exact
        self._summed = {
            spec.name: schema_validator(spec.arguments)
            for spec in manifest.inputs
            if spec.binding and spec.binding.kind in ("pointer", "wheel")
        }
        self._captures = {
            spec.name: capture
            for spec in manifest.inputs
            if (capture := capture_of(spec.arguments)) is not None
        }
        self._releases = releases(manifest)
        self._pending: list[ControlMessage] = []
        self._lock = threading.Lock()

    def put(self, message: ControlMessage) -> bool:
        """Add a message; return whether the inbox was empty.

        Raises:
            InputQueueFullError: Too many messages are pending. ``seq`` names the refused input.
        """
        with self._lock:
            if not self._is_exact:
                if isinstance(message, Input) and self._merge(message):
                    return False
                if len(self._pending) >= LIMIT:
                    self._make_room(message)
            self._pending.append(message)
            return len(self._pending) == 1

    def is_merged(self, message: ControlMessage) -> bool:
        """Return whether the inbox merges this kind of message: motion, camera frames or sound."""
        if not isinstance(message, Input):
            return False
        return message.name in self._summed or message.name in self._captures

    def take(self) -> list[ControlMessage]:
        """Remove and return all messages, in order."""
        with self._lock:
            pending, self._pending = self._pending, []
            return pending

    def _merge(self, message: Input) -> bool:
        is_release = self._is_release(message)
        if not is_release and not self.is_merged(message):
            return False
        for index in range(len(self._pending) - 1, -1, -1):
            earlier = self._pending[index]
            if isinstance(earlier, Input) and earlier.name == message.name:
                if is_release:  # dropping a repeated release also bounds their number
                    return self._is_release(earlier)
                if (args := self._sum(message.name, earlier.args, message.args)) is None:
                    return False
                of_player = earlier if message.guest and not earlier.guest else message
                self._pending[index] = replace(of_player, args=args)
                return True
        return False

    def _sum(
        self, name: str, first: Mapping[str, Any], second: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """Add two deltas or captures; return None if the input does not accept their sum."""
        if name in self._captures:
            parameter, spec = self._captures[name]
            earlier, later = first[parameter], second[parameter]
            if earlier is None or later is None:  # the camera stopped or started in between
                return None
            return {parameter: merged(earlier, later, spec)}
        values = (*first.values(), *second.values())
        if first.keys() != second.keys() or any(
            type(value) not in (int, float) for value in values
        ):
            return None
        try:
            total = {parameter: first[parameter] + second[parameter] for parameter in first}
            if not all(map(math.isfinite, total.values())):
                return None
            self._summed[name].validate_python(total)
        except (OverflowError, ValidationError):
            return None
        return total

    def _make_room(self, message: ControlMessage) -> None:
        if not isinstance(message, Input):
            kind = Pause | Resume if isinstance(message, Pause | Resume) else type(message)
            self._pending = [other for other in self._pending if not isinstance(other, kind)]
        elif not self._is_release(message):
            error = InputQueueFullError(message.name, LIMIT)
            error.seq = message.seq
            raise error

    def _is_release(self, message: Input) -> bool:
        return message.args == self._releases.get(message.name)
