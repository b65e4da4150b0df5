"""The process that runs the checks of a port. ``supervise.py`` starts it, and may kill it.

It receives a Job. It sends each check that begins, each phase of the port, a heartbeat every
second, and the results.
"""

import asyncio
import faulthandler
import logging
import os
import platform
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from lucid._target import PortLocation
from lucid.authoring.stub.engine import StubEngine
from lucid.conformance.busy import device
from lucid.conformance.checks import errors as _first  # noqa: F401 - records the signal handlers
from lucid.conformance.promise import Outcome
from lucid.conformance.run import Stuck, run_checks
from lucid.conformance.target import Target
from lucid.environment.find import install_hint
from lucid.errors import LucidError, TargetError
from lucid.runtime.channel import Channel
from lucid.runtime.loading import load_model_class, stub_config
from lucid.runtime.messages import ErrorInfo
from lucid.runtime.process_messages import ImportFailed

HEARTBEAT_S = 1.0
STUB_CHUNK = 2
"""Frames per step of a stub engine in the checks. A model's chunk may have 129 frames."""


@dataclass(frozen=True)
class Job:
    """The port to check, and the checks to run."""

    location: PortLocation
    target: Target
    ids: tuple[str, ...]
    done: Mapping[str, Outcome]
    """Outcomes of the checks that an earlier process has run."""


@dataclass(frozen=True)
class Phase:
    """The port enters a call, such as ``load``, ``run`` or ``input:NAME``."""

    name: str


@dataclass(frozen=True)
class Begin:
    """A check begins."""

    id: str


@dataclass(frozen=True)
class Heartbeat:
    """The process is alive."""


@dataclass(frozen=True)
class Done:
    """All checks have run, on this device and this version of Python."""

    device: str
    python_version: str


def main(channel: Channel) -> None:
    """Run the job, and exit at once because a thread of the port may still hang."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=lambda: os._exit(0))  # a fork must not use the channel
    logging.basicConfig(level=logging.CRITICAL)
    try:
        _run(channel.receive(), channel)
    except LucidError as error:
        channel.send(ImportFailed(ErrorInfo.of(error)))
    finally:
        with suppress(ValueError, OSError):
            sys.stdout.flush()
        os._exit(0)


def _run(job: Job, channel: Channel) -> None:
    channel.send(Phase("import"))
    try:
        model_cls = load_model_class(job.location)
    except TargetError as error:
        cause, module = error.__cause__, job.location.module
        if isinstance(cause, ModuleNotFoundError) and not module.startswith(f"{cause.name}"):
            hint = install_hint(job.location.root, cause.name or "")
            raise TargetError(f"{module} does not import: {hint}") from None
        raise
    config = stub_config(model_cls) if job.target.profile == "stub" else None
    StubEngine.longest_chunk = STUB_CHUNK
    channel.send(Phase("idle"))

    async def check() -> None:
        heartbeat = asyncio.create_task(_send_heartbeats(channel))
        results = run_checks(
            model_cls,
            job.target,
            config,
            ids=job.ids,
            done=job.done,
            announce=lambda phase: channel.send(Phase(phase)),
            begin=lambda id: channel.send(Begin(id)),
        )
        async for result in results:
            if isinstance(result, Stuck):
                faulthandler.dump_traceback()
            channel.send(result)
        heartbeat.cancel()
        channel.send(Done(device(), platform.python_version()))

    asyncio.new_event_loop().run_until_complete(check())  # asyncio.run() would handle SIGINT


async def _send_heartbeats(channel: Channel) -> None:
    while True:
        channel.send(Heartbeat())
        await asyncio.sleep(HEARTBEAT_S)
