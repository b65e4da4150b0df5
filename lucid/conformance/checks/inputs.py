"""I: how the port handles what players send."""

import statistics
from collections.abc import Sequence

from lucid.authoring.bindings import HoldBinding, PointerBinding, WheelBinding
from lucid.authoring.captures import capture_of
from lucid.authoring.manifest import InputSpec
from lucid.authoring.parameters import images_of, texts_of
from lucid.conformance.lab import Lab
from lucid.conformance.promise import Measured, promise
from lucid.conformance.script import Send, is_held, press, release, variants
from lucid.conformance.stage import Player
from lucid.conformance.uploads import broken_picture, picture
from lucid.errors import InputError

BATCH = 8
"""How many inputs to send before one step."""
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
    asserts="Every input accepts its minimum, its maximum and each of its choices.",
    felt="A key, a button, the end of a slider or one choice of a list causes an error.",
    cause="The handler always raises, or it knows fewer values than its type allows.",
    remedy="Correct the line above. If only some values fail, handle them, or narrow the type "
    "(Literal, Field(ge=, le=)).",
)
async def accepts_valid(lab: Lab) -> Measured:
    specs = lab.inputs(lambda spec: True, "the port declares no input")
    sends = [send for spec in specs for send in variants(spec)]
    return await _survives(lab, sends, "values failed")


@promise(
    "I02",
    asserts="Inputs without bounds accept large numbers, and the step handles them.",
    felt="A quick turn of the mouse ends the session.",
    cause="A delta is used as an index, or a sum overflows.",
    remedy="Clamp the value in the handler, or declare its bounds.",
    needs=("R00", "I01"),
)
async def far_values(lab: Lab) -> Measured:
    specs = lab.inputs(_is_unbounded, "every number has bounds")
    sends = [send for spec in specs for send in _far(spec)]
    return await _survives(lab, sends, "values failed")


@promise(
    "I03",
    asserts="Text of any length and script is accepted or refused, and never ends the session.",
    felt="An emoji in the prompt ends the session.",
    cause="encode('ascii'), split()[0] of an empty text, or a tokenizer's limit.",
    remedy="Shorten and clean the text, or raise InvalidInputError that says what to write.",
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
    asserts="An image input accepts an image of any size and mode.",
    felt="Uploading a photo causes an error.",
    cause="The handler assumes a size, or that there is no alpha channel.",
    remedy="Use image.rgb(size=(WIDTH, HEIGHT)).",
    needs=("R00", "I01"),
)
async def any_picture(lab: Lab) -> Measured:
    specs = lab.inputs(images_of, "no input takes a picture")
    forms = (((17, 31), "L"), ((200, 20), "RGBA"), ((64, 64), "P"), ((1, 1), "RGB"))
    sends = [
        Send(spec.name, {**next(variants(spec)).args, name: picture(file, 0, size, mode)})
        for spec in specs
        for name, file in images_of(spec).items()
        for size, mode in forms
    ]
    return await _survives(lab, sends, "pictures failed")


@promise(
    "I05",
    asserts="A file that is not an image is refused, and the session goes on.",
    felt="A broken upload ends the session.",
    cause="The handler stores the bytes, and the step decodes them.",
    remedy="Decode in the handler: image.rgb() raises an error that the player can read.",
    needs=("R00", "I01"),
)
async def refuses_no_picture(lab: Lab) -> Measured:
    specs = lab.inputs(images_of, "no input takes a picture")
    sends = [
        Send(spec.name, {**next(variants(spec)).args, name: broken_picture()})
        for spec in specs
        for name in images_of(spec)
    ]
    async with lab.playing() as player:
        before = len(player.frames)
        for send in sends:
            player.send(send)
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
    asserts="A handler takes no longer than a step, or 50 ms.",
    felt="The picture stutters while the mouse moves.",
    cause="The handler calls an encoder, a download or the model itself.",
    remedy="Store the value, and do the work at the start of the next step.",
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
    asserts="A thousand events before one step are accepted or refused, and the session goes on.",
    felt="A fast mouse makes the picture stutter, or ends the session.",
    cause="Each event costs work or memory.",
    remedy="Store sums and states in handlers, not lists of events.",
    needs=("R00", "I01", "I08", "I09"),
)
async def flood(lab: Lab) -> Measured:
    specs = lab.inputs(lambda spec: spec.binding is not None, "no input has a binding")
    async with lab.playing() as player:
        for turn in range(1000):
            spec = specs[turn % len(specs)]
            releases = is_held(spec) and turn // len(specs) % 2
            player.send(release(spec) if releases else press(spec))
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
    asserts="Releasing an input that is not held does nothing.",
    felt="An error appears whenever the page loses focus.",
    cause="set.remove() or a counter in the handler.",
    remedy="Use set.discard(), or assign the state.",
    needs=("R00", "I01"),
)
async def release_without_press(lab: Lab) -> Measured:
    specs = lab.held_inputs()
    return await _survives(lab, [release(spec) for spec in specs], "releases failed")


@promise(
    "I09",
    asserts="The port accepts all held inputs at once.",
    felt="Forward and back together end the session.",
    cause="A table of known combinations.",
    remedy="Let opposite keys cancel out, and give unknown combinations a fallback.",
    needs=("R00", "I01"),
)
async def chord(lab: Lab) -> Measured:
    specs = lab.held_inputs()
    return await _survives(lab, [press(spec) for spec in specs], "inputs failed", whole=True)


@promise(
    "I10",
    asserts="A camera or microphone that stops and starts again never ends the session.",
    felt="Turning the camera off ends the session.",
    cause="The step uses frame.pixels, and the frame is None once the camera has stopped.",
    remedy="Keep the newest frame or None in the handler, and ask for None in the step.",
    needs=("R00", "I01"),
)
async def capture_stops(lab: Lab) -> Measured:
    specs = lab.inputs(
        lambda spec: capture_of(spec.arguments), "no input takes a camera or a microphone"
    )
    failed: list[str] = []
    for spec in specs:
        on = next(variants(spec))
        off = Send(spec.name, dict.fromkeys(on.args))
        async with lab.playing() as player:
            for send in (off, on, off, on):
                player.send(send)
                await player.step(2)
            failed += _failed(player)
            if player.state.over:
                failed.append(f"{spec.name}: {player.errors[-1].error.message}")
    return Measured.none(failed, "failures")


async def _survives(lab: Lab, sends: Sequence[Send], what: str, *, whole: bool = False) -> Measured:
    """Send all, a few before each step. The port may refuse a value with InvalidInputError."""
    failed: list[str] = []
    left = list(sends)
    while left:
        async with lab.playing() as player:
            while left and not player.state.over:
                count = len(left) if whole else BATCH
                batch, left = left[:count], left[count:]
                player.send(*batch)
                await player.step(2)
            ended = player.state.over
        failed += _failed(player)
        if ended:
            failed.append(f"after {', '.join(sorted({send.name for send in batch}))}: "
                          f"{player.errors[-1].error.message}{_ended_at(player)}")  # fmt: skip
    return Measured(
        not failed, f"{len(failed)} of {len(sends)} {what}", "0", "; ".join(failed[:3])[:600]
    )


def _failed(player: Player) -> list[str]:
    return [
        f"input {raised.phase.removeprefix('input:')!r} failed: {raised}"
        for raised in player.trace.errors
        if raised.phase.startswith("input:") and not isinstance(raised.error, InputError)
    ]


def _ended_at(player: Player) -> str:
    """Return where run() raised."""
    return next((each.at for each in player.trace.errors if each.phase == "run"), "")


def _is_unbounded(spec: InputSpec) -> bool:
    if isinstance(spec.binding, PointerBinding | WheelBinding):
        return True
    return spec.binding is None and bool(_unbounded_numbers(spec))


def _unbounded_numbers(spec: InputSpec) -> list[tuple[str, float]]:
    """Return a far value for each missing bound: (argument, value)."""
    found = []
    for name, schema in spec.arguments.get("properties", {}).items():
        if schema.get("type") in ("number", "integer"):
            if not schema.keys() & {"maximum", "exclusiveMaximum"}:
                found.append((name, FAR))
            if not schema.keys() & {"minimum", "exclusiveMinimum"}:
                found.append((name, -FAR))
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
        for name, far in _unbounded_numbers(spec)
    ]
