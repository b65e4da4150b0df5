"""Run a weights check in a child process, because a port may hang, crash or print endlessly."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from lucid._target import LOCAL_WEIGHTS, PortLocation
from lucid.environment.find import find_interpreter
from lucid.errors import MachineError
from lucid.runtime.child import WatchedChild
from lucid.runtime.messages import ErrorInfo
from lucid.weights.child import Comparison
from lucid.weights.report import WeightsReport

CHILD = "lucid.weights.child"
SILENCE_S = 300.0
"""The longest time between two stages of a load."""
START_S = 120.0
"""The longest time to start Python and to import torch."""


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
        LucidError: Nothing could be compared.
    """
    start_s = time.monotonic()
    env = {LOCAL_WEIGHTS: str(folder or "")}
    python = find_interpreter(location.root)
    with tempfile.TemporaryDirectory(prefix="lucid-weights-") as headers:
        child = WatchedChild(CHILD, (location, Path(headers)), env=env, python=python)
        try:
            compared = _follow(child, on_stage, silence_s)
        finally:
            child.reap()
    return WeightsReport(
        port=location.entry,
        weights=str(folder or "the Hub"),
        modules=compared.modules,
        unread=compared.unread,
        stopped=compared.stopped,
        seconds=round(time.monotonic() - start_s, 1),
    )


def _follow(child: WatchedChild, on_stage: Callable[[str], None], silence_s: float) -> Comparison:
    """Handle the messages of the child, and return the result."""
    stage = "start"
    while True:
        limit_s = max(silence_s, START_S) if stage == "start" else silence_s
        try:
            message = child.receive(limit_s)
        except TimeoutError:
            child.log_stacks(stage)
            raise MachineError(
                f"the weights check was silent for {limit_s:g} s in the stage {stage!r}",
                hint="the stacks above show what each thread waits for",
            ) from None
        match message:
            case str(stage):
                on_stage(stage)
            case Comparison():
                return message
            case ErrorInfo():
                raise message.as_error()
            case None:
                raise MachineError(
                    f"the process of the weights check {child.reap()} in the stage {stage!r}",
                    hint=child.last_lines or "run `lucid doctor`",
                )
