"""E: when something goes wrong, and what a port must never do to its process."""

from __future__ import annotations

import os
import signal
import sys
import threading

from lucid.conformance.audit import AUDIT
from lucid.conformance.lab import Lab, first_difference
from lucid.conformance.promise import Measured, promise
from lucid.conformance.script import Script
from lucid.runtime.states import SessionState

WORDS_A_STEP = 400
"""Bytes that a port may print a step."""
SIGNALS = tuple(s for s in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", None),
                            getattr(signal, "SIGCHLD", None)) if s is not None)  # fmt: skip
AT_START = {number: signal.getsignal(number) for number in SIGNALS}
"""The handlers before the port was imported: this module is, first."""


class InjectedError(Exception):
    """Raised by the harness in place of a step."""


@promise(
    "E01",
    "step-error-ends-session",
    asserts="An exception in a step ends the session with its reason, and the next one works.",
    felt="A black screen, and no word why.",
    cause="`except Exception: continue` around the step.",
    remedy="Let it pass: Lucid tells the player and logs the traceback.",
    needs=("R00", "L07"),
)
async def step_error_ends_session(lab: Lab) -> Measured:
    return await _fails_well(lab, InjectedError("conformance: a step broke"), "a step broke")


@promise(
    "E02",
    "out-of-memory",
    asserts="Out of memory ends the session with its reason, and the next one works.",
    felt="The server is gone, for everybody.",
    cause="A retry without end, or a bare except around the step.",
    remedy="Let it pass; free what the session holds in close().",
    needs=("R00", "E01"),
)
async def out_of_memory(lab: Lab) -> Measured:
    told = "CUDA out of memory. Tried to allocate 2.00 GiB"
    torch = sys.modules.get("torch")
    kind: type[BaseException] = RuntimeError
    if torch is not None:
        kind = torch.cuda.OutOfMemoryError  # a RuntimeError too
    return await _fails_well(lab, kind(told), "out of memory")


@promise(
    "E03",
    "no-exit",
    asserts="The port never ends the process: no sys.exit().",
    felt="The server is gone, for everybody.",
    cause="A script's main() or argument parser that was taken over.",
    remedy="Raise an error instead.",
    needs=("W01",),
)
async def no_exit(lab: Lab) -> Measured:
    await lab.baseline()
    exits = (await lab.stage()).probe.exits
    return Measured(not exits, f"{len(exits)} calls", "0", "; ".join(exits[:3]))


@promise(
    "E04",
    "no-fork",
    asserts="The port does not fork: a process with threads and a GPU must not.",
    felt="The server hangs for no reason, some days.",
    cause="multiprocessing with the fork start method, or a DataLoader with workers.",
    remedy='multiprocessing.get_context("spawn") in load(), or no workers at all.',
    needs=("R00",),
)
async def no_fork(lab: Lab) -> Measured:
    await lab.baseline()
    deeds = AUDIT.of("fork")
    told = "; ".join(f"{deed.what} at {deed.where}" for deed in deeds[:3])
    return Measured(not deeds, f"{len(deeds)} forks", "0", told)


@promise(
    "E05",
    "quiet",
    asserts=f"A step prints at most {WORDS_A_STEP} bytes.",
    felt="The log fills the disk, and printing slows the model.",
    cause="A print() or a progress bar of the sampler in the loop.",
    remedy="Use ctx.logger.debug(), and disable=True for tqdm.",
    needs=("R00",),
)
async def quiet(lab: Lab) -> Measured:
    steps = 8
    with Printed() as printed:
        async with lab.playing() as player:
            printed.reset()
            await player.step(steps)
            counted = printed.count()
    a_step = counted / steps
    return Measured(a_step <= WORDS_A_STEP, f"{a_step:.0f} bytes a step", f"{WORDS_A_STEP}")


@promise(
    "E06",
    "signals-untouched",
    asserts="The port leaves the signal handlers of the process alone.",
    felt="Ctrl-C does nothing.",
    cause="A library that installs its own handler when it is imported or started.",
    remedy="Turn that off, or set the handlers back after its import.",
    needs=("R00",),
)
async def signals_untouched(lab: Lab) -> Measured:
    await lab.baseline()
    changed = [
        signal.Signals(number).name
        for number in SIGNALS
        if not _is_ours(now := signal.getsignal(number)) and now != AT_START[number]
    ]
    return Measured(not changed, f"{len(changed)} replaced", "0", ", ".join(changed))


async def _fails_well(lab: Lab, fault: BaseException, words: str) -> Measured:
    stage = await lab.stage()
    limit = "failed, with the reason; the next session as ever"
    async with stage.playing() as player:
        await player.step(2)
        stage.probe.fault = fault
        try:
            await player.step(3)
        finally:
            stage.probe.fault = None
    if player.state is not SessionState.FAILED:
        return Measured(False, "the session goes on as if nothing had happened", limit)
    told = [notice.error.message for notice in player.errors]
    if not any(words in message for message in told):
        return Measured(False, "failed, without the reason", limit, "; ".join(told))
    after = await lab.play(Script(steps=6))
    works = not after.state.over
    if works and lab.facts.get("comparable"):
        works = first_difference(await lab.neutral(6), after) is None
    return Measured(
        works,
        "failed, with the reason; the next session " + ("as ever" if works else "is another"),
        limit,
    )


def _is_ours(handler: object) -> bool:
    """Whether asyncio.run() installed it."""
    function = getattr(handler, "func", None)
    return getattr(function, "__qualname__", "") == "Runner._on_sigint"


class Printed:
    """Counts the bytes that go to the process's stdout and stderr, and lets them go."""

    def __enter__(self) -> Printed:
        """Put a pipe in their place."""
        self._count = 0
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        self._kept = os.dup(1), os.dup(2)
        reader, writer = os.pipe()
        os.dup2(writer, 1)
        os.dup2(writer, 2)
        os.close(writer)
        self._drain = threading.Thread(target=self._read, args=(reader,), daemon=True)
        self._drain.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Put them back."""
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        for kept, fd in zip(self._kept, (1, 2), strict=True):
            os.dup2(kept, fd)
            os.close(kept)
        self._drain.join(5)

    def reset(self) -> None:
        """Count from here."""
        self._count = 0

    def count(self) -> int:
        """Bytes since the last reset, but for what is still in a buffer."""
        sys.stdout.flush()
        return self._count

    def _read(self, reader: int) -> None:
        while data := os.read(reader, 65536):
            self._count += len(data)
        os.close(reader)
