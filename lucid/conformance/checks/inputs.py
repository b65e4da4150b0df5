"""I: what the port does with what players send."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from lucid.authoring.bindings import HoldBinding, PointerBinding, WheelBinding
from lucid.authoring.manifest import InputSpec
from lucid.conformance.lab import Lab
from lucid.conformance.promise import Measured, promise
from lucid.conformance.script import (
    Send,
    files_of,
    is_held,
    press,
    release,
    texts_of,
    variants,
)
from lucid.conformance.stage import Player
from lucid.conformance.uploads import no_picture, picture

BATCH = 8
"""Inputs that are sent before one step."""
ODD_TEXTS = (
    "",
    " ",
    "\N{SNOWMAN} \N{CRICKET BAT AND BALL} \u0639\u0631\u0628",
    "a\nb\tc",
    "word " * 2000,
)
FAR = 1_000_000.0


@promise(
    "I01",
    "accepts-valid",
    asserts="Every input takes every value that it declares: least, greatest, each choice.",
    felt="The end of a slider or one choice of a list ends in an error.",
    cause="A handler that knows fewer values than its type says.",
    remedy="Narrow the type (Literal, Field(ge=, le=)), or handle the value.",
    needs=("R00",),
)
async def accepts_valid(lab: Lab) -> Measured:
    specs = lab.inputs(lambda spec: True, "the port declares no input")
    sends = [send for spec in specs for send in variants(spec)]
    return await _survives(lab, sends, "values failed")


@promise(
    "I02",
    "far-values",
    asserts="Inputs without bounds take large numbers, and the step survives them.",
    felt="A quick turn of the mouse ends the session.",
    cause="A delta used as an index, or a sum that overflows.",
    remedy="Clamp the value in the handler, or declare its bounds.",
    needs=("R00", "I01"),
)
async def far_values(lab: Lab) -> Measured:
    specs = lab.inputs(_is_unbounded, "every number has bounds")
    sends = [send for spec in specs for send in _far(spec)]
    return await _survives(lab, sends, "values failed")


@promise(
    "I03",
    "odd-text",
    asserts="Text of any length, script and form is taken or refused, never a crash.",
    felt="An emoji in the prompt ends the session.",
    cause="encode('ascii'), split()[0] of an empty text, or a tokenizer's limit.",
    remedy="Cut and clean the text, or raise InvalidInputError with what to write instead.",
    needs=("R00", "I01"),
)
async def odd_text(lab: Lab) -> Measured:
    specs = lab.inputs(texts_of, "no input takes free text")
    sends = [
        Send(spec.name, {**next(variants(spec)).args, name: text})
        for spec in specs
        for name in texts_of(spec)
        for text in ODD_TEXTS
    ]
    return await _survives(lab, sends, "texts failed")


@promise(
    "I04",
    "any-picture",
    asserts="A picture of any size and mode is taken where a picture is asked for.",
    felt="One's own photo ends in an error.",
    cause="The size or the alpha channel is taken for granted.",
    remedy="Use image.rgb(size=(WIDTH, HEIGHT)).",
    needs=("R00", "I01"),
)
async def any_picture(lab: Lab) -> Measured:
    specs = lab.inputs(_takes_picture, "no input takes a picture")
    forms = (((17, 31), "L"), ((200, 20), "RGBA"), ((64, 64), "P"), ((1, 1), "RGB"))
    sends = [
        Send(spec.name, {**next(variants(spec)).args, name: picture(asked, 0, size, mode)})
        for spec in specs
        for name, asked in files_of(spec).items()
        if asked.kind == "image"
        for size, mode in forms
    ]
    return await _survives(lab, sends, "pictures failed")


@promise(
    "I05",
    "refuses-no-picture",
    asserts="A file that is no picture is refused, and the session goes on.",
    felt="A broken upload ends the world.",
    cause="The handler keeps the bytes and the step decodes them.",
    remedy="Decode in the handler: image.rgb() raises what the player can read.",
    needs=("R00", "I01"),
)
async def refuses_no_picture(lab: Lab) -> Measured:
    specs = lab.inputs(_takes_picture, "no input takes a picture")
    sends = [
        Send(spec.name, {**next(variants(spec)).args, name: no_picture()})
        for spec in specs
        for name, asked in files_of(spec).items()
        if asked.kind == "image"
    ]
    async with lab.playing() as player:
        before = len(player.frames)
        for send in sends:
            player.send(send.name, dict(send.args))
            await player.step()
        await player.step(2)
        refused = [n.error.code for n in player.errors if n.error.code == "input.upload"]
        alive = not player.state.over and len(player.frames) > before
    ok = alive and len(refused) == len(sends)
    state = "the session goes on" if alive else f"the session is {player.state}"
    return Measured(
        ok, f"{len(refused)} of {len(sends)} refused, {state}", "all refused, the session goes on"
    )


@promise(
    "I06",
    "handlers-quick",
    asserts="A handler takes no longer than a step, or 50 ms.",
    felt="The picture stutters while the mouse moves.",
    cause="An encoder, a download or the model itself is called in the handler.",
    remedy="Keep the value, and do the work at the start of the next step.",
    needs=("R00", "I01"),
)
async def handlers_quick(lab: Lab) -> Measured:
    bound = lab.inputs(lambda spec: spec.binding is not None, "no input has a binding")
    trace = (await lab.baseline()).trace
    step_s = statistics.median(trace.steps_s)
    limit = max(0.05, step_s)
    times = {spec.name: trace.handlers_s.get(spec.name, 0.0) for spec in bound}
    slowest = max(times, key=lambda name: times[name])
    return Measured(
        times[slowest] <= limit, f"{times[slowest]:.3f} s", f"{limit:.3f} s", f"slowest: {slowest}"
    )


@promise(
    "I07",
    "flood",
    asserts="A thousand events before one step are taken or refused, and the session goes on.",
    felt="A fast mouse makes the world stutter or end.",
    cause="Work or memory for each event.",
    remedy="Keep sums and states in handlers, not lists of events.",
    needs=("R00", "I01", "I08", "I09"),
)
async def flood(lab: Lab) -> Measured:
    specs = lab.inputs(lambda spec: spec.binding is not None, "no input has a binding")
    async with lab.playing() as player:
        for turn in range(1000):
            spec = specs[turn % len(specs)]
            send = (
                press(spec) if turn // len(specs) % 2 == 0 or not is_held(spec) else release(spec)
            )
            player.send(send.name, dict(send.args))
        await player.step(3)
        failed = _failed(player)
        alive = not player.state.over
    return Measured(
        alive and not failed,
        f"{len(failed)} handlers failed, the session is {'on' if alive else 'over'}",
        "0, on",
        "; ".join(failed[:2]),
    )


@promise(
    "I08",
    "release-without-press",
    asserts="A release of what is not held does nothing.",
    felt="An error flashes whenever the page loses focus.",
    cause="set.remove() or a counter in the handler.",
    remedy="Use set.discard(), or assign the state.",
    needs=("R00", "I01"),
)
async def release_without_press(lab: Lab) -> Measured:
    specs = lab.inputs(is_held, "no input is held")
    return await _survives(lab, [release(spec) for spec in specs], "releases failed")


@promise(
    "I09",
    "chord",
    asserts="All held inputs at once are a valid action.",
    felt="Forward and back together end the session.",
    cause="A table of known combinations.",
    remedy="Let opposite keys cancel, and unknown combinations fall back.",
    needs=("R00", "I01"),
)
async def chord(lab: Lab) -> Measured:
    specs = lab.inputs(is_held, "no input is held")
    return await _survives(lab, [press(spec) for spec in specs], "inputs failed", whole=True)


async def _survives(lab: Lab, sends: Sequence[Send], what: str, *, whole: bool = False) -> Measured:
    """Send all, a few before each step; what is refused in the port's own words is fine."""
    failed: list[str] = []
    waiting = list(sends)
    while waiting:
        async with lab.playing() as player:
            while waiting and not player.state.over:
                count = len(waiting) if whole else BATCH
                batch, waiting = waiting[:count], waiting[count:]
                for send in batch:
                    player.send(send.name, dict(send.args))
                await player.step(2)
            died = player.state.over
        failed += _failed(player)
        if died:
            failed.append(f"after {', '.join(sorted({send.name for send in batch}))}: "
                          f"{player.errors[-1].error.message}")  # fmt: skip
    return Measured(
        not failed, f"{len(failed)} of {len(sends)} {what}", "0", "; ".join(failed[:3])[:600]
    )


def _failed(player: Player) -> list[str]:
    return [n.error.message for n in player.errors if n.error.code == "input.failed"]


def _takes_picture(spec: InputSpec) -> bool:
    return any(asked.kind == "image" for asked in files_of(spec).values())


def _is_unbounded(spec: InputSpec) -> bool:
    if isinstance(spec.binding, PointerBinding | WheelBinding):
        return True
    return spec.binding is None and bool(_open_numbers(spec))


def _open_numbers(spec: InputSpec) -> dict[str, dict[str, float]]:
    """Numbers without a bound above or below, and which is missing."""
    found = {}
    for name, schema in spec.arguments.get("properties", {}).items():
        if schema.get("type") in ("number", "integer"):
            far = {}
            if not schema.keys() & {"maximum", "exclusiveMaximum"}:
                far["high"] = FAR
            if not schema.keys() & {"minimum", "exclusiveMinimum"}:
                far["low"] = -FAR
            if far:
                found[name] = far
    return found


def _far(spec: InputSpec) -> list[Send]:
    match spec.binding:
        case PointerBinding():
            return [Send(spec.name, {"dx": far, "dy": -far}) for far in (FAR, -2 * FAR)]
        case WheelBinding():
            return [Send(spec.name, {"delta": far}) for far in (FAR, -2 * FAR)]
        case HoldBinding():
            return []
    usual = next(variants(spec)).args
    return [
        Send(spec.name, {**usual, name: type(usual[name])(far)})
        for name, fars in _open_numbers(spec).items()
        for far in fars.values()
    ]
