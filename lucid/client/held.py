"""The held inputs and the motion of a player, in messages that may get lost."""

import json
import sys
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

BEAT_S = 0.1
"""The full state is sent at this interval, so that the server knows that the player is there."""
REPEATED = 32
"""Each message repeats the changes that the server has not confirmed, at most this many."""
FULL_BYTES = 1024
"""While more than this waits, a message is not sent, because a newer one follows soon."""
HELD, MOTION = ("hold", "axis"), ("pointer", "wheel")


class HeldInputs:
    """What a player holds, its last changes, and the sums of all motion."""

    def __init__(self, specs: Iterable[Mapping[str, Any]]) -> None:
        self._kinds = {spec["name"]: (spec["binding"] or {}).get("kind") for spec in specs}
        self._held: dict[str, dict[str, Any]] = {}
        self._changes: deque[dict[str, Any]] = deque(maxlen=REPEATED)
        self._motion: dict[str, dict[str, float]] = {}
        self._number = self._seq = 0

    def carries(self, name: str, args: Mapping[str, Any]) -> bool:
        """Whether an input travels in these messages; others need a reliable channel."""
        kind = self._kinds.get(name)
        return kind in HELD or (
            kind in MOTION
            and all(type(v) in (int, float) and abs(v) <= sys.float_info.max for v in args.values())
        )

    @property
    def used(self) -> bool:
        """Whether an input has changed. Until then, no messages are needed."""
        return self._seq > 0

    def change(self, seq: int, name: str, args: dict[str, Any]) -> None:
        """Record a change of an input."""
        self._seq = seq
        if self._kinds[name] in MOTION:
            sums = self._motion.get(name, {})
            self._motion[name] = {key: sums.get(key, 0) + value for key, value in args.items()}
            return
        self._changes.append({"seq": seq, "name": name, "args": args})
        if any(args.values()):
            self._held[name] = args
        else:
            self._held.pop(name, None)

    def settle(self) -> None:
        """Stop repeating the changes so far, because the connection is reliable."""
        self._changes.clear()

    def on_applied(self, message: str) -> None:
        """Handle the server's reply: it has applied all changes up to one."""
        seq = json.loads(message)["seq"]
        while self._changes and self._changes[0]["seq"] <= seq:
            self._changes.popleft()

    def message(self) -> dict[str, Any]:
        """Return the next message with the full state."""
        self._number += 1
        return {
            "type": "held",
            "number": self._number,
            "seq": self._seq,
            "held": self._held,
            "changes": list(self._changes),
            "motion": self._motion,
        }
