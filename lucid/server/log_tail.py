"""LogTail: the last lines of the server's log and of the port's output, for the page."""

import logging
from collections import deque

from lucid.runtime.model_process import OUTPUT

MAX_LINES = 200
MAX_LINE = 500
"""Longer lines are cut."""


class LogTail(logging.Handler):
    """Keeps the last lines while it is attached. ``text`` may be read from any thread."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
        self._lines: deque[str] = deque(maxlen=MAX_LINES)

    def attach(self) -> None:
        """Listen to the log and to the port's output."""
        logging.getLogger().addHandler(self)
        OUTPUT.addHandler(self)

    def detach(self) -> None:
        """Stop listening."""
        logging.getLogger().removeHandler(self)
        OUTPUT.removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record's lines, with its traceback."""
        text = record.getMessage() if record.name == OUTPUT.name else self.format(record)
        self._lines.extend(line[:MAX_LINE] for line in text.splitlines())

    @property
    def text(self) -> str:
        """The kept lines, the newest last."""
        self.acquire()
        try:
            return "\n".join(self._lines)
        finally:
            self.release()
