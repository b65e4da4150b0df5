"""Measure a port in a process of its own, with the interpreter of its environment."""

import asyncio
import logging
import sys
from dataclasses import dataclass
from pathlib import Path

from lucid._target import PortLocation
from lucid.conformance.bench import Bench, bench
from lucid.environment.find import find_interpreter
from lucid.errors import LucidError, ModelProcessError
from lucid.runtime.channel import CHANNEL_ERRORS, Channel
from lucid.runtime.child import ChildProcess
from lucid.runtime.loading import load_model_class, stub_config
from lucid.runtime.messages import ErrorInfo


@dataclass(frozen=True)
class Job:
    """What to measure, and how."""

    location: PortLocation
    stub: bool
    seconds: float
    rng_seed: int
    script: Path | None


def measure(job: Job) -> Bench:
    """Load a port in another process and measure it.

    Raises:
        TargetError: the port does not import, has no stub engine or no video output, or the
            script is wrong.
        ModelLoadError: the model does not load.
        LucidError: the process or a session ends, or a call does not return.
    """
    python = find_interpreter(job.location.root)
    child = ChildProcess(__name__, _print, python=python)
    try:
        child.channel.send(job)
        answer = child.channel.receive()
    except CHANNEL_ERRORS:
        raise ModelProcessError(
            f"the process that measures the port ended with code {child.reap()}",
            hint="its last output is above; `lucid doctor` looks for its cause",
        ) from None
    finally:
        child.reap()
    if isinstance(answer, ErrorInfo):
        raise answer.as_error()
    assert isinstance(answer, Bench)
    return answer


def main(channel: Channel) -> None:
    """Receive a Job, and send its Bench or an ErrorInfo."""
    # The parent prints the error, which the log would repeat.
    logging.basicConfig(level=logging.CRITICAL)
    job: Job = channel.receive()
    try:
        channel.send(_measure(job))
    except LucidError as error:
        channel.send(ErrorInfo.of(error))


def _measure(job: Job) -> Bench:
    model_cls = load_model_class(job.location)
    return asyncio.run(
        bench(
            model_cls,
            job.location.root,
            stub_config(model_cls) if job.stub else None,
            port=job.location.entry,
            seconds=job.seconds,
            rng_seed=job.rng_seed,
            script_path=job.script,
        )
    )


def _print(data: bytes) -> None:
    sys.stderr.write(data.decode(errors="replace"))
    sys.stderr.flush()
