"""W: loading, the first frame, and what the port does to the machine afterwards."""

from __future__ import annotations

import statistics
from itertools import pairwise

from lucid.conformance.audit import AUDIT, Deed
from lucid.conformance.lab import Lab
from lucid.conformance.missing import install_hint
from lucid.conformance.promise import Measured, promise

PLAYED = ("create_session", "run", "publish", "input:", "close", "idle", "unload")


@promise(
    "W01",
    "load",
    asserts="The model loads.",
    felt="Nobody can play.",
    cause="A missing file, package or device; or load() never returns.",
    remedy="Run `lucid doctor PORT`, then `lucid serve PORT` and read its log.",
    needs=("C04",),
)
async def load(lab: Lab) -> Measured:
    stage = await lab.stage()
    trace = stage.probe.load
    limit = f"loaded within {lab.target.limits.load_s:g} s"
    if trace.error is None:
        return Measured(True, f"{trace.seconds:.1f} s", limit)
    told = f"{type(trace.error).__name__}: {trace.error}"
    if isinstance(trace.error, ModuleNotFoundError):
        told = install_hint(lab.target.root, trace.error.name or "a package")
    return Measured(False, "it raised", limit, told)


@promise(
    "W02",
    "load-progress-monotone",
    asserts="Within a stage of the load, progress stays in 0..1 and never goes back.",
    felt="The bar of the loading screen jumps back.",
    cause="Fractions of two things reported under one stage name.",
    remedy="Give each thing a stage name of its own.",
    needs=("W01",),
)
async def load_progress(lab: Lab) -> Measured:
    told = [(stage, f) for _, stage, f in lab.load_trace.progress if f is not None]
    back = [
        f"{a[0]}: {a[1]:g} then {b[1]:g}" for a, b in pairwise(told) if a[0] == b[0] and b[1] < a[1]
    ]
    outside = [f"{stage}: {f:g}" for stage, f in told if not 0 <= f <= 1]
    wrong = back + outside
    return Measured(
        not wrong, f"{len(wrong)} of {len(told)} reports wrong", "0", "; ".join(wrong[:3])
    )


@promise(
    "W03",
    "load-not-silent",
    asserts="A load that takes long says what it does, again and again.",
    felt="Is it dead? The visitor leaves during the load.",
    cause="No ctx.progress() before a download or a compilation, or inside a long loop.",
    remedy="Call ctx.progress(stage, fraction) before each part of load(), and inside long ones.",
    needs=("W01",),
)
async def load_not_silent(lab: Lab) -> Measured:
    trace = lab.load_trace
    stamps = [0.0, *(at for at, _, _ in trace.progress), trace.seconds]
    gaps = [b - a for a, b in pairwise(stamps)]
    longest = gaps.index(max(gaps))
    last = trace.progress[longest - 1][1] if longest else "the start"
    limit_s = lab.target.limits.silence_s * lab.target.limits.slack
    return Measured(
        max(gaps) <= limit_s, f"{max(gaps):.1f} s", f"{limit_s:g} s", f"silent after {last!r}"
    )


@promise(
    "W04",
    "first-frame-warm",
    asserts="The first frame of a session takes hardly longer than the others.",
    felt="The first press freezes the picture.",
    cause="Compilation, autotuning or a lazy import happens in the first step.",
    remedy="Make one step with the real shapes at the end of load().",
    needs=("R00",),
)
async def first_frame_warm(lab: Lab) -> Measured:
    steps = (await lab.baseline()).trace.steps_s
    usual = statistics.median(steps[1:])
    limit = 5 * usual + 0.4 * lab.target.limits.slack
    return Measured(steps[0] <= limit, f"{steps[0]:.3f} s", f"{limit:.3f} s")


@promise(
    "W05",
    "offline",
    asserts="Once loaded, the port talks to nobody.",
    felt="It stops where there is no network, and tells others what is played.",
    cause="A download, a telemetry call or a remote encoder in a step or a handler.",
    remedy="Fetch everything in load().",
    needs=("R00",),
)
async def offline(lab: Lab) -> Measured:
    await lab.baseline()
    deeds = AUDIT.of("network", *PLAYED)
    return Measured(not deeds, f"{len(deeds)} calls", "0", _told(deeds))


@promise(
    "W06",
    "no-stray-writes",
    asserts="Once loaded, the port writes to caches and temporary files only.",
    felt="The disk fills up with frames and logs.",
    cause="A debug dump left in the loop, or a log file in the current folder.",
    remedy="Write to tempfile.mkdtemp(), or not at all.",
    needs=("R00",),
)
async def no_stray_writes(lab: Lab) -> Measured:
    await lab.baseline()
    deeds = AUDIT.of("write", *PLAYED)
    return Measured(not deeds, f"{len(deeds)} writes", "0", _told(deeds))


@promise(
    "W07",
    "unload",
    asserts="unload() returns without an error.",
    felt="Ctrl-C leaves the GPU's memory taken.",
    cause="unload() frees what was never made, or twice.",
    remedy="Let unload() work after any load(), whole or half.",
    needs=("R00",),
)
async def unload(lab: Lab) -> Measured:
    probe, _ = await lab.first_load()
    error = probe.unload_error
    told = "" if error is None else f"{type(error).__name__}: {error}"
    return Measured(probe.unloaded, "returned" if probe.unloaded else "raised", "returned", told)


def _told(deeds: list[Deed]) -> str:
    return "; ".join(f"{deed.what} at {deed.where}" for deed in deeds[:3])
