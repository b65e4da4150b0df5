"""Apply the full state that a page sends over a channel which may lose messages."""

import asyncio
import math
from collections.abc import Callable, Mapping
from typing import Any

from lucid.authoring.manifest import InputSpec, Manifest
from lucid.authoring.parameters import releases
from lucid.errors import InputError
from lucid.runtime.messages import Input
from lucid.server.wire import Held

SILENCE_S = 0.5
"""If nothing arrives from a page for this time, its held inputs are released."""
STALLED_S = 3.0
"""The same if packets arrive and no message: a page that is busy or hidden sends late."""
MAX_PARTS = 64
"""Motion beyond the bounds of its input is applied in at most this many parts."""
TICK_S = 0.1
"""Silence is counted in ticks, so that time in which this process is busy does not count."""


class HeldState:
    """The held inputs of one page, and which of its changes were applied."""

    def __init__(
        self,
        manifest: Manifest,
        on_input: Callable[[Input], None],
        on_refused: Callable[[InputError], None],
        packets: Callable[[], int],
    ) -> None:
        self._neutral = releases(manifest)
        self._motion: dict[str, Mapping[str, float]] = {}
        """The sums of each motion so far."""
        self._specs = {spec.name: spec for spec in manifest.inputs}
        self._on_input = on_input
        self._on_refused = on_refused
        self._packets = packets
        """Counts the packets of any kind that arrived from the page."""
        self._applied: dict[str, Mapping[str, Any]] = {}
        """The inputs that are not neutral."""
        self._number = 0
        self._seq = 0
        self._timer: asyncio.TimerHandle | None = None
        self._seen = self._quiet_ticks = self._ticks = 0

    def receive(self, state: Held) -> list[int]:
        """Apply each change once, then the full state and the new motion.

        Ignore a message that is older than the last one, or a copy of it. Return the ``seq`` of
        each new change.
        """
        if state.number <= self._number:
            return []
        self._number = state.number
        self._quiet_ticks = self._ticks = 0
        fresh = [change for change in state.changes if change.seq > self._seq]
        for change in sorted(fresh, key=lambda change: change.seq):
            self._seq = change.seq
            self._apply(change.name, change.args)
        numbers = [change.seq for change in fresh]
        if state.seq > self._seq:
            self._seq = state.seq
            numbers.append(state.seq)
        for name, neutral in self._neutral.items():
            wanted = state.held.get(name, neutral)
            if wanted != self._applied.get(name, neutral):
                self._apply(name, wanted)
        for name, sums in state.motion.items():
            self._move(name, sums)
        return numbers

    def forget(self) -> None:
        """Forget what is held, because all inputs were released."""
        self._applied.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # --- private ----------------------------------------------------------------------------

    def _move(self, name: str, sums: Mapping[str, float]) -> None:
        before = self._motion.get(name, {})
        delta = {parameter: total - before.get(parameter, 0.0) for parameter, total in sums.items()}
        if not any(delta.values()):
            return
        if name in self._specs:  # otherwise a page could fill the memory with names
            self._motion[name] = sums
        parts = _parts(self._specs.get(name), delta)
        for _ in range(parts):
            self._apply(name, {parameter: value / parts for parameter, value in delta.items()})

    def _apply(self, name: str, args: Mapping[str, Any]) -> None:
        if name in self._neutral:
            self._applied.pop(name, None)
            if args != self._neutral[name]:
                self._applied[name] = args
                if self._timer is None:
                    self._wait()
        try:
            self._on_input(Input(self._seq, name, args))
        except InputError as error:
            self._on_refused(error)

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(TICK_S, self._tick)

    def _tick(self) -> None:
        self._timer = None
        if not self._applied:
            return
        packets = self._packets()
        self._quiet_ticks = self._quiet_ticks + 1 if packets == self._seen else 0
        self._seen = packets
        self._ticks += 1
        if self._quiet_ticks * TICK_S < SILENCE_S and self._ticks * TICK_S < STALLED_S:
            self._wait()
            return
        for name in list(self._applied):
            self._apply(name, self._neutral[name])


def _parts(spec: InputSpec | None, delta: Mapping[str, float]) -> int:
    """Return how many parts a motion needs, so that each part is within the input's bounds."""
    schemas = {} if spec is None else spec.arguments.get("properties", {})
    parts = 1
    for parameter, value in delta.items():
        bound = schemas.get(parameter, {}).get("maximum" if value > 0 else "minimum", 0)
        if bound * value > 0:
            parts = max(parts, math.ceil(value / bound))
    return min(parts, MAX_PARTS)
