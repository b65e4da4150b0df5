"""W: loading, the first frame, and what a loaded port does to the machine."""

import statistics
from itertools import pairwise

from lucid.conformance.audit import AUDIT
from lucid.conformance.lab import Lab
from lucid.conformance.promise import Measured, promise
from lucid.environment.find import install_hint

PLAYED = ("create_session", "run", "publish", "input:", "close", "idle", "unload")


@promise(
    "W01",
    asserts="The model loads.",
    felt="Nobody can play.",
    cause="A file, a package or a device is missing, or load() never returns.",
    remedy="Run `lucid doctor PORT`, then `lucid serve PORT` and read its log.",
    needs=("C04",),
)
async def load(lab: Lab) -> Measured:
    stage = await lab.stage()
    trace = stage.probe.load
    limit = f"loaded within {lab.target.limits.load_s:g} s"
    if trace.error is None:
        return Measured(True, f"{trace.seconds:.1f} s", limit)
    detail = f"{type(trace.error).__name__}: {trace.error}"
    if isinstance(trace.error, ModuleNotFoundError):
        detail = install_hint(lab.target.root, trace.error.name or "a package")
    return Measured(False, "it raised", limit, detail)


@promise(
    "W02",
    asserts="Within a stage of the load, progress stays in 0..1 and never goes backwards.",
    felt="The progress bar of the loading screen jumps backwards.",
    cause="Fractions of two things reported under one stage name.",
    remedy="Report each of them under its own stage name.",
    needs=("W01",),
)
async def load_progress_monotone(lab: Lab) -> Measured:
    reports = [(stage, f) for _, stage, f in lab.load_trace.progress if f is not None]
    wrong = [
        f"{a[0]}: {a[1]:g} then {b[1]:g}"
        for a, b in pairwise(reports)
        if a[0] == b[0] and b[1] < a[1]
    ]
    wrong += [f"{stage}: {f:g}" for stage, f in reports if not 0 <= f <= 1]
    return Measured.none(wrong, f"of {len(reports)} reports wrong")


@promise(
    "W03",
    asserts="A long load reports its progress at least every few seconds.",
    felt="The loading screen seems to hang, and the visitor leaves.",
    cause="No ctx.progress() before a download or a compilation, or inside a long loop.",
    remedy="Call ctx.progress(stage, fraction) before each part of load(), and inside long parts.",
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
    asserts="The first frame of a session takes little longer than the others.",
    felt="The first key press freezes the picture.",
    cause="Compilation, autotuning or a lazy import in the first step.",
    remedy="Make one step with the real shapes at the end of load().",
)
async def first_frame_warm(lab: Lab) -> Measured:
    steps = (await lab.baseline()).trace.steps_s
    usual = statistics.median(steps[1:])
    limit = 5 * usual + 0.4 * lab.target.limits.slack
    return Measured(steps[0] <= limit, f"{steps[0]:.3f} s", f"{limit:.3f} s")


@promise(
    "W05",
    asserts="Once loaded, the port opens no network connection.",
    felt="Play stops without a network, and third parties learn what is played.",
    cause="A download, telemetry or a remote encoder in a step or an input handler.",
    remedy="Fetch everything in load().",
)
async def offline(lab: Lab) -> Measured:
    await lab.baseline()
    return Measured.none([str(event) for event in AUDIT.of("network", *PLAYED)], "calls")


@promise(
    "W06",
    asserts="Once loaded, the port writes only to caches and temporary files.",
    felt="The disk fills up with frames and logs.",
    cause="A debug dump in the loop, or a log file in the current folder.",
    remedy="Write to tempfile.mkdtemp(), or do not write.",
)
async def no_stray_writes(lab: Lab) -> Measured:
    await lab.baseline()
    return Measured.none([str(event) for event in AUDIT.of("write", *PLAYED)], "writes")


@promise(
    "W07",
    asserts="unload() returns without an error.",
    felt="After Ctrl-C, the GPU's memory stays in use.",
    cause="unload() frees an object that was never created, or frees it twice.",
    remedy="Make unload() work after a load() that finished or failed.",
)
async def unload(lab: Lab) -> Measured:
    probe, _ = await lab.first_load()
    error = probe.unload_error
    detail = "" if error is None else f"{type(error).__name__}: {error}"
    return Measured(probe.unloaded, "returned" if probe.unloaded else "raised", "returned", detail)
