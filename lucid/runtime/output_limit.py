"""OutputLimit: limits how fast the output of a port is printed."""

BYTES_A_SECOND = 64 * 1024


class OutputLimit:
    """Passes a bounded number of bytes per second, and reports how many it dropped."""

    def __init__(self) -> None:
        self._since_s = 0.0
        self._passed = 0
        self._dropped = 0

    def apply(self, data: bytes, now_s: float) -> bytes:
        """Return the part of the output ``data`` to print, after a note on earlier drops."""
        note = b""
        if now_s - self._since_s >= 1:
            note = self.take_note().encode()
            self._since_s, self._passed = now_s, 0
        part = data[: BYTES_A_SECOND - self._passed]
        self._passed += len(part)
        self._dropped += len(data) - len(part)
        return note + part

    def take_note(self) -> str:
        """Return a line that says how many bytes were dropped since the last note, or ""."""
        dropped, self._dropped = self._dropped, 0
        return f"\n[{dropped:,} bytes of the port's output were dropped]\n" if dropped else ""
