"""WatchedChild: a child process that may hang, crash or print endlessly."""

import contextlib
import logging
import queue
import threading
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lucid.runtime.channel import CHANNEL_ERRORS
from lucid.runtime.child import ChildProcess, signal_name

KEPT_LINES = 12
MAX_LINES = 400
STACK = ("Thread 0x", "Current thread 0x")
"""How the stacks of faulthandler begin."""

logger = logging.getLogger(__name__)


class WatchedChild:
    """Runs ``main(channel)`` of a module, sends it one job, and receives messages until it ends."""

    def __init__(
        self, module: str, job: object, *, env: Mapping[str, str], python: Path | None
    ) -> None:
        self._messages: queue.Queue[Any] = queue.Queue()
        self._partial_line = b""
        self._printed: deque[str] = deque(maxlen=MAX_LINES)
        self._process = ChildProcess(module, self._keep_lines, env=env, python=python)
        with contextlib.suppress(OSError):  # it died at once, which the reader reports
            self._process.channel.send(job)
        threading.Thread(target=self._receive, name="lucid-child", daemon=True).start()

    def receive(self, limit_s: float) -> Any:
        """Return the next message, or None once the child has ended.

        Raises:
            TimeoutError: the child sent nothing within ``limit_s``.
        """
        try:
            return self._messages.get(timeout=limit_s)
        except queue.Empty:
            raise TimeoutError from None

    @property
    def last_lines(self) -> str:
        """The last lines that the child printed."""
        return "\n".join(list(self._printed)[-KEPT_LINES:])

    def log_stacks(self, what: str) -> None:
        """Kill the child, and log the stacks that its threads print; ``what`` does not return."""
        self._process.kill(dump=True)
        self._process.reap()
        lines = list(self._printed)
        start = next((n for n, line in enumerate(lines) if line.startswith(STACK)), 0)
        logger.warning("%s does not return:\n%s", what, "\n".join(lines[start:]))

    def ending(self) -> str:
        """Reap the child; return the signal or the exit status that ended it."""
        code = self._process.reap()
        return signal_name(code) or f"exit status {code}"

    def reap(self) -> None:
        """Kill the child and all that it started."""
        self._process.reap()

    def _receive(self) -> None:
        try:
            while True:
                self._messages.put(self._process.channel.receive())
        except CHANNEL_ERRORS:
            self._messages.put(None)

    def _keep_lines(self, data: bytes) -> None:
        *lines, self._partial_line = (self._partial_line + data).split(b"\n")
        self._partial_line = self._partial_line[-1000:]
        self._printed += [line[:300].decode(errors="replace") for line in lines]
