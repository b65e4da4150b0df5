"""Run a weights check in a child process, which may hang, crash or print endlessly."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lucid._target import LOCAL_WEIGHTS, PortLocation
from lucid.environment.find import find_interpreter
from lucid.errors import MachineError
from lucid.runtime.channel import CHANNEL_ERRORS
from lucid.runtime.child import ChildProcess, signal_name
from lucid.weights.child import Compared, Failed, Stage
from lucid.weights.report import WeightsReport

CHILD = "lucid.weights.child"
SILENCE_S = 300.0
"""The longest time between two stages of a load."""
KEPT_LINES = 12
MAX_LINES = 400

logger = logging.getLogger(__name__)


def check_weights(
    location: PortLocation,
    folder: Path | None = None,
    *,
    on_stage: Callable[[str], None] = lambda text: None,
    silence_s: float = SILENCE_S,
) -> WeightsReport:
    """Load the port without weights, and compare its modules with the headers of the checkpoint.

    The headers come from the Hub, or from the local files in ``folder`` (see ``local_weights``).

    Raises:
        LucidError: nothing could be compared.
    """
    start_s = time.monotonic()
    child = _Child(location, folder)
    try:
        compared = child.follow(on_stage, silence_s)
    finally:
        child.process.reap()
    return WeightsReport(
        port=location.entry,
        weights=str(folder or "the Hub"),
        modules=compared.modules,
        unread=compared.unread,
        stopped=compared.stopped,
        seconds=round(time.monotonic() - start_s, 1),
    )


class _Child:
    """The child process, and what it printed last."""

    def __init__(self, location: PortLocation, folder: Path | None) -> None:
        self._messages: queue.Queue[Any] = queue.Queue()
        self._printed: deque[str] = deque(maxlen=MAX_LINES)
        self._line = b""
        self.process = ChildProcess(
            CHILD,
            self._keep_lines,
            env={LOCAL_WEIGHTS: str(folder or "")},
            python=find_interpreter(location.root),
        )
        with contextlib.suppress(OSError):  # it died at once, which the reader reports
            self.process.channel.send(location)
        threading.Thread(target=self._receive, name="lucid-weights", daemon=True).start()

    def follow(self, on_stage: Callable[[str], None], silence_s: float) -> Compared:
        """Return the result."""
        stage = "start"
        while True:
            try:
                message = self._messages.get(timeout=silence_s)
            except queue.Empty:
                raise self._hung(stage, silence_s) from None
            match message:
                case Stage(text=stage):
                    on_stage(stage)
                case Compared():
                    return message
                case Failed(error=error):
                    raise error.as_error()
                case None:
                    raise self._died(stage)

    def _hung(self, stage: str, silence_s: float) -> MachineError:
        """Kill the process, and log the stacks that its threads print."""
        self.process.kill(dump=True)
        self.process.reap()
        logger.warning("%s does not return:\n%s", stage, "\n".join(self._printed))
        return MachineError(
            f"the weights check was silent for {silence_s:g} s in the stage {stage!r}",
            hint="the stacks above show what each thread waits for",
        )

    def _died(self, stage: str) -> MachineError:
        code = self.process.reap()
        ending = signal_name(code) or f"exit status {code}"
        lines = list(self._printed)[-KEPT_LINES:]
        return MachineError(
            f"the process of the weights check ended in the stage {stage!r} ({ending})",
            hint="\n".join(lines) or "run `lucid doctor`",
        )

    def _receive(self) -> None:
        try:
            while True:
                self._messages.put(self.process.channel.receive())
        except CHANNEL_ERRORS:
            self._messages.put(None)

    def _keep_lines(self, data: bytes) -> None:
        *lines, self._line = (self._line + data).split(b"\n")
        self._line = self._line[-1000:]
        self._printed += [line[:300].decode(errors="replace") for line in lines]
