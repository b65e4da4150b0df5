"""What a port prints, passed on as long as somebody can read it."""

from __future__ import annotations

BYTES_A_SECOND = 64 * 1024


class Printed:
    """Lets a bounded number of bytes a second through, and says how many it left out."""

    def __init__(self) -> None:
        self._since_s = 0.0
        self._shown = 0
        self._left_out = 0

    def shown(self, data: bytes, now_s: float) -> bytes:
        """What to show of ``data``, printed now."""
        note = b""
        if now_s - self._since_s >= 1:
            note = self.left_out().encode()
            self._since_s, self._shown = now_s, 0
        part = data[: BYTES_A_SECOND - self._shown]
        self._shown += len(part)
        self._left_out += len(data) - len(part)
        return note + part

    def left_out(self) -> str:
        """A line that says how much was left out since the last one; empty for nothing."""
        left_out, self._left_out = self._left_out, 0
        return f"\n[{left_out:,} bytes that the port printed are left out]\n" if left_out else ""
