"""Measure how fast a port is: first without pacing, then played in real time."""

import asyncio
import json
import logging
import random
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

from lucid._target import PortLocation
from lucid.authoring.definition import build_model_definition
from lucid.authoring.manifest import Manifest
from lucid.authoring.model import LucidModel
from lucid.authoring.parameters import rng_seed_input
from lucid.conformance.busy import device
from lucid.conformance.probe import Probe
from lucid.conformance.promise import Hung
from lucid.conformance.script import Script, Send, driven, is_held, press, release, variants
from lucid.conformance.stage import Stage
from lucid.conformance.target import Limits, Target
from lucid.environment.find import find_interpreter
from lucid.errors import LucidError, ModelProcessError, TargetError, reason
from lucid.runtime.channel import CHANNEL_ERRORS, Channel
from lucid.runtime.child import ChildProcess, how_it_ended, print_output
from lucid.runtime.global_rngs import seed_global_rngs
from lucid.runtime.loading import load_error, load_model_class, stub_config
from lucid.runtime.memory import MemoryTransport, hosting
from lucid.runtime.messages import ErrorInfo

WARM_STEPS = 3
"""The first steps, which the figures leave out."""


@dataclass(frozen=True)
class Job:
    """What to measure, and how."""

    location: PortLocation
    stub: bool
    seconds: float
    rng_seed: int
    script: Path | None
    """A file of inputs to send in a loop. Without it, every bound input is used in turn."""


@dataclass(frozen=True)
class Spread:
    """The median and the 95th percentile of some times, in milliseconds."""

    p50: float
    p95: float
    count: int


@dataclass(frozen=True)
class Bench:
    """The figures of a port, and how they were measured."""

    port: str
    stub: bool
    rng_seed: int
    script: str
    device: str
    lucid_version: str
    frames_per_step: int
    declared_fps: float | None
    fps: float
    """Frames per second that the model makes without pacing."""
    step_ms: Spread
    action_latency_ms: Spread | None
    """From an input to the first frame conditioned on it, in real time. None without inputs."""
    load_s: float
    memory_bytes: int | None
    """The peak memory of the process, or None if the system does not report it."""
    vram_bytes: int | None
    """The peak GPU memory of torch, or None without a GPU."""
    steps_ms: tuple[float, ...]
    latencies_ms: tuple[float, ...]

    def as_json(self) -> str:
        """Return the fields as JSON."""
        return json.dumps(asdict(self), indent=2)


def read_script(path: Path, manifest: Manifest) -> Script:
    """Read a script of inputs: a JSON list of ``{"step", "input", "args"}``.

    Raises:
        TargetError: the file cannot be read, or names an input that is not declared.
    """
    known = {spec.name for spec in manifest.inputs}
    hint = 'write [{"step": 3, "input": "forward", "args": {"pressed": true}}, ...]'
    at: dict[int, tuple[Send, ...]] = {}
    try:
        for entry in json.loads(path.read_text("utf-8")):
            step, name, args = int(entry["step"]), entry["input"], dict(entry.get("args", {}))
            at[step] = (*at.get(step, ()), Send(name, args))
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise TargetError(f"{path} is not a script of inputs: {reason(error)}", hint=hint) from None
    for send in (send for sends in at.values() for send in sends):
        if send.name not in known:
            raise TargetError(
                f"{path}: no input is named {send.name!r}",
                hint=f"declared: {', '.join(sorted(known)) or 'none'}",
            )
    return Script(at, max(at, default=0) + 1)


def measure(job: Job) -> Bench:
    """Load a port in another process and measure it.

    Raises:
        TargetError: the port does not import, has no stub engine or no video output, or the
            script is wrong.
        ModelLoadError: the model does not load.
        LucidError: the process or a session ends, or a call does not return.
    """
    child = ChildProcess(__name__, print_output, python=find_interpreter(job.location.root))
    try:
        child.channel.send(job)
        answer = child.channel.receive()
    except CHANNEL_ERRORS:
        raise ModelProcessError(
            f"the process that measures the port {how_it_ended(child.reap())}",
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
        channel.send(asyncio.run(_bench(job)))
    except LucidError as error:
        channel.send(ErrorInfo.of(error))


async def _bench(job: Job) -> Bench:
    """Load the port and measure it for about ``job.seconds``."""
    model_cls = load_model_class(job.location)
    config = stub_config(model_cls) if job.stub else None
    manifest = build_model_definition(model_cls).manifest
    video = next(iter(manifest.videos), None)
    if video is None:
        raise TargetError(f"{job.location.entry} has no video output to measure")
    script = read_script(job.script, manifest) if job.script else driven(manifest, frozenset())
    limits = Limits(load_s=3600.0, step_s=120.0)
    target = Target(job.location.root, limits=limits, profile="full")
    seconds = job.seconds / 2
    try:
        load_s, steps_s, count = await _measure_steps(
            model_cls, target, config, script, seconds, job.rng_seed
        )
        latencies_s = await _measure_latencies(model_cls, config, manifest, seconds, job.rng_seed)
    except Hung as hung:
        raise LucidError(str(hung), hint="run `lucid check PORT --conformance`") from None
    return Bench(
        port=job.location.entry,
        stub=job.stub,
        rng_seed=job.rng_seed,
        script=job.script.name if job.script else "every bound input in turn",
        device=device(),
        lucid_version=version("lucid-runtime"),
        frames_per_step=count,
        declared_fps=video.fps,
        fps=round(count * len(steps_s) / max(sum(steps_s), 1e-9), 2),
        step_ms=_spread(steps_s),
        action_latency_ms=_spread(latencies_s) if latencies_s else None,
        load_s=round(load_s, 2),
        memory_bytes=_peak_bytes(),
        vram_bytes=_vram_bytes(),
        steps_ms=tuple(round(step * 1000, 3) for step in steps_s),
        latencies_ms=tuple(round(latency * 1000, 3) for latency in latencies_s),
    )


async def _measure_steps(
    model_cls: type[LucidModel[Any]],
    target: Target,
    config: BaseModel | None,
    script: Script,
    seconds: float,
    rng_seed: int,
) -> tuple[float, list[float], int]:
    """Play without pacing. Return the load's seconds, each step's seconds, frames per step."""
    stage = Stage(Probe(model_cls, target), target, config)
    stage.probe.before_session = lambda: seed_global_rngs(rng_seed)
    await stage.load()
    if (error := stage.probe.load.error) is not None:
        await stage.close()
        raise load_error(model_cls, error)
    async with stage.playing() as player:
        player.send(*_seed_sends(stage.probe.definition.manifest, rng_seed))
        end_s, step = time.monotonic() + seconds, 0
        while (time.monotonic() < end_s or step < 2 * WARM_STEPS) and not player.state.over:
            player.send(*script.at.get(step % script.steps, ()))
            await player.step()
            step += 1
        if player.state.over:
            reason = "; ".join(notice.error.message for notice in player.errors)
            raise LucidError(f"the session ended after {step} steps: {reason or 'run() returned'}")
        trace = player.trace
        counts = [sample.count for sample in trace.samples if sample.output == stage.paced]
    await stage.close()
    return stage.probe.load.seconds, trace.steps_s[WARM_STEPS:], counts[-1]


async def _measure_latencies(
    model_cls: type[LucidModel[Any]],
    config: BaseModel | None,
    manifest: Manifest,
    seconds: float,
    rng_seed: int,
) -> list[float]:
    """Play in real time. Return the seconds from each input to the first frame that shows it."""
    inputs = [spec for spec in manifest.inputs if is_held(spec)] or [
        spec for spec in manifest.inputs if spec.binding is not None
    ]
    if not inputs:
        return []
    generator = random.Random(rng_seed)
    latencies_s: list[float] = []
    async with hosting(model_cls, config) as host:
        player = MemoryTransport(host)
        await player.start(3600)
        await player.next_frames(2 * WARM_STEPS, 120)
        end_s, turn = time.monotonic() + seconds, 0
        while time.monotonic() < end_s or len(latencies_s) < 3:
            spec = inputs[turn // 2 % len(inputs)]
            send = release(spec) if turn % 2 and is_held(spec) else press(spec)
            turn += 1
            start_s = time.monotonic()
            seq = player.send(send.name, **send.args)
            await player.frame_after(seq, 120)
            latencies_s.append(time.monotonic() - start_s)
            player.frames.clear()
            await asyncio.sleep(generator.uniform(0.0, 0.1))  # send at any moment of a step
        await player.leave(120)
    return latencies_s


def _seed_sends(manifest: Manifest, rng_seed: int) -> list[Send]:
    """Return the input that sets the rng seed, if the port has one."""
    seed_input = rng_seed_input(manifest)
    if seed_input is None:
        return []
    spec, name = seed_input
    return [Send(spec.name, {**next(variants(spec)).args, name: rng_seed})]


def _spread(seconds: Sequence[float]) -> Spread:
    p50, p95 = (round(float(np.percentile(seconds, q)) * 1000, 2) for q in (50, 95))
    return Spread(p50, p95, len(seconds))


def _peak_bytes() -> int | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _vram_bytes() -> int | None:
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return None
    return int(torch.cuda.max_memory_allocated())


def summary(bench: Bench) -> Mapping[str, str]:
    """Return the figures as text, for a table."""
    latency = bench.action_latency_ms
    return {
        "frames per second": f"{bench.fps:.1f}"
        + (f" ({bench.declared_fps:g} declared)" if bench.declared_fps else ""),
        "step": f"p50 {bench.step_ms.p50:.1f} ms, p95 {bench.step_ms.p95:.1f} ms, "
        f"{bench.frames_per_step} frames per step, {bench.step_ms.count} steps",
        "action latency": f"p50 {latency.p50:.0f} ms, p95 {latency.p95:.0f} ms, "
        f"{latency.count} inputs"
        if latency
        else "no input with a binding",
        "load": f"{bench.load_s:.1f} s",
        "memory": f"{bench.memory_bytes / 1e6:.0f} MB" if bench.memory_bytes else "unknown",
        "VRAM": "none" if bench.vram_bytes is None else f"{bench.vram_bytes / 1e9:.2f} GB",
        "measured on": f"{bench.device}, rng seed {bench.rng_seed}, {bench.script}",
    }
