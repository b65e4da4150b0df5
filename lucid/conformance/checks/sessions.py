"""S, D, T: one session after another and beside another; the same frames again; one thread."""

from __future__ import annotations

import asyncio
import gc
import os
import statistics
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lucid.authoring.manifest import InputSpec
from lucid.conformance.lab import Lab, Rollout, first_difference, global_rng_state
from lucid.conformance.promise import Measured, NotApplicable, NotPromised, promise
from lucid.conformance.script import (
    WORDS,
    Script,
    Send,
    files_of,
    is_held,
    press,
    rng_seed_input,
    texts_of,
    variants,
)

CANARY = "zyzzyva-canary-42"


@promise(
    "D01",
    "same-frames-again",
    asserts="The same rng seed and the same inputs give the same frames, to the last one.",
    felt="A bug that nobody can show to anybody.",
    cause="A generator without a seed, the wall clock, or an order of a set in the step.",
    remedy="Make one generator with a fixed seed for each rollout, and draw from that only.",
    needs=("R00",),
)
async def same_frames_again(lab: Lab) -> Measured:
    _needs(lab.target.capabilities.deterministic, "the port declares deterministic = false")
    lab.video()
    _, first = await lab.first_load()
    return _equal(await lab.baseline(), first, "the same session after another load")


@promise(
    "D02",
    "seed-matters",
    asserts="Another rng seed gives other frames.",
    felt="Every world is the same world.",
    cause="The seed is taken and not used.",
    remedy="Make the rollout's generator from it.",
    needs=("S03", "O05"),
)
async def seed_matters(lab: Lab) -> Measured:
    found = rng_seed_input(lab.manifest)
    if found is None:
        raise NotApplicable("no input has an integer argument named seed or rng_seed")
    spec, name = found
    usual = next(variants(spec)).args
    moving = [press(s) for s in lab.manifest.inputs if is_held(s)][:1]
    rollouts = [
        await lab.play(Script({1: (Send(spec.name, {**usual, name: n}), *moving)}, 8))
        for n in (1, 2)
    ]
    differs = first_difference(*rollouts)
    return Measured(differs is not None, "equal" if differs is None else "different", "different")


@promise(
    "D03",
    "global-rng-untouched",
    asserts="Steps leave the global generators of random, numpy and torch as they were.",
    felt="Two worlds in one process disturb each other.",
    cause="torch.randn() without a generator, np.random.rand(), random.random().",
    remedy="Draw from a generator of the session's own.",
    needs=("R00",),
)
async def global_rng_untouched(lab: Lab) -> Measured:
    sends = tuple(press(s) for s in lab.manifest.inputs if is_held(s))
    async with lab.playing() as player:
        before = global_rng_state()
        for send in sends:
            player.send(send.name, dict(send.args))
        await player.step(6)
        after = global_rng_state()
    touched = [name for name in before if before[name] != after[name]]
    return Measured(not touched, ", ".join(touched) or "none", "none touched")


@promise(
    "T01",
    "one-thread",
    asserts="The port starts no threads while it is played: all calls stay on the model's thread.",
    felt="Crashes that nobody can repeat: compiled graphs belong to one thread.",
    cause="asyncio.to_thread() or a ThreadPoolExecutor around the step.",
    remedy="Call the step directly: a blocking step stalls nobody.",
    needs=("R00",),
)
async def one_thread(lab: Lab) -> Measured:
    started = sorted((await lab.baseline()).trace.new_threads)
    return Measured(not started, f"{len(started)} threads started", "0", ", ".join(started))


@promise(
    "S01",
    "no-cross-talk",
    asserts="What one player does does not show in another's session.",
    felt="My keys move your world.",
    cause="State of the player kept in the model, which all sessions share.",
    remedy="Keep it in the session; give the engine a state for each session.",
    needs=("S03", "D03"),
)
async def no_cross_talk(lab: Lab) -> Measured:
    if lab.manifest.model.max_sessions < 2:
        raise NotApplicable("the port declares max_sessions = 1")
    script = lab.driven_script
    alone = await lab.neutral(script.steps)
    stage = await lab.stage()
    async with stage.playing() as quiet, stage.playing() as busy:
        for step in range(script.steps):
            for send in script.at.get(step, ()):
                busy.send(send.name, dict(send.args))
            await stage.advance()
        pairs = list(zip(quiet.frames, alone.frames, strict=False))
    differs = next((i for i, (a, b) in enumerate(pairs) if a.digest != b.digest), None)
    where = "" if differs is None else f"frame {differs} of {len(pairs)}"
    return Measured(differs is None, "different" if where else "equal", "as if alone", where)


@promise(
    "S02",
    "second-session",
    asserts="The second session is like the first.",
    felt="It works for the first visitor, and breaks after that.",
    cause="Caches, positions or prompts of the last session are still in the model.",
    remedy="Reset the engine at the start of every session.",
    needs=("D01",),
)
async def second_session(lab: Lab) -> Measured:
    _needs(lab.target.capabilities.restartable, "the port declares restartable = false")
    first = await lab.baseline()
    second = await lab.play(lab.driven_script)
    await lab.neutral(0)  # what others compare with: before anything was left held
    return _equal(second, first, "the first session")


@promise(
    "S03",
    "disconnect-leaves-nothing-held",
    asserts="Who comes after a player that left with keys held finds none held.",
    felt="The world runs into a wall by itself.",
    cause="Held keys in the model, and a handler that ignores the release at the end.",
    remedy="Keep held keys in the session.",
    needs=("S02",),
)
async def disconnect_leaves_nothing_held(lab: Lab) -> Measured:
    specs = lab.inputs(is_held, "no input is held")
    neutral = await lab.neutral(6)
    await lab.play(Script({1: tuple(map(press, specs))}, 3))
    return _equal(await lab.play(Script(steps=6)), neutral, "a session that nobody was before")


@dataclass(frozen=True)
class Count:
    """What the process holds after a session."""

    memory_bytes: int
    threads: int
    descriptors: int
    tasks: int


@promise(
    "S04",
    "memory-flat",
    asserts="Sessions leave no memory behind.",
    felt="The server dies overnight.",
    cause="Frames, latents or sessions kept in a list or a cache of the model.",
    remedy="Drop them in close(); bound every cache.",
    needs=("R00",),
)
async def memory_flat(lab: Lab) -> Measured:
    slope = _slope([count.memory_bytes for count in await _sessions(lab)])
    limit = lab.target.limits.leak_bytes
    return Measured(
        slope <= limit, f"{slope / 1024:.0f} KiB a session", f"{limit // 1024} KiB a session"
    )


@promise(
    "S05",
    "threads-flat",
    asserts="Sessions leave no threads behind.",
    felt="The server gets slower with every visitor.",
    cause="A thread or a pool for each session.",
    remedy="Make it in load(), or end it in close().",
    needs=("R00", "T01"),
)
async def threads_flat(lab: Lab) -> Measured:
    slope = _slope([count.threads for count in await _sessions(lab)])
    return Measured(slope < 0.5, f"{slope:.1f} a session", "0")


@promise(
    "S06",
    "descriptors-flat",
    asserts="Sessions leave no files or sockets open.",
    felt="After a thousand visitors nobody can connect.",
    cause="A file that is opened in the session and not closed.",
    remedy="with open(...), or close it in close().",
    needs=("R00",),
)
async def descriptors_flat(lab: Lab) -> Measured:
    slope = _slope([count.descriptors for count in await _sessions(lab)])
    return Measured(slope < 0.5, f"{slope:.1f} a session", "0")


@promise(
    "S07",
    "tasks-flat",
    asserts="Sessions leave no tasks behind.",
    felt="The server gets slower with every visitor.",
    cause="asyncio.create_task() in the session, and nobody cancels it.",
    remedy="Cancel it in close().",
    needs=("R00",),
)
async def tasks_flat(lab: Lab) -> Measured:
    slope = _slope([count.tasks for count in await _sessions(lab)])
    return Measured(slope < 0.5, f"{slope:.1f} a session", "0")


@promise(
    "S08",
    "prompt-private",
    asserts="Nothing that a player wrote reaches the next one, and a picture is read under the "
    "prompt that came with it.",
    felt="Somebody else reads my prompt, or my picture starts in somebody else's world.",
    cause="The last prompt is kept in the model: it is published or told in an error, or the seed "
    "frame is read before the new prompt is set.",
    remedy="Keep the prompt in the session, and set it before the engine reads the seed frame.",
    needs=("R00", "I01", "S02"),
)
async def prompt_private(lab: Lab) -> Measured:
    specs = lab.inputs(texts_of, "no input takes free text")
    uploads = [s for s in lab.manifest.inputs if f"input:{s.name}" not in lab.target.hazards]
    sends = [next(variants(s)) for s in (*specs, *filter(files_of, uploads))]
    told, after = [], []
    for words in WORDS[1:3]:
        await lab.play(Script({0: tuple(_written(spec, f"{words} {CANARY}") for spec in specs)}, 2))
        async with lab.playing() as player:
            for send in sends:
                player.send(send.name, dict(send.args))
            await player.step(3)
        told += [f"output {m.output}" for m in player.wire_messages if CANARY in str(m.payload)]
        told += [f"error {n.error.code}" for n in player.errors if CANARY in n.error.message]
        after.append([frame.digest for frame in player.frames])
    if lab.target.capabilities.deterministic and lab.target.capabilities.restartable:
        if any(one != other for one, other in zip(*after, strict=False)):
            told.append("the next player's frames")
        if await _reads_under_the_last_prompt(lab, specs[0], sends[len(specs) :]):
            told.append("the picture that comes with a prompt")
    return Measured(not told, f"{len(told)} times", "0", ", ".join(dict.fromkeys(told)))


def _written(spec: InputSpec, text: str) -> Send:
    return Send(spec.name, {**next(variants(spec)).args, **dict.fromkeys(texts_of(spec), text)})


async def _reads_under_the_last_prompt(lab: Lab, spec: InputSpec, files: list[Send]) -> bool:
    """Whether a file that comes right after a prompt finds another world than one that comes later.

    It is no fault if the file does not start a new world: the past was then another one.
    """
    before, now = (_written(spec, words) for words in WORDS[1:3])
    scripts = (
        Script({1: (before,), 2: (now,), 3: tuple(files)}, 6),
        Script({1: (now,), 3: tuple(files)}, 6),
        Script({1: (before,), 3: (now, *files)}, 6),
    )
    rollouts = [await lab.play(script) for script in scripts]
    later, alone, together = ([f.digest for f in r.frames[r.ends[4] :]] for r in rollouts)
    return bool(files) and later == alone and together != later


async def _sessions(lab: Lab) -> list[Count]:
    """What the process held after each of many sessions."""
    if "counts" not in lab.facts:
        stage = await lab.stage()
        counts = []
        sends = lab.driven_script.at.get(1, ())
        for _ in range(lab.target.limits.leak_sessions):
            async with stage.playing() as player:
                for send in sends:
                    player.send(send.name, dict(send.args))
            tasks = player.trace.model_tasks
            stage.probe.sessions.clear()
            del player
            counts.append(await _count(tasks))
        lab.facts["counts"] = counts
    found: list[Count] = lab.facts["counts"]
    return found


async def _count(tasks: int) -> Count:
    await asyncio.sleep(0)
    gc.collect()
    torch = sys.modules.get("torch")
    video_bytes = torch.cuda.memory_allocated() if torch and torch.cuda.is_initialized() else 0
    return Count(_memory_bytes() + video_bytes, threading.active_count(), _descriptors(), tasks)


def _memory_bytes() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _descriptors() -> int:
    try:
        return len(list(Path("/proc/self/fd").iterdir()))
    except OSError:
        return 0


def _slope(values: list[int]) -> float:
    """Growth a session between the middle and the end: the median of the slopes of all pairs."""
    late = np.array(values[len(values) // 4 :], float)
    slopes = [
        (late[j] - late[i]) / (j - i) for i in range(len(late)) for j in range(i + 1, len(late))
    ]
    return float(statistics.median(slopes)) if slopes else 0.0


def _equal(a: Rollout, b: Rollout, other: str) -> Measured:
    differs = first_difference(a, b)
    frames = min(len(a.frames), len(b.frames))
    where = "" if differs is None else f"frame {differs} of {frames} is not that of {other}"
    return Measured(differs is None, "different" if where else f"{frames} equal", "equal", where)


def _needs(declared: bool, why: str) -> None:
    if not declared:
        raise NotPromised(why)
