"""L09: the port plays on after the end of its model's context."""

import math
import statistics
from dataclasses import dataclass

from lucid.conditioning.context import Context
from lucid.conformance.busy import memory_bytes
from lucid.conformance.checks.outputs import FLAT, contexts_of
from lucid.conformance.lab import Lab
from lucid.conformance.promise import Measured, promise
from lucid.conformance.script import Script
from lucid.conformance.stage import Player

PARTS = 3
"""How many parts to play: a part is a context length, or several if it is short."""
LOOKS = 3
"""How often to measure the memory in each part."""


@dataclass(frozen=True)
class Part:
    """What happened during one part."""

    fault: str
    """Empty if there was none."""
    memory_bytes: list[int]
    """At the same places of each part, because caches fill and are emptied again."""


@promise(
    "L09",
    asserts="The port plays for three context lengths, and for 60 steps at least: the frames stay "
    "alive, and memory does not grow. The engine's `lucid.conditioning.Context` says how long its "
    "context is.",
    felt="After a minute the picture freezes, falls apart or ends.",
    cause="No restart before the context ends, or a cache that keeps every step.",
    remedy="Before a step, ask `Context.ended`: then reset, and go on from the last frame. Bound "
    "every list of past frames or latents.",
    needs=("R00", "O04", "O05", "O06"),
)
async def plays_on(lab: Lab) -> Measured:
    lab.video()
    limit_bytes = lab.target.limits.leak_step_bytes
    async with lab.playing() as player:
        contexts = contexts_of(player.trace.session)
        length = _length(contexts, lab.target.limits.long_steps // PARTS)
        limit = f"{PARTS * length} steps, {limit_bytes // 1024} KiB per step"
        parts: list[Part] = []
        growth = math.inf
        while len(parts) < PARTS or (growth > limit_bytes and len(parts) < 2 * PARTS):
            parts.append(await _play(lab, player, length, contexts))
            if parts[-1].fault:
                where = f"in part {len(parts)} of {length} steps: {parts[-1].fault}"
                return Measured(False, "it does not play on", limit, where)
            if len(parts) >= PARTS:  # the first part fills the caches
                growth = min(growth, _growth(*parts[-2:]) / length)
    measured = f"{len(parts) * length} steps, {max(0, growth) / 1024:.0f} KiB per step"
    return Measured(
        growth <= limit_bytes, measured, limit, "" if growth <= limit_bytes else "grows"
    )


def _length(contexts: list[Context], least: int) -> int:
    """Return the steps of a part: one context, or several short ones."""
    steps = max((context.steps for context in contexts), default=1)
    return steps * math.ceil(least / steps)


async def _play(lab: Lab, player: Player, length: int, contexts: list[Context]) -> Part:
    """Play one part with every key in turn."""
    script = lab.driven_script
    looks = {round((n + 1) * length / LOOKS) for n in range(LOOKS)}
    memory: list[int] = []
    seen: set[int] = set()
    spread = 0
    for step in range(1, length + 1):
        _send(player, script, step)
        await player.step()
        seen.update(frame.digest for frame in player.frames)
        spread = max([spread, *(frame.spread for frame in player.frames)])
        if fault := _fault(player, contexts):
            return Part(f"step {step}: {fault}", memory)
        for kept in (player.frames, player.messages, player.trace.samples):
            kept.clear()  # it would count as memory of the port
        if step in looks:
            memory.append(memory_bytes())
    if len(seen) == 1:
        return Part("all frames are equal", memory)
    return Part("" if spread > FLAT else f"every frame is flat (spread {spread})", memory)


def _send(player: Player, script: Script, step: int) -> None:
    player.send(*script.at.get(step % script.steps, ()))


def _fault(player: Player, contexts: list[Context]) -> str:
    """Return the fault of the last step, or an empty text."""
    if player.state.over:
        messages = [notice.error.message for notice in player.errors]
        return f"the session is over: {messages[-1] if messages else 'run() returned'}"
    if any(math.isnan(sample.low) for sample in player.trace.samples):
        return "a frame has values that are not finite"
    over = [c for c in contexts if c.filled > c.steps]
    return f"{over[0].filled} steps in a context of {over[0].steps}" if over else ""


def _growth(before: Part, after: Part) -> float:
    pairs = zip(before.memory_bytes, after.memory_bytes, strict=True)
    return statistics.median(later - earlier for earlier, later in pairs)
