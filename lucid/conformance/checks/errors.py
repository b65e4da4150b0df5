"""E: errors, and what a port must never do to its process."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lucid.conformance.audit import AUDIT
from lucid.conformance.lab import Lab, first_difference
from lucid.conformance.promise import Measured, promise
from lucid.conformance.script import Script
from lucid.runtime.states import SessionState

PRINTED_BYTES = 400
"""Bytes that a port may print per step."""
SIGNALS = tuple(s for s in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", None),
                            getattr(signal, "SIGCHLD", None)) if s is not None)  # fmt: skip
AT_START = {number: signal.getsignal(number) for number in SIGNALS}
"""The signal handlers before the port was imported. This module is imported first."""


class InjectedError(Exception):
    """Raised by the checks in place of a step."""


@promise(
    "E01",
    asserts="An exception in a step ends the session with an error, and the next session works.",
    felt="A black screen without an explanation.",
    cause="`except Exception: continue` around the step.",
    remedy="Do not catch it: Lucid shows the player the error and logs the traceback.",
    needs=("R00", "L07"),
)
async def step_error_ends_session(lab: Lab) -> Measured:
    return await _fails_well(lab, InjectedError("conformance: a step broke"), "a step broke")


@promise(
    "E02",
    asserts="Running out of memory ends the session with an error, and the next session works.",
    felt="The server stops for everybody.",
    cause="An endless retry, or a bare except around the step.",
    remedy="Do not catch it. Free the session's memory in close().",
    needs=("R00", "E01"),
)
async def out_of_memory(lab: Lab) -> Measured:
    text = "CUDA out of memory. Tried to allocate 2.00 GiB"
    torch = sys.modules.get("torch")
    kind: type[BaseException] = RuntimeError
    if torch is not None:
        kind = torch.cuda.OutOfMemoryError  # a RuntimeError too
    return await _fails_well(lab, kind(text), "out of memory")


@promise(
    "E03",
    asserts="The port never ends the process with sys.exit().",
    felt="The server stops for everybody.",
    cause="A main() or an argument parser that was copied from a script.",
    remedy="Raise an error instead.",
    needs=("W01",),
)
async def no_exit(lab: Lab) -> Measured:
    await lab.baseline()
    return Measured.none((await lab.stage()).probe.exits, "calls")


@promise(
    "E04",
    asserts="The port does not fork: a process with threads and a GPU must not fork.",
    felt="The server hangs now and then for no visible reason.",
    cause="multiprocessing with the fork start method, or a DataLoader with workers.",
    remedy='multiprocessing.get_context("spawn") in load(), or no workers at all.',
)
async def no_fork(lab: Lab) -> Measured:
    await lab.baseline()
    return Measured.none([str(event) for event in AUDIT.of("fork")], "forks")


@promise(
    "E05",
    asserts=f"A step prints at most {PRINTED_BYTES} bytes.",
    felt="The log fills the disk, and printing slows the model.",
    cause="A print() in the loop, or the progress bar of a sampler.",
    remedy="Use ctx.logger.debug(), and pass disable=True to tqdm.",
)
async def quiet(lab: Lab) -> Measured:
    steps = 8
    with _printed() as size:
        async with lab.playing() as player:
            before = size()
            await player.step(steps)
            per_step = (size() - before) / steps
    return Measured(per_step <= PRINTED_BYTES, f"{per_step:.0f} bytes per step", f"{PRINTED_BYTES}")


@promise(
    "E06",
    asserts="The port does not replace the signal handlers of the process.",
    felt="Ctrl-C does nothing.",
    cause="A library that installs its own handler when it is imported or started.",
    remedy="Turn that off, or restore the handlers after the import.",
)
async def signals_untouched(lab: Lab) -> Measured:
    await lab.baseline()
    changed = [
        signal.Signals(number).name
        for number in SIGNALS
        if not _is_asyncios(now := signal.getsignal(number)) and now != AT_START[number]
    ]
    return Measured.none(changed, "replaced")


async def _fails_well(lab: Lab, fault: BaseException, text: str) -> Measured:
    """Raise ``fault`` in a step; its text must reach the player."""
    stage = await lab.stage()
    limit = "failed with its error, the next session works"
    async with stage.playing() as player:
        await player.step(2)
        stage.probe.fault = fault
        try:
            await player.step(3)
        finally:
            stage.probe.fault = None
    if player.state is not SessionState.FAILED:
        return Measured(False, "the session goes on as if nothing had happened", limit)
    messages = [notice.error.message for notice in player.errors]
    if not any(text in message for message in messages):
        return Measured(False, "failed without its error", limit, "; ".join(messages))
    after = await lab.play(Script(steps=6))
    works = not after.state.over
    if works and lab.is_comparable:
        works = first_difference((await lab.neutral(6)).frames, after.frames) is None
    measured = limit if works else "failed with its error, the next session differs"
    return Measured(works, measured, limit)


def _is_asyncios(handler: object) -> bool:
    """Return whether asyncio.run() installed the handler."""
    function = getattr(handler, "func", None)
    return getattr(function, "__qualname__", "") == "Runner._on_sigint"


@contextmanager
def _printed() -> Iterator[Callable[[], int]]:
    """Redirect stdout and stderr of the process to a file; yield a function that measures it."""
    saved = os.dup(1), os.dup(2)
    with tempfile.TemporaryFile() as file:
        _redirect(file.fileno(), file.fileno())

        def size() -> int:
            sys.stdout.flush()
            return os.fstat(file.fileno()).st_size

        try:
            yield size
        finally:
            _redirect(*saved)
            for descriptor in saved:
                os.close(descriptor)


def _redirect(stdout: int, stderr: int) -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
