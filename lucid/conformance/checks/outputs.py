"""O, A: what the port publishes."""

from __future__ import annotations

import math
from itertools import pairwise

from lucid.conformance.lab import Lab, Rollout
from lucid.conformance.promise import Measured, NotApplicable, promise
from lucid.conformance.samples import Sample

FLAT = 8
"""A picture whose bytes are all so near to each other shows nothing."""
BUSY = 1.5
DRIFT_S = 0.04
SOUND_RATE = 0.05


@promise(
    "O01",
    "fits-declaration",
    asserts="Every sample has the shape, dtype and form that its output declares.",
    felt="The session ends with an error in the middle of play.",
    cause="Height and width swapped, channels first, a float where uint8 is declared.",
    remedy="Declare what the model gives: size, layout and pixel_range of publish.video().",
    needs=("W01",),
)
async def fits_declaration(lab: Lab) -> Measured:
    told = _errors(await lab.baseline(), "output.shape", "output.type")
    return Measured(not told, f"{len(told)} refused", "0", "; ".join(told))


@promise(
    "O02",
    "declared-only",
    asserts="Only declared outputs are published to.",
    felt="The session ends with an error in the middle of play.",
    cause="A typo in the name given to ctx.publish().",
    remedy="Use the name in `outputs`; `lucid check` finds most of these.",
    needs=("W01",),
)
async def declared_only(lab: Lab) -> Measured:
    told = _errors(await lab.baseline(), "output.unknown")
    return Measured(not told, f"{len(told)} unknown", "0", "; ".join(told))


@promise(
    "O03",
    "declared-appear",
    asserts="Every declared output is published to.",
    felt="A track stays black or silent, a panel stays empty.",
    cause="An output that was declared for later.",
    remedy="Publish to it, or take it out of `outputs`.",
    needs=("R00",),
)
async def declared_appear(lab: Lab) -> Measured:
    seen = {sample.output for sample in (await lab.baseline()).trace.samples}
    missing = [output.name for output in lab.manifest.outputs if output.name not in seen]
    return Measured(not missing, f"{len(missing)} silent", "0", ", ".join(missing))


@promise(
    "O04",
    "not-flat",
    asserts="Frames show something: not one colour.",
    felt="A black screen.",
    cause="Values in 0..1 cast to uint8, or a decoder that returned zeros.",
    remedy='Declare pixel_range="[0,1]" and publish the floats as they are.',
    needs=("R00", "O06"),
)
async def not_flat(lab: Lab) -> Measured:
    lab.video()
    spread = max(frame.spread for frame in (await lab.baseline()).frames)
    return Measured(spread > FLAT, f"spread {spread}", f"over {FLAT} of 255")


@promise(
    "O05",
    "not-frozen",
    asserts="Frames change while the inputs are used.",
    felt="A still picture.",
    cause="The same buffer or seed frame is published again and again.",
    remedy="Publish what the step returned.",
    needs=("R00",),
)
async def not_frozen(lab: Lab) -> Measured:
    lab.video()
    frames = (await lab.baseline()).frames
    kinds = len({frame.digest for frame in frames})
    return Measured(kinds > 1, f"{kinds} of {len(frames)} differ", "over 1")


@promise(
    "O06",
    "range",
    asserts="Float pixels are finite and in the declared range.",
    felt="White or black patches, or a picture in wrong colours.",
    cause='pixel_range="[0,1]" for values in -1..1 or 0..255, or NaN from half precision.',
    remedy="Declare the range that the decoder returns.",
    needs=("R00",),
)
async def pixel_range(lab: Lab) -> Measured:
    lows = {o.name: 0.0 if o.pixel_range == "[0,1]" else -1.0 for o in lab.outputs("video")
            if o.pixel_range != "uint8"}  # fmt: skip
    if not lows:
        raise NotApplicable("every video output is declared as uint8")
    wrong = [
        sample
        for sample in (await lab.baseline()).trace.samples
        if sample.output in lows and not _inside(sample, lows[sample.output] - 0.25, 1.25)
    ]
    return Measured(not wrong, f"{len(wrong)} outside", "0, with a quarter to spare", _said(wrong))


@promise(
    "O07",
    "chunk-stable",
    asserts="Every step after the first publishes equally many frames.",
    felt="The world speeds up and slows down.",
    cause="A decoder with a warm-up, or a buffer that is emptied at odd times.",
    remedy="Publish the chunk that one step makes, each step.",
    needs=("R00",),
)
async def chunk_stable(lab: Lab) -> Measured:
    name = lab.video().name
    counts = [s.count for s in (await lab.baseline()).trace.samples if s.output == name][1:]
    kinds = sorted(set(counts))
    return Measured(len(kinds) <= 1, " and ".join(map(str, kinds)) + " frames", "one size")


@promise(
    "A01",
    "sound-keeps-time",
    asserts="As much sound is published as video, to within 40 ms.",
    felt="Lips out of step, or crackle where samples are missing.",
    cause="A number of samples that was rounded once a step, or the wrong sample_rate_hz.",
    remedy="Carry the fraction of a sample over to the next step.",
    needs=("R00",),
)
async def sound_keeps_time(lab: Lab) -> Measured:
    sounds = {output.name: output.sample_rate_hz for output in lab.outputs("audio")}
    name = lab.video().name
    samples = (await lab.baseline()).trace.samples
    frames = sum(s.count for s in samples if s.output == name)
    per_step_s = max(s.count for s in samples if s.output == name) * lab.frame_s()
    drifts = {
        sound: sum(s.count for s in samples if s.output == sound) / rate - frames * lab.frame_s()
        for sound, rate in sounds.items()
    }
    worst = max(drifts, key=lambda sound: abs(drifts[sound]))
    limit = DRIFT_S + per_step_s  # the last step may have published one and not yet the other
    return Measured(
        abs(drifts[worst]) <= limit,
        f"{drifts[worst] * 1000:+.0f} ms after {frames * lab.frame_s():.2f} s",
        f"{limit * 1000:.0f} ms",
        worst,
    )


@promise(
    "A02",
    "sound-range",
    asserts="Float sound is finite and in -1..1.",
    felt="Noise at full volume.",
    cause="int16 values as floats, or an unclipped vocoder.",
    remedy="Divide by 32768, or publish int16.",
    needs=("R00",),
)
async def sound_range(lab: Lab) -> Measured:
    names = {output.name for output in lab.outputs("audio")}
    samples = [s for s in (await lab.baseline()).trace.samples if s.output in names]
    # int16 is in range by its type; a float beyond twice full scale was never meant
    wrong = [s for s in samples if math.isnan(s.low) or (s.is_float and not _inside(s, -2, 2))]
    return Measured(not wrong, f"{len(wrong)} outside", "0", _said(wrong))


@promise(
    "A03",
    "data-in-order",
    asserts="The times given with json and bytes samples never go back.",
    felt="A map or a score jumps back and forth.",
    cause="ts_ms counted from a rollout's start, or in seconds.",
    remedy="Pass milliseconds since the session began, or leave ts_ms out.",
    needs=("R00",),
)
async def data_in_order(lab: Lab) -> Measured:
    names = [output.name for output in lab.manifest.outputs if output.kind in ("json", "bytes")]
    samples = [s for s in (await lab.baseline()).trace.samples if s.ts_ms is not None]
    if not any(s.output in names for s in samples):
        raise NotApplicable("no json or bytes sample has a time")
    back = [
        f"{name}: {a.ts_ms:g} then {b.ts_ms:g}"
        for name in names
        for a, b in pairwise(s for s in samples if s.output == name)
        if a.ts_ms is not None and b.ts_ms is not None and b.ts_ms < a.ts_ms
    ]
    return Measured(not back, f"{len(back)} steps back", "0", "; ".join(back[:3]))


@promise(
    "P01",
    "keeps-its-rate",
    asserts="The model is fast enough for the fps that it declares, most of the time.",
    felt="The world moves in slow motion.",
    cause="fps is the rate of the training data, not of this machine.",
    remedy="Declare the fps that `lucid bench PORT` measures, or fewer denoising steps.",
    needs=("R00",),
    full_only=True,
)
async def keeps_its_rate(lab: Lab) -> Measured:
    video = lab.video()
    if video.fps is None:
        raise NotApplicable("the port declares no fps")
    if (slack := lab.target.limits.slack) > BUSY:
        raise NotApplicable(f"this machine has {slack:.1f} times too much to do: try again alone")
    trace = (await lab.baseline()).trace
    sizes = [s.count for s in trace.samples if s.output == video.name]
    fastest_s = sorted(trace.steps_s[1:])[len(trace.steps_s) // 4]
    fps = sizes[-1] / max(fastest_s, 1e-6)
    return Measured(fps >= 0.8 * video.fps, f"{fps:.1f} fps", f"{0.8 * video.fps:.1f} fps")


@promise(
    "P02",
    "steady-steps",
    asserts="No step takes far longer than the others.",
    felt="The picture stops for a moment, again and again.",
    cause="A cache that is rebuilt, a file that is read, or garbage every few steps.",
    remedy="Spread the work over the steps, or do it in load().",
    needs=("R00",),
)
async def steady_steps(lab: Lab) -> Measured:
    steps = sorted((await lab.baseline()).trace.steps_s[1:])
    usual, slow = steps[len(steps) // 2], steps[-2] if len(steps) > 8 else steps[-1]
    limit = 5 * usual + 0.15 * lab.target.limits.slack
    return Measured(slow <= limit, f"{slow:.3f} s", f"{limit:.3f} s (usual: {usual:.3f} s)")


@promise(
    "P03",
    "chunk-short",
    asserts="A chunk lasts at most 1 s, or as declared: nothing that a player does shows sooner.",
    felt="Every key answers a second late.",
    cause="A model of long clips, played clip by clip.",
    remedy="Generate fewer frames a step; a model that cannot declares its chunk_s.",
    needs=("R00",),
    full_only=True,
)
async def chunk_short(lab: Lab) -> Measured:
    name = lab.video().name
    longest = max(s.count for s in (await lab.baseline()).trace.samples if s.output == name)
    seconds, limit_s = longest * lab.frame_s(), lab.target.capabilities.chunk_s
    return Measured(seconds <= limit_s, f"{seconds:.2f} s", f"{limit_s:g} s")


@promise(
    "P04",
    "inference-time-honest",
    asserts="What the port reports as inference time is milliseconds of its own step.",
    felt="Frames come too early or too late: pacing starts steps by this figure.",
    cause="Seconds instead of milliseconds, or the sum of all steps.",
    remedy="record_inference_ms(1000 * seconds_of_this_step), or leave it out.",
    needs=("R00",),
)
async def inference_time_honest(lab: Lab) -> Measured:
    trace = (await lab.baseline()).trace
    if not trace.reported_ms:
        raise NotApplicable("the port reports no inference time")
    reported = sorted(trace.reported_ms)[len(trace.reported_ms) // 2]
    took = sorted(trace.steps_s)[len(trace.steps_s) // 2] * 1000
    ok = took / 20 <= reported <= took * 3 + 50  # its own clock also counts a busy machine
    return Measured(ok, f"{reported:.3f} ms", f"about {took:.3f} ms")


def _errors(rollout: Rollout, *codes: str) -> list[str]:
    return [notice.error.message for notice in rollout.errors if notice.error.code in codes]


def _inside(sample: Sample, low: float, high: float) -> bool:
    return low <= sample.low and sample.high <= high  # NaN is not inside


def _said(samples: list[Sample]) -> str:
    return "; ".join(f"{s.output}: {s.low:g}..{s.high:g}" for s in samples[:3])
