"""O, A, P: what the port publishes, and its pacing."""

import math
import sys
from collections.abc import Iterator
from itertools import chain, pairwise
from typing import Any

from lucid.conditioning.context import Context
from lucid.conformance.lab import Lab, Rollout
from lucid.conformance.promise import Measured, NotApplicable, promise
from lucid.conformance.samples import Sample

FLAT = 8
"""A frame whose pixels differ by no more than this shows nothing."""
MAX_SLACK = 1.5
DRIFT_S = 0.04
CHUNK_SLACK_S = 0.11
"""chunk_s is rounded up to a tenth of a second in a port that `lucid new` wrote."""


@promise(
    "O01",
    asserts="Every sample has the shape and type that its output declares.",
    felt="The session ends with an error in the middle of play.",
    cause="Height and width are swapped, channels come first, or a float is not declared.",
    remedy="Declare what the model returns: size, layout and pixel_range of publish.video().",
    needs=("W01",),
)
async def fits_declaration(lab: Lab) -> Measured:
    return Measured.none(_errors(await lab.baseline(), "output.shape", "output.type"), "refused")


@promise(
    "O02",
    asserts="The port publishes only to declared outputs.",
    felt="The session ends with an error in the middle of play.",
    cause="A typo in the name that ctx.publish() gets.",
    remedy="Use the name in `outputs`. `lucid check` finds most of these faults.",
    needs=("W01",),
)
async def declared_only(lab: Lab) -> Measured:
    return Measured.none(_errors(await lab.baseline(), "output.unknown"), "unknown")


@promise(
    "O03",
    asserts="The port publishes to every declared output.",
    felt="A track stays black or silent, or a panel stays empty.",
    cause="An output is declared for later use.",
    remedy="Publish to it, or remove it from `outputs`.",
)
async def declared_appear(lab: Lab) -> Measured:
    seen = {sample.output for sample in (await lab.baseline()).trace.samples}
    missing = [output.name for output in lab.manifest.outputs if output.name not in seen]
    return Measured.none(missing, "without a sample")


@promise(
    "O04",
    asserts="Frames have more than one colour.",
    felt="A screen of one colour.",
    cause="The decoder returns a constant, as with weights that were not loaded.",
    remedy="Decode a latent of upstream's own example, and compare it with upstream's picture.",
    needs=("R00", "O08"),
)
async def not_flat(lab: Lab) -> Measured:
    lab.video()
    spread = max(frame.spread for frame in (await lab.baseline()).frames)
    return Measured(spread > FLAT, f"spread {spread}", f"over {FLAT} of 255")


@promise(
    "O05",
    asserts="Frames change while inputs arrive.",
    felt="A still picture.",
    cause="The port publishes the same buffer or seed frame again and again.",
    remedy="Publish what the step returns.",
)
async def not_frozen(lab: Lab) -> Measured:
    lab.video()
    frames = (await lab.baseline()).frames
    kinds = len({frame.digest for frame in frames})
    return Measured(kinds > 1, f"{kinds} of {len(frames)} frames differ", "over 1")


@promise(
    "O06",
    asserts="Float pixels are finite and in the declared range.",
    felt="White or black patches, or wrong colours.",
    cause='pixel_range="[0,1]" for values in -1..1 or 0..255, or NaN from half precision.',
    remedy="Declare the range that the decoder returns.",
)
async def range_(lab: Lab) -> Measured:
    lows = {o.name: 0.0 if o.pixel_range == "[0,1]" else -1.0 for o in lab.outputs("video")
            if o.pixel_range != "uint8"}  # fmt: skip
    if not lows:
        raise NotApplicable("every video output is declared as uint8")
    wrong = [
        _range(sample)
        for sample in (await lab.baseline()).trace.samples
        if sample.output in lows and not _inside(sample, lows[sample.output] - 0.25, 1.25)
    ]
    return Measured.none(wrong, "outside", "0, with a tolerance of 0.25")


@promise(
    "O07",
    asserts="Every step publishes the same number of frames, except the first of a rollout.",
    felt="The world speeds up and slows down.",
    cause="A decoder with a warm-up, or a buffer that is emptied irregularly.",
    remedy="In each step, publish the chunk that the step makes.",
)
async def chunk_stable(lab: Lab) -> Measured:
    kinds = sorted(set(await _chunks(lab)))
    return Measured(len(kinds) <= 1, " and ".join(map(str, kinds)) + " frames", "one size")


@promise(
    "A01",
    asserts="The port publishes as much sound as video, to within 40 ms.",
    felt="Sound and picture drift apart, or the sound crackles.",
    cause="The number of samples is rounded in each step, or sample_rate_hz is wrong.",
    remedy="Carry the fraction of a sample over to the next step.",
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
    limit = DRIFT_S + per_step_s  # the last step may have published only one of them
    return Measured(
        abs(drifts[worst]) <= limit,
        f"{drifts[worst] * 1000:+.0f} ms after {frames * lab.frame_s():.2f} s",
        f"{limit * 1000:.0f} ms",
        worst,
    )


@promise(
    "A02",
    asserts="Float sound is finite and in -1..1.",
    felt="Noise at full volume.",
    cause="int16 values published as floats, or an unclipped vocoder.",
    remedy="Divide by 32768, or publish int16.",
)
async def sound_range(lab: Lab) -> Measured:
    names = {output.name for output in lab.outputs("audio")}
    samples = [s for s in (await lab.baseline()).trace.samples if s.output in names]
    # int16 is in range by its type; floats may overshoot to twice full scale
    wrong = [s for s in samples if math.isnan(s.low) or (s.is_float and not _inside(s, -2, 2))]
    return Measured.none([_range(sample) for sample in wrong], "outside")


@promise(
    "A03",
    asserts="The ts_ms of json and bytes samples never goes backwards.",
    felt="A map or a score jumps back and forth.",
    cause="ts_ms counts from the start of a rollout, or is in seconds.",
    remedy="Pass milliseconds since the session began, or omit ts_ms.",
)
async def data_in_order(lab: Lab) -> Measured:
    names = [output.name for output in lab.manifest.outputs if output.kind in ("json", "bytes")]
    samples = [s for s in (await lab.baseline()).trace.samples if s.ts_ms is not None]
    if not any(s.output in names for s in samples):
        raise NotApplicable("no json or bytes sample has a ts_ms")
    back = [
        f"{name}: {a.ts_ms:g} then {b.ts_ms:g}"
        for name in names
        for a, b in pairwise(s for s in samples if s.output == name)
        if a.ts_ms is not None and b.ts_ms is not None and b.ts_ms < a.ts_ms
    ]
    return Measured.none(back, "times backwards")


@promise(
    "P01",
    asserts="The model reaches 80 % of the declared fps.",
    felt="The world moves in slow motion.",
    cause="The declared fps is that of the training data, not of this machine.",
    remedy="Declare the fps that `lucid bench PORT` measures, or use fewer denoising steps.",
    full_only=True,
)
async def keeps_its_rate(lab: Lab) -> Measured:
    video = lab.video()
    if video.fps is None:
        raise NotApplicable("the port declares no fps")
    if (slack := lab.target.limits.slack) > MAX_SLACK:
        raise NotApplicable(
            f"the machine is overloaded {slack:.1f} times: try again when it is idle"
        )
    trace = (await lab.baseline()).trace
    sizes = [s.count for s in trace.samples if s.output == video.name]
    fastest_s = sorted(trace.steps_s[1:])[len(trace.steps_s) // 4]
    fps = sizes[-1] / max(fastest_s, 1e-6)
    return Measured(fps >= 0.8 * video.fps, f"{fps:.1f} fps", f"{0.8 * video.fps:.1f} fps")


@promise(
    "P02",
    asserts="No step takes far longer than the others.",
    felt="The picture stops for a moment, again and again.",
    cause="Every few steps a cache is rebuilt, a file is read, or garbage is collected.",
    remedy="Spread the work over the steps, or do it in load().",
)
async def steady_steps(lab: Lab) -> Measured:
    steps = sorted((await lab.baseline()).trace.steps_s[1:])
    usual, slow = steps[len(steps) // 2], steps[-2] if len(steps) > 8 else steps[-1]
    limit = 5 * usual + 0.15 * lab.target.limits.slack
    return Measured(slow <= limit, f"{slow:.3f} s", f"{limit:.3f} s (usual: {usual:.3f} s)")


@promise(
    "P03",
    asserts="A chunk lasts at most 1 s, or the declared chunk_s, because an input shows only after "
    "the chunk.",
    felt="Every key responds a second late.",
    cause="The model makes long clips, and the port plays clip by clip.",
    remedy="Generate fewer frames per step. If the model cannot, declare chunk_s.",
    full_only=True,
)
async def chunk_short(lab: Lab) -> Measured:
    name = lab.video().name
    longest = max(s.count for s in (await lab.baseline()).trace.samples if s.output == name)
    seconds, limit_s = longest * lab.frame_s(), lab.target.capabilities.chunk_s
    return Measured(seconds <= limit_s, f"{seconds:.2f} s", f"{limit_s:g} s")


@promise(
    "P05",
    asserts="A step makes as many frames as FRAMES_PER_STEP, and they last as long as chunk_s.",
    felt="Inputs show later than the page says, or the video runs dry.",
    cause="Frames of the chunk are dropped or repeated, or the figure is that of another model.",
    remedy="Declare what a step makes, or publish the whole chunk.",
    needs=("R00", "O07", "P03"),
    full_only=True,
)
async def chunk_as_declared(lab: Lab) -> Measured:
    made = (await _chunks(lab))[-1]
    faults, limits = [], []
    if (frames := _frames_per_step(lab)) is not None:
        limits.append(f"{frames} frames")
        if frames != made:
            faults.append(f"FRAMES_PER_STEP is {frames}, a step makes {made}")
    capabilities = lab.target.capabilities
    if "chunk_s" in capabilities.model_fields_set:
        declared_s, made_s = capabilities.chunk_s, made * lab.frame_s()
        limits.append(f"{declared_s:g} s")
        if abs(made_s - declared_s) > max(CHUNK_SLACK_S, 0.1 * declared_s):
            faults.append(f"chunk_s is {declared_s:g}, the frames of a step last {made_s:.2f} s")
    if not limits:
        raise NotApplicable("the port declares no FRAMES_PER_STEP and no chunk_s")
    measured = f"{made} frames, {made * lab.frame_s():.2f} s"
    return Measured(not faults, measured, ", ".join(limits), "; ".join(faults))


async def _chunks(lab: Lab) -> list[int]:
    """Return the number of frames of each step, without the first of each rollout.

    An engine with a context starts a new rollout when it ends, often with a shorter chunk.
    """
    name = lab.video().name
    trace = (await lab.baseline()).trace
    first, *counts = [s.count for s in trace.samples if s.output == name]
    others = [count for count in counts if count != first]
    return others if others and contexts_of(trace.session) else counts


def contexts_of(session: Any) -> list[Context]:
    """Return the contexts of a session, its model and their attributes, such as the engine."""
    outer = [session, session.model]
    inner = chain.from_iterable(map(_values, outer))
    found = chain.from_iterable(map(_values, [*outer, *inner]))
    return list({id(value): value for value in found if isinstance(value, Context)}.values())


def _values(thing: Any) -> Iterator[Any]:
    yield from list(getattr(thing, "__dict__", {}).values())


def _frames_per_step(lab: Lab) -> int | None:
    """Return the constant FRAMES_PER_STEP of the module of the port's model, or None."""
    modules = [sys.modules.get(cls.__module__) for cls in lab.model_cls.__mro__]
    found = [getattr(module, "FRAMES_PER_STEP", None) for module in modules]
    return next((frames for frames in found if isinstance(frames, int)), None)


@promise(
    "P04",
    asserts="The inference time that the port reports is that of one step, in milliseconds.",
    felt="Frames come too early or too late, because pacing uses this figure.",
    cause="Seconds instead of milliseconds, or the sum of all steps.",
    remedy="Call record_inference_ms(1000 * seconds_of_this_step), or do not call it.",
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


def _range(sample: Sample) -> str:
    return f"{sample.output}: {sample.low:g}..{sample.high:g}"
