"""R: the port runs, and responds to inputs."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from lucid.authoring.manifest import InputSpec
from lucid.authoring.parameters import files_of, texts_of
from lucid.conformance.lab import Lab, Rollout, compare, first_difference
from lucid.conformance.promise import Measured, promise
from lucid.conformance.script import Script, Send, is_held, press, prompts_of, release, variants
from lucid.runtime.messages import ReleaseAll

AT = 1
"""The step before which an input is sent. The world moves by then."""
HELD_STEPS = 2
HeldTest = Callable[[Lab, InputSpec, tuple[Send, ...]], Awaitable[bool]]
"""Tests an input while other inputs are held, which may be needed for it to show."""
CONTEXTS = 4
"""How many other held inputs to combine with an input that shows nothing alone."""


@promise(
    "R00",
    asserts="A session keeps running, whatever keys are pressed.",
    felt="The session ends in the middle of play.",
    cause="run() raises an exception, or returns by itself.",
    remedy="`lucid serve PORT`, press every key, and read the traceback in its log.",
    needs=("W01", "O01", "O02", "E03"),
)
async def runs(lab: Lab) -> Measured:
    rollout = await lab.baseline()
    expected = lab.driven_script.steps
    done = len(rollout.ends) - 1
    detail = "; ".join(f"{raised.phase}: {raised}" for raised in rollout.trace.errors[:2])
    if not detail and rollout.trace.run_ended == "returned" and done < expected:
        detail = "run() returned while the session was running"
    has_frames = bool(rollout.frames) or not lab.manifest.videos
    ok = done >= expected and not rollout.state.over
    return Measured(ok and has_frames, f"{done} steps", f"{expected} steps", detail)


@promise(
    "R01",
    asserts="A key, a button or the pointer changes the frames within a few steps; on the stub "
    "engine, in the next step.",
    felt="Controls respond late.",
    cause="The port queues actions, or reads the action before it waits.",
    remedy="Read the action right before the step, after publish() returns.",
    needs=("R02",),
)
async def reacts_soon(lab: Lab) -> Measured:
    specs = lab.inputs(lambda spec: spec.binding is not None, "no input has a binding")
    measured = (await _responses(lab)).delays
    delays = {spec.name: measured[spec.name] for spec in specs if spec.name in measured}
    limit = 1 if lab.target.profile == "stub" else lab.target.limits.react_steps
    slowest = max(delays, key=lambda name: delays[name])
    return Measured(
        delays[slowest] <= limit, f"{delays[slowest]} steps", f"{limit} steps",
        f"slowest: {slowest}",
    )  # fmt: skip


@promise(
    "R02",
    asserts="Every input changes the frames, except text and files (R07 and R08).",
    felt="A control does nothing.",
    cause="The handler stores a value that the step never reads.",
    remedy="Follow the value from the handler into the model's action, or remove the input.",
    needs=("S03", "O04", "O05", "I01"),
)
async def every_input_live(lab: Lab) -> Measured:
    responses = await _responses(lab)
    dead = [spec.name for spec in responses.specs if spec.name not in responses.delays]
    return _all_but(dead, responses.specs, "live", "dead")


@promise(
    "R03",
    asserts="A released input has no further effect.",
    felt="The player keeps walking after the key is up.",
    cause="The handler ignores pressed=False, or a value is never reset.",
    remedy="Assign the state in the handler: `self.forward = pressed`.",
    needs=("R01",),
)
async def release_neutral(lab: Lab) -> Measured:
    return await _each_held(lab, _release_shows, "released", "stuck")


@promise(
    "R04",
    asserts="A key that goes down and up between two steps is released.",
    felt="After a short tap the player keeps walking.",
    cause="The handler stores the press for the next step and loses the release.",
    remedy="Keep keys in `lucid.conditioning.Held` and pass `drain()` to the step.",
    needs=("R03",),
)
async def tap_releases(lab: Lab) -> Measured:
    return await _each_held(lab, _tap_differs_from_press, "released", "stuck")


@promise(
    "R05",
    asserts="After two presses and one release, an input is released.",
    felt="With two keys for one input, the input stays on.",
    cause="The handler counts presses.",
    remedy="Assign the state in the handler.",
    needs=("R03", "I09"),
)
async def press_twice(lab: Lab) -> Measured:
    specs = lab.held_inputs()
    steps = AT + 2 * len(specs) + 2
    reference = await lab.play(Script(_in_turn(specs, presses=1), steps))
    twice = Script(_in_turn(specs, presses=2), steps)
    frames = (await lab.play(twice, unlike=reference)).frames
    return compare(frames, reference, "a session with one press")


@promise(
    "R06",
    asserts="When the page loses focus, every key is released.",
    felt="The player keeps walking while the page is in the background.",
    cause="The handler treats a release as a toggle.",
    remedy="Assign the state in the handler.",
    needs=("R03", "I09"),
)
async def lost_focus_releases(lab: Lab) -> Measured:
    specs = lab.held_inputs()
    presses, releases = tuple(map(press, specs)), tuple(map(release, specs))
    script = Script({AT: presses, AT + 2: releases}, AT + 6)
    reference = await lab.play(script)
    async with lab.playing() as player:
        for step in range(script.steps):
            if step == AT:
                player.send(*presses)
            if step == AT + 2:
                player.control(ReleaseAll())
            await player.step()
    return compare(player.frames, reference, "a session that releases each key")


@promise(
    "R07",
    asserts="A prompt changes the frames.",
    felt="The prompt does nothing.",
    cause="The port encodes the prompt only at the start of the session.",
    remedy="Encode the prompt when it changes, and pass it to the next step.",
    needs=("S03", "O04", "O05", "I01"),
)
async def prompt_live(lab: Lab) -> Measured:
    lab.video()
    specs = lab.inputs(texts_of, "no input takes free text")
    dead = []
    for spec in specs:
        usual = next(variants(spec)).args
        sends = [
            Send(spec.name, {**usual, name: text})
            for name in texts_of(spec)
            for text in prompts_of(spec)
        ]
        if await _delay(lab, sends, (), lab.target.limits.live_steps) is None:
            dead.append(spec.name)
    return _all_but(dead, specs, "live", "dead, also with the examples of the description")


@promise(
    "R08",
    asserts="An uploaded file changes the frames.",
    felt="An uploaded picture does nothing.",
    cause="The port reads the seed frame only at the start of the session.",
    remedy="Start a new rollout from the file when it arrives.",
    needs=("S03", "O04", "O05", "I01"),
)
async def file_live(lab: Lab) -> Measured:
    lab.video()
    specs = lab.inputs(files_of, "no input takes a file")
    steps = lab.target.limits.live_steps
    dead = [s.name for s in specs if await _delay(lab, list(variants(s)), (), steps) is None]
    return _all_but(dead, specs, "live", "dead")


@promise(
    "R09",
    asserts="A key that goes down and up between two steps shows as soon as a key that stays down.",
    felt="A tap of 50 ms, or of 300 ms if a step takes longer, does nothing.",
    cause="The step reads the keys that are held at that moment, after the tap has ended.",
    remedy="Keep keys in `lucid.conditioning.Held` and pass `drain()` to the step.",
    needs=("R04",),
)
async def tap_shows(lab: Lab) -> Measured:
    return await _each_held(lab, _tap_shows, "taps show", "lost or late")


async def _each_held(lab: Lab, holds: HeldTest, good: str, bad: str) -> Measured:
    """Pass if ``holds`` is true of every input that a player holds."""
    specs = lab.held_inputs()
    failed = [s.name for s in specs if not await holds(lab, s, await _context(lab, s))]
    return _all_but(failed, specs, good, bad)


def _all_but(names: list[str], specs: list[InputSpec], good: str, bad: str) -> Measured:
    """Pass if ``names``, the inputs that fail, is empty."""
    total = len(specs)
    detail = f"{bad}: {', '.join(names)}" if names else ""
    return Measured(not names, f"{total - len(names)} of {total} {good}", f"{total}", detail)


def _in_turn(specs: list[InputSpec], presses: int) -> dict[int, tuple[Send, ...]]:
    """Press each input ``presses`` times before one step; release it before the next."""
    at: dict[int, tuple[Send, ...]] = {}
    for turn, spec in enumerate(specs):
        at[AT + 2 * turn] = (press(spec),) * presses
        at[AT + 2 * turn + 1] = (release(spec),)
    return at


@dataclass(frozen=True)
class Responses:
    """How the inputs show, except text and files."""

    specs: list[InputSpec]
    delays: dict[str, int]
    """Steps until each input shows. An input that never shows has none."""
    contexts: dict[str, tuple[Send, ...]]
    """The other inputs that are held when it shows."""


async def _responses(lab: Lab) -> Responses:
    return await lab.once("responses", partial(_measure, lab))


async def _measure(lab: Lab) -> Responses:
    lab.video()
    specs = lab.inputs(
        lambda spec: not texts_of(spec) and not files_of(spec), "no input but text and files"
    )
    responses = Responses(specs, {}, {})
    for spec in specs:
        await _find(lab, spec, lab.target.limits.live_steps, responses)
        if spec.name not in responses.delays and spec.binding is None:
            # A setting may show only in what the model makes later.
            await _find(lab, spec, lab.target.limits.long_steps, responses)
    return responses


async def _find(lab: Lab, spec: InputSpec, steps: int, responses: Responses) -> None:
    """Measure when an input shows within some steps, alone or with another input held."""
    uses = [press(spec)] if is_held(spec) else list(variants(spec))
    async for context in _contexts(lab, spec):
        delay = await _delay(lab, uses, context, steps)
        if delay is not None:
            responses.delays[spec.name] = delay
            responses.contexts[spec.name] = context
            return


async def _context(lab: Lab, spec: InputSpec) -> tuple[Send, ...]:
    """Return the other inputs to hold so that ``spec`` shows."""
    return (await _responses(lab)).contexts.get(spec.name, ())


async def _contexts(lab: Lab, spec: InputSpec) -> AsyncIterator[tuple[Send, ...]]:
    """Yield the inputs to hold while ``spec`` is tried: none, then each of a few others."""
    yield ()
    others = [s for s in lab.manifest.inputs if is_held(s) and s.name != spec.name]
    for other in others[:CONTEXTS]:
        if f"input:{other.name}" not in lab.target.hazards:
            yield (press(other),)


async def _delay(lab: Lab, sends: list[Send], context: tuple[Send, ...], steps: int) -> int | None:
    """Return after how many of the steps one of the sends shows, or None if none of them does."""
    reference = await _with(lab, context, AT + steps)
    for send in sends:
        script = Script({AT: (*context, send)}, AT + steps)
        rollout = await lab.play(script, unlike=reference)
        differs = first_difference(reference.frames, rollout.frames)
        if differs is not None:
            return max(1, rollout.step_of(differs) - AT)
    return None


async def _with(lab: Lab, context: tuple[Send, ...], steps: int) -> Rollout:
    if not context:
        return await lab.neutral(steps)
    return await lab.rollout(f"context {context!r} {steps}", Script({AT: context}, steps))


async def _held(lab: Lab, spec: InputSpec, context: tuple[Send, ...]) -> Rollout:
    steps = AT + HELD_STEPS + lab.target.limits.react_steps + 1
    return await lab.rollout(f"held {spec.name}", Script({AT: (*context, press(spec))}, steps))


async def _release_shows(lab: Lab, spec: InputSpec, context: tuple[Send, ...]) -> bool:
    held = await _held(lab, spec, context)
    at = {AT: (*context, press(spec)), AT + HELD_STEPS: (release(spec),)}
    return await _differs(lab, Script(at, len(held.ends) - 1), held)


async def _tap_differs_from_press(lab: Lab, spec: InputSpec, context: tuple[Send, ...]) -> bool:
    held = await _held(lab, spec, context)
    return await _differs(lab, Script({AT: _tap(spec, context)}, len(held.ends) - 1), held)


async def _tap_shows(lab: Lab, spec: InputSpec, context: tuple[Send, ...]) -> bool:
    """Return whether a tap shows, in the step in which a press shows."""
    limits = lab.target.limits
    steps = AT + (await _responses(lab)).delays.get(spec.name, limits.live_steps)
    untouched = await _with(lab, context, AT + limits.live_steps)
    return await _differs(lab, Script({AT: _tap(spec, context)}, steps), untouched)


def _tap(spec: InputSpec, context: tuple[Send, ...]) -> tuple[Send, ...]:
    return (*context, press(spec), release(spec))


async def _differs(lab: Lab, script: Script, reference: Rollout) -> bool:
    """Return whether the script's frames differ from those of the reference."""
    frames = (await lab.play(script, unlike=reference)).frames
    return first_difference(reference.frames, frames) is not None
