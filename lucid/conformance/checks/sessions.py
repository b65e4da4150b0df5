"""S, D, T: sessions one after another and in parallel, determinism, threads."""

import asyncio
import statistics
import threading
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from lucid.authoring.manifest import InputSpec
from lucid.authoring.parameters import files_of, rng_seed_input, texts_of
from lucid.conformance.busy import memory_bytes
from lucid.conformance.lab import Lab, compare, first_difference, global_rng_state
from lucid.conformance.promise import Measured, NotApplicable, NotPromised, promise
from lucid.conformance.script import PROMPTS, Script, Send, is_held, press, variants

CANARY = "zyzzyva-canary-42"


@promise(
    "D01",
    asserts="The same rng seed and the same inputs give exactly the same frames.",
    felt="A bug that nobody can reproduce.",
    cause="A generator without a seed, the wall clock, or the order of a set in the step.",
    remedy="Create one generator with a fixed seed per rollout, and draw only from it.",
)
async def same_frames_again(lab: Lab) -> Measured:
    _needs(lab.target.capabilities.deterministic, "the port declares deterministic = false")
    lab.video()
    _, first = await lab.first_load()
    frames = (await lab.baseline()).frames
    return compare(frames, first, "the same session after another load")


@promise(
    "D02",
    asserts="Different rng seeds give different frames.",
    felt="Every world is the same world.",
    cause="The port accepts the seed and does not use it.",
    remedy="Create the rollout's generator from the seed.",
    needs=("S03", "O04", "O05"),
)
async def seed_matters(lab: Lab) -> Measured:
    found = rng_seed_input(lab.manifest)
    if found is None:
        raise NotApplicable("no input has an integer argument named seed or rng_seed")
    spec, name = found
    usual = next(variants(spec)).args
    moving = [press(s) for s in lab.manifest.inputs if is_held(s)][:1]
    one, two = [
        await lab.play(Script({1: (Send(spec.name, {**usual, name: n}), *moving)}, 8))
        for n in (1, 2)
    ]
    differs = first_difference(one.frames, two.frames)
    return Measured(differs is not None, "equal" if differs is None else "different", "different")


@promise(
    "D03",
    asserts="Steps do not use the global generators of random, numpy and torch.",
    felt="Two worlds in one process disturb each other.",
    cause="torch.randn() without a generator, np.random.rand(), random.random().",
    remedy="Draw from a generator that belongs to the session.",
)
async def global_rng_untouched(lab: Lab) -> Measured:
    sends = tuple(press(s) for s in lab.manifest.inputs if is_held(s))
    async with lab.playing() as player:
        before = global_rng_state()
        player.send(*sends)
        await player.step(6)
        after = global_rng_state()
    touched = [name for name in before if before[name] != after[name]]
    return Measured.none(touched, "generators used")


@promise(
    "T01",
    asserts="The port starts no threads during play: everything runs on the model's thread.",
    felt="Crashes that nobody can reproduce, because compiled graphs belong to one thread.",
    cause="asyncio.to_thread() or a ThreadPoolExecutor around the step.",
    remedy="Call the step directly: a blocking step does not stall the server.",
)
async def one_thread(lab: Lab) -> Measured:
    return Measured.none(sorted((await lab.baseline()).trace.new_threads), "threads started")


@promise(
    "S01",
    asserts="One player's inputs do not change another player's frames.",
    felt="One player's keys move another player's world.",
    cause="The model, which all sessions share, stores the state of a player.",
    remedy="Store it in the session, and give the engine one state per session.",
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
            busy.send(*script.at.get(step, ()))
            await stage.advance()
    return compare(quiet.frames, alone, "a session that plays alone")


@promise(
    "S02",
    asserts="The second session shows the same frames as the first.",
    felt="It works for the first visitor and breaks for the next.",
    cause="Caches, positions or prompts of the previous session are still in the model.",
    remedy="Reset the engine at the start of every session.",
    needs=("D01",),
)
async def second_session(lab: Lab) -> Measured:
    _needs(lab.target.capabilities.restartable, "the port declares restartable = false")
    first = await lab.baseline()
    second = await lab.play(lab.driven_script)
    await lab.neutral(0)  # the reference of other checks: before any session ends with held keys
    return compare(second.frames, first, "the first session")


@promise(
    "S03",
    asserts="If a player leaves while holding keys, the next session starts with no key held.",
    felt="The player walks without any key pressed.",
    cause="The model stores held keys, and the handler ignores the release at the end.",
    remedy="Store held keys in the session.",
    needs=("S02",),
)
async def disconnect_leaves_nothing_held(lab: Lab) -> Measured:
    specs = lab.held_inputs()
    neutral = await lab.neutral(6)
    await lab.play(Script({1: tuple(map(press, specs))}, 3))
    after = await lab.play(Script(steps=6))
    return compare(after.frames, neutral, "a session without a predecessor")


@dataclass(frozen=True)
class Count:
    """The resources of the process after a session."""

    memory_bytes: int
    threads: int
    descriptors: int
    tasks: int


@promise(
    "S04",
    asserts="Sessions do not leak memory.",
    felt="The server runs out of memory overnight.",
    cause="A list or a cache of the model keeps frames, latents or sessions.",
    remedy="Release them in close(), and bound every cache.",
)
async def memory_flat(lab: Lab) -> Measured:
    slope = _slope([count.memory_bytes for count in await _sessions(lab)])
    limit = lab.target.limits.leak_bytes
    return Measured(
        slope <= limit, f"{slope / 1024:.0f} KiB per session", f"{limit // 1024} KiB per session"
    )


@promise(
    "S05",
    asserts="Sessions do not leak threads.",
    felt="The server gets slower with every visitor.",
    cause="A thread or a thread pool per session.",
    remedy="Create it in load(), or end it in close().",
    needs=("R00", "T01"),
)
async def threads_flat(lab: Lab) -> Measured:
    slope = _slope([count.threads for count in await _sessions(lab)])
    return Measured(slope < 0.5, f"{slope:.1f} per session", "0")


@promise(
    "S06",
    asserts="Sessions do not leave files or sockets open.",
    felt="After a thousand visitors nobody can connect.",
    cause="A session opens a file and does not close it.",
    remedy="Use `with open(...)`, or close the file in close().",
)
async def descriptors_flat(lab: Lab) -> Measured:
    slope = _slope([count.descriptors for count in await _sessions(lab)])
    return Measured(slope < 0.5, f"{slope:.1f} per session", "0")


@promise(
    "S07",
    asserts="Sessions do not leak asyncio tasks.",
    felt="The server gets slower with every visitor.",
    cause="A session calls asyncio.create_task() and never cancels the task.",
    remedy="Cancel the task in close().",
)
async def tasks_flat(lab: Lab) -> Measured:
    slope = _slope([count.tasks for count in await _sessions(lab)])
    return Measured(slope < 0.5, f"{slope:.1f} per session", "0")


@promise(
    "S08",
    asserts="A player's text does not reach the next player, and a picture is read under the "
    "prompt that came with it.",
    felt="Another player reads the prompt, or a picture starts in another player's world.",
    cause="The model stores the last prompt and publishes it, or the port reads the seed frame "
    "before it sets the new prompt.",
    remedy="Store the prompt in the session, and set it before the engine reads the seed frame.",
    needs=("R00", "I01", "S02"),
)
async def prompt_private(lab: Lab) -> Measured:
    specs = lab.inputs(texts_of, "no input takes free text")
    uploads = [s for s in lab.manifest.inputs if f"input:{s.name}" not in lab.target.hazards]
    sends = [next(variants(s)) for s in (*specs, *filter(files_of, uploads))]
    leaks, after = [], []
    for text in PROMPTS[1:3]:
        await lab.play(Script({0: tuple(_prompt(spec, f"{text} {CANARY}") for spec in specs)}, 2))
        async with lab.playing() as player:
            player.send(*sends)
            await player.step(3)
        leaks += [f"output {m.output}" for m in player.messages if CANARY in str(m.payload)]
        leaks += [f"error {n.error.code}" for n in player.errors if CANARY in n.error.message]
        after.append(player.frames)
    if lab.target.capabilities.deterministic and lab.target.capabilities.restartable:
        if first_difference(*after) is not None:
            leaks.append("the next player's frames")
        if await _reads_under_the_last_prompt(lab, specs[0], sends[len(specs) :]):
            leaks.append("the picture that comes with a prompt")
    return Measured(not leaks, f"{len(leaks)} times", "0", ", ".join(dict.fromkeys(leaks)))


def _prompt(spec: InputSpec, text: str) -> Send:
    return Send(spec.name, {**next(variants(spec)).args, **dict.fromkeys(texts_of(spec), text)})


async def _reads_under_the_last_prompt(lab: Lab, spec: InputSpec, files: list[Send]) -> bool:
    """Return whether a file that comes with a prompt is read under the prompt before it.

    A port whose files do not start a new world passes, since its past frames differ.
    """
    before, now = (_prompt(spec, text) for text in PROMPTS[1:3])
    scripts = (
        Script({1: (before,), 2: (now,), 3: tuple(files)}, 6),
        Script({1: (now,), 3: tuple(files)}, 6),
        Script({1: (before,), 3: (now, *files)}, 6),
    )
    rollouts = [await lab.play(script) for script in scripts]
    later, alone, together = ([f.digest for f in r.frames[r.ends[4] :]] for r in rollouts)
    return bool(files) and later == alone and together != later


async def _sessions(lab: Lab) -> list[Count]:
    """Return the resources of the process after each of many sessions."""
    return await lab.once("counts", partial(_play_sessions, lab))


async def _play_sessions(lab: Lab) -> list[Count]:
    stage, counts = await lab.stage(), list[Count]()
    sends = lab.driven_script.at.get(1, ())
    for _ in range(lab.target.limits.leak_sessions):
        async with stage.playing() as player:
            player.send(*sends)
        tasks = player.trace.model_tasks
        stage.probe.sessions.clear()
        del player
        await asyncio.sleep(0)
        counts.append(Count(memory_bytes(), threading.active_count(), _descriptors(), tasks))
    return counts


def _descriptors() -> int:
    try:
        return len(list(Path("/proc/self/fd").iterdir()))
    except OSError:
        return 0


def _slope(values: list[int]) -> float:
    """Return the growth per session: the median slope of all pairs, without the first quarter."""
    late = np.array(values[len(values) // 4 :], float)
    slopes = [
        (late[j] - late[i]) / (j - i) for i in range(len(late)) for j in range(i + 1, len(late))
    ]
    return float(statistics.median(slopes)) if slopes else 0.0


def _needs(declared: bool, why: str) -> None:
    if not declared:
        raise NotPromised(why)
