"""R: the port runs, and answers what players do."""

from __future__ import annotations

from collections.abc import AsyncIterator

from lucid.authoring.manifest import InputSpec
from lucid.conformance.lab import Lab, Rollout, first_difference
from lucid.conformance.promise import Measured, promise
from lucid.conformance.script import (
    Script,
    Send,
    files_of,
    is_held,
    press,
    release,
    texts_of,
    variants,
    words_of,
)
from lucid.runtime.messages import ReleaseAll

AT = 1
"""The step before which an input is sent: the world moves already."""
HELD_STEPS = 2
CONTEXTS = 4
"""Held inputs under which an input that shows nothing alone is tried again."""


@promise(
    "R00",
    "runs",
    asserts="A session runs on and on, whatever keys are pressed.",
    felt="The session ends in the middle of play.",
    cause="An exception in run(), or a run() that returns by itself.",
    remedy="`lucid serve PORT`, press every key, and read the traceback in its log.",
    needs=("W01", "O01", "O02", "E03"),
)
async def runs(lab: Lab) -> Measured:
    rollout = await lab.baseline()
    wanted = lab.driven_script.steps
    done = len(rollout.ends) - 1
    told = "; ".join(f"{phase}: {error!r}" for phase, error in rollout.trace.errors[:2])
    if not told and rollout.trace.run_ended == "returned" and done < wanted:
        told = "run() returned while the session was running"
    has_frames = bool(rollout.frames) or not any(o.kind == "video" for o in lab.manifest.outputs)
    ok = done >= wanted and not rollout.state.over
    return Measured(ok and has_frames, f"{done} steps", f"{wanted} steps", told)


@promise(
    "R01",
    "reacts-soon",
    asserts="What a player does shows within a few steps.",
    felt="Controls feel like rubber.",
    cause="A queue of actions in the port, or an action that is sampled before the wait.",
    remedy="Take the action right before the step: after publish() returns.",
    needs=("R02",),
)
async def reacts_soon(lab: Lab) -> Measured:
    await _find_answers(lab)
    answers: dict[str, int] = lab.facts["answers"]
    limit = lab.target.limits.react_steps
    slowest = max(answers, key=lambda name: answers[name])
    return Measured(
        answers[slowest] <= limit, f"{answers[slowest]} steps", f"{limit} steps",
        f"slowest: {slowest}",
    )  # fmt: skip


@promise(
    "R02",
    "every-input-live",
    asserts="Every input with a binding or a choice changes the frames.",
    felt="A control does nothing.",
    cause="The handler keeps a value that the step never reads.",
    remedy="Follow the value from the handler into the model's action; remove a dead input.",
    needs=("S03", "O04", "O05", "I01"),
)
async def every_input_live(lab: Lab) -> Measured:
    dead, of = await _find_answers(lab)
    detail = f"dead: {', '.join(dead)}" if dead else ""
    return Measured(not dead, f"{of - len(dead)} of {of} live", f"{of}", detail)


@promise(
    "R03",
    "release-neutral",
    asserts="An input that is let go of no longer acts.",
    felt="The player walks on after the key is up.",
    cause="A handler that ignores pressed=False, or a value that is never set back.",
    remedy="Assign the state in the handler: `self.forward = pressed`.",
    needs=("R01",),
)
async def release_neutral(lab: Lab) -> Measured:
    specs = lab.inputs(is_held, "no input is held")
    stuck = []
    for spec in specs:
        context = lab.facts["contexts"].get(spec.name, ())
        if not await _release_shows(lab, spec, context):
            stuck.append(spec.name)
    return Measured(
        not stuck, f"{len(specs) - len(stuck)} of {len(specs)} let go", f"{len(specs)}",
        f"stuck: {', '.join(stuck)}" if stuck else "",
    )  # fmt: skip


@promise(
    "R04",
    "tap-releases",
    asserts="A key that goes down and up between two steps is up.",
    felt="A short tap makes the player walk for ever.",
    cause="The handler keeps the press for the next step, and the release is lost meanwhile.",
    remedy="Keep 'pressed since the last step' and 'down now' apart; clear the first each step.",
    needs=("R03",),
)
async def tap_releases(lab: Lab) -> Measured:
    specs = lab.inputs(is_held, "no input is held")
    stuck = []
    for spec in specs:
        context = lab.facts["contexts"].get(spec.name, ())
        held = await _held(lab, spec, context)
        tap = Script({AT: (*context, press(spec), release(spec))}, len(held.ends) - 1)
        if first_difference(held, await lab.play(tap, unlike=held)) is None:
            stuck.append(spec.name)
    return Measured(
        not stuck, f"{len(specs) - len(stuck)} of {len(specs)} let go", f"{len(specs)}",
        f"stuck: {', '.join(stuck)}" if stuck else "",
    )  # fmt: skip


@promise(
    "R05",
    "press-twice",
    asserts="Two presses and one release leave an input released.",
    felt="Two keys of one input, and it sticks.",
    cause="A counter of presses.",
    remedy="Assign the state in the handler.",
    needs=("R03", "I09"),
)
async def press_twice(lab: Lab) -> Measured:
    specs = lab.inputs(is_held, "no input is held")
    steps = AT + 2 * len(specs) + 2
    reference = await lab.play(Script(_in_turn(specs, presses=1), steps))
    twice = Script(_in_turn(specs, presses=2), steps)
    differs = first_difference(reference, await lab.play(twice, unlike=reference))
    where = "" if differs is None else f"from step {reference.step_of(differs)} on"
    return Measured(differs is None, "different" if where else "equal", "equal", where)


@promise(
    "R06",
    "lost-focus-releases",
    asserts="When the page loses focus, the world goes on as if every key were let go.",
    felt="The player walks on while the page is in the background.",
    cause="A handler that takes a release for a toggle.",
    remedy="Assign the state in the handler.",
    needs=("R03", "I09"),
)
async def lost_focus_releases(lab: Lab) -> Measured:
    specs = lab.inputs(is_held, "no input is held")
    presses, releases = tuple(map(press, specs)), tuple(map(release, specs))
    script = Script({AT: presses, AT + 2: releases}, AT + 6)
    reference = await lab.play(script)
    async with lab.playing() as player:
        for step in range(script.steps):
            for send in script.at.get(step, ()) if step == AT else ():
                player.send(send.name, dict(send.args))
            if step == AT + 2:
                player.control(ReleaseAll())
            await player.step()
        pairs = zip(player.frames, reference.frames, strict=False)
        differs = next((i for i, (a, b) in enumerate(pairs) if a.digest != b.digest), None)
    where = "" if differs is None else f"from step {reference.step_of(differs)} on"
    return Measured(differs is None, "different" if where else "equal", "equal", where)


@promise(
    "R07",
    "prompt-live",
    asserts="A prompt changes the frames.",
    felt="Words do nothing.",
    cause="The prompt is encoded once, at the start of the session.",
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
            Send(spec.name, {**usual, name: words})
            for name in texts_of(spec)
            for words in words_of(spec)
        ]
        if await _answer(lab, sends, ()) is None:
            dead.append(spec.name)
    return Measured(
        not dead, f"{len(specs) - len(dead)} of {len(specs)} live", f"{len(specs)}",
        f"dead: {', '.join(dead)}; the examples of its description are tried too" if dead else "",
    )  # fmt: skip


@promise(
    "R08",
    "file-live",
    asserts="An uploaded file changes the frames.",
    felt="One's own picture does nothing.",
    cause="The seed frame is read at the start of the session only.",
    remedy="Start a new rollout from it when it comes.",
    needs=("S03", "O04", "O05", "I01"),
)
async def file_live(lab: Lab) -> Measured:
    lab.video()
    specs = lab.inputs(files_of, "no input takes a file")
    dead = [spec.name for spec in specs if await _answer(lab, list(variants(spec)), ()) is None]
    return Measured(
        not dead, f"{len(specs) - len(dead)} of {len(specs)} live", f"{len(specs)}",
        f"dead: {', '.join(dead)}" if dead else "",
    )  # fmt: skip


@promise(
    "R09",
    "tap-shows",
    asserts="A key that goes down and up between two steps changes the next frames.",
    felt="A short tap does nothing, most of all where a step takes long.",
    cause="The step reads what is held at that moment, and the tap is over.",
    remedy="Keep keys in `lucid.conditioning.Held` and give `drain()` to the step.",
    needs=("R04",),
)
async def tap_shows(lab: Lab) -> Measured:
    specs = lab.inputs(is_held, "no input is held")
    steps = AT + lab.target.limits.live_steps
    lost = []
    for spec in specs:
        context = lab.facts["contexts"].get(spec.name, ())
        untouched = await _with(lab, context, steps)
        tap = Script({AT: (*context, press(spec), release(spec))}, steps)
        if first_difference(untouched, await lab.play(tap, unlike=untouched)) is None:
            lost.append(spec.name)
    return Measured(
        not lost, f"{len(specs) - len(lost)} of {len(specs)} taps show", f"{len(specs)}",
        f"lost: {', '.join(lost)}" if lost else "",
    )  # fmt: skip


def _in_turn(specs: list[InputSpec], presses: int) -> dict[int, tuple[Send, ...]]:
    """Each input pressed so often before one step and released before the next."""
    at: dict[int, tuple[Send, ...]] = {}
    for turn, spec in enumerate(specs):
        at[AT + 2 * turn] = (press(spec),) * presses
        at[AT + 2 * turn + 1] = (release(spec),)
    return at


async def _find_answers(lab: Lab) -> tuple[list[str], int]:
    """The inputs that never show, of how many; how soon the others do, in ``lab.facts``."""
    if "dead" in lab.facts:
        known: tuple[list[str], int] = lab.facts["dead"]
        return known
    lab.video()
    answers: dict[str, int] = {}
    contexts: dict[str, tuple[Send, ...]] = {}
    specs = lab.inputs(
        lambda spec: not texts_of(spec) and not files_of(spec), "no input but text and files"
    )
    for spec in specs:
        async for context in _contexts(lab, spec):
            steps = await _answer(lab, list(_first_uses(spec)), context)
            if steps is not None:
                answers[spec.name], contexts[spec.name] = steps, context
                break
    lab.facts |= {"answers": answers, "contexts": contexts}
    dead = [spec.name for spec in specs if spec.name not in answers]
    lab.facts["dead"] = dead, len(specs)
    return dead, len(specs)


def _first_uses(spec: InputSpec) -> list[Send]:
    return [press(spec)] if is_held(spec) else list(variants(spec))


async def _contexts(lab: Lab, spec: InputSpec) -> AsyncIterator[tuple[Send, ...]]:
    """Under what an input is tried: alone, then with something else held."""
    yield ()
    others = [s for s in lab.manifest.inputs if is_held(s) and s.name != spec.name]
    for other in others[:CONTEXTS]:
        if f"input:{other.name}" not in lab.target.hazards:
            yield (press(other),)


async def _answer(lab: Lab, sends: list[Send], context: tuple[Send, ...]) -> int | None:
    """Steps until one of the uses of an input shows; None where none does."""
    steps = AT + lab.target.limits.live_steps
    reference = await _with(lab, context, steps)
    for send in sends:
        script = Script({AT: (*context, send)}, steps)
        rollout = await lab.play(script, unlike=reference)
        differs = first_difference(reference, rollout)
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
    script = Script(
        {AT: (*context, press(spec)), AT + HELD_STEPS: (release(spec),)}, len(held.ends) - 1
    )
    return first_difference(held, await lab.play(script, unlike=held)) is not None
