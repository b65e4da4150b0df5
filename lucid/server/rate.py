"""Rate: how many messages a connection may send."""

import time

MESSAGES_HZ = 500.0
"""Messages per second of one connection; a page sends at most a few for each of its frames."""
BURST = 1000.0
"""Messages that may arrive at once, for example after a cut."""


class Rate:
    """A token bucket: it holds ``BURST`` messages and refills with ``MESSAGES_HZ``."""

    def __init__(self) -> None:
        self._left = BURST
        self._counted_s = time.monotonic()

    def wait_s(self, cost: float = 1.0) -> float:
        """Count a message; return how long its sender is ahead of the rate, 0 if it is not."""
        now_s = time.monotonic()
        refilled = (now_s - self._counted_s) * MESSAGES_HZ
        self._left = min(BURST, self._left + refilled) - cost
        self._counted_s = now_s
        return max(0.0, -self._left / MESSAGES_HZ)
