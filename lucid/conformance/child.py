"""The process that a checked port lives in; ``supervise.py`` starts it, and may kill it.

It reads a job from stdin and writes one JSON object a line to what was stdout: the check that
begins, the phase that the port enters, a sign of life every second, results. The port's own output
goes to stderr.
"""

from __future__ import annotations

import asyncio
import faulthandler
import json
import logging
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from lucid._target import PortLocation
from lucid.authoring.stub.engine import StubEngine
from lucid.conformance.busy import device
from lucid.conformance.checks import errors as _first  # noqa: F401 - notes the signal handlers
from lucid.conformance.missing import install_hint
from lucid.conformance.promise import Outcome
from lucid.conformance.run import Stuck, run_checks
from lucid.conformance.target import Capabilities, Limits, Target
from lucid.errors import LucidError, TargetError
from lucid.runtime.loading import load_model_class, stub_config

BEAT_S = 1.0
STUB_CHUNK = 2
"""Frames; the stub's chunks are as long as the model's, up to 129 frames, when it is played."""


class Line:
    """Writes objects for the supervisor, from any thread of this process and no other."""

    def __init__(self, out: TextIO) -> None:
        self._out, self._pid, self._lock = out, os.getpid(), threading.Lock()

    def say(self, **fields: Any) -> None:
        """One object."""
        if os.getpid() == self._pid:
            with self._lock:
                self._out.write(json.dumps(fields) + "\n")
                self._out.flush()


def main() -> None:
    """Do the job, and end at once: a thread of the port may still hang."""
    job = json.loads(sys.stdin.read())
    line = Line(os.fdopen(os.dup(1), "w", encoding="utf-8"))
    os.dup2(2, 1)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=lambda: os._exit(0))  # no second port speaks here
    faulthandler.enable()
    logging.basicConfig(level=logging.CRITICAL)
    try:
        _work(job, line)
    except LucidError as error:
        line.say(error={"kind": type(error).__name__, "message": error.message, "hint": error.hint})
    finally:
        with suppress(ValueError, OSError):
            sys.stdout.flush()
        os._exit(0)


def _work(job: dict[str, Any], line: Line) -> None:
    root = Path(job["root"])
    line.say(phase="import")
    location = PortLocation(root, job["module"], job["class_name"])
    try:
        model_cls = load_model_class(location)
    except TargetError as error:
        cause = error.__cause__
        if isinstance(cause, ModuleNotFoundError) and not location.module.startswith(
            f"{cause.name}"
        ):
            raise TargetError(
                f"{location.module} does not import: {install_hint(root, cause.name or '')}"
            ) from None
        raise
    target = Target(
        root=root,
        capabilities=Capabilities.model_validate(job["capabilities"]),
        limits=Limits(**job["limits"]),
        profile=job["profile"],
        hazards=frozenset(job["hazards"]),
    )
    config = stub_config(model_cls) if job["profile"] == "stub" else None
    StubEngine.longest_chunk = STUB_CHUNK
    line.say(phase="idle")

    async def check() -> None:
        beat = asyncio.create_task(_beat(line))
        results = run_checks(
            model_cls,
            target,
            config,
            ids=job["ids"],
            done={id: Outcome(outcome) for id, outcome in job["done"].items()},
            announce=lambda phase: line.say(phase=phase),
            begin=lambda id: line.say(begin=id),
        )
        async for result in results:
            if isinstance(result, Stuck):
                line.say(stuck={"id": result.id, "phase": result.phase, "told": result.told})
            else:
                line.say(result=result.as_json())
        beat.cancel()
        line.say(done=True, device=device())

    asyncio.new_event_loop().run_until_complete(check())  # asyncio.run() would take SIGINT


async def _beat(line: Line) -> None:
    while True:
        line.say(alive=True)
        await asyncio.sleep(BEAT_S)


if __name__ == "__main__":
    main()
