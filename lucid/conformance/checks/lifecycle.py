"""L: pause, resume, leave, cancel, close."""

import asyncio
import threading
import time

from lucid.conformance.busy import cpu_s, queued_s
from lucid.conformance.lab import Lab, compare, first_difference
from lucid.conformance.promise import Hung, Measured, NotApplicable, promise
from lucid.conformance.script import Script
from lucid.conformance.stage import Player, Stage
from lucid.runtime.messages import Pause, Restore, Resume
from lucid.runtime.snapshots import declares
from lucid.runtime.states import SessionState

WATCHED_S = 0.2
"""How long to watch a paused port."""
IDLE = 0.2
"""The fraction of that time that the model's thread may work while paused."""
PAUSED_AT = 3


@promise(
    "L01",
    asserts="While a session is paused, no frame comes and the model does not run.",
    felt="The GPU keeps working while the page is hidden.",
    cause="The loop steps the model and drops the frames, or never awaits the context.",
    remedy="Call `await ctx.wait_if_paused()` before each step. ctx.publish() does this.",
)
async def pause_stops(lab: Lab) -> Measured:
    stage = await lab.stage()
    async with stage.playing() as player:
        await player.step(PAUSED_AT)
        paused = await _pause(stage, player)
        if not paused:
            return Measured(False, f"the session is {player.state}", "paused")
        frames, spent_s, watched_s = await _watch(stage, player)
    ok = frames <= 0 and spent_s <= IDLE * watched_s
    return Measured(
        ok,
        f"{frames} frames, {spent_s * 1000:.0f} ms of work in {watched_s * 1000:.0f} ms",
        f"0 frames, {IDLE * watched_s * 1000:.0f} ms",
    )


@promise(
    "L02",
    asserts="After a pause, the world continues from where it was.",
    felt="The world jumps or restarts when the page comes back.",
    cause="The world follows the wall clock, or the loop starts over after a pause.",
    remedy="Count steps instead of seconds, and keep the state outside the loop.",
    needs=("S03", "L01"),
)
async def resume_goes_on(lab: Lab) -> Measured:
    neutral = await lab.neutral(PAUSED_AT + 5)
    stage = await lab.stage()
    async with stage.playing() as player:
        await player.step(PAUSED_AT)
        await _pause(stage, player)
        player.control(Resume())
        limit_s = lab.target.limits.step_s
        await stage.until(lambda: player.state is not SessionState.PAUSED, limit_s)
        await stage.settle(limit_s)
        await player.step(4)
    if len(player.frames) <= neutral.ends[PAUSED_AT]:
        return Measured(False, "no frame after the pause", "equal")
    return compare(player.frames, neutral, "a session without a pause")


@promise(
    "L03",
    asserts="run() returns soon after ctx.running becomes False, without being cancelled.",
    felt="After a reload, the old session occupies the model for a while.",
    cause="`while True`, or an inner loop that does not check ctx.running.",
    remedy="Use `while self.ctx.running:` as the loop.",
)
async def leaves_by_itself(lab: Lab) -> Measured:
    return await _leaves(lab, steps=PAUSED_AT)


@promise(
    "L04",
    asserts="If a player leaves before the first frame, the session ends at once.",
    felt="A visitor who opens the page by mistake blocks the next player.",
    cause="A warm-up, or a wait for the prompt, does not check ctx.running.",
    remedy="`while self.ctx.running and not self.prompt: await self.ctx.wait_if_paused()`",
    needs=("R00", "L03"),
)
async def leaves_before_first_frame(lab: Lab) -> Measured:
    stage = await lab.stage()
    player = Player(stage)
    player.start_and_leave()
    await stage.until(lambda: player.state.over, lab.target.limits.step_s)
    ended = player.trace.run_ended or "never began"
    return Measured(ended != "cancelled", f"run() {ended}", "returned, or never began")


@promise(
    "L05",
    asserts="If a player leaves during a pause, the session ends at once.",
    felt="A page that is closed while hidden occupies the model.",
    cause="A loop waits for the end of the pause and does not check ctx.running.",
    remedy="Use `await ctx.wait_if_paused()`, which also returns when the session must end.",
    needs=("R00", "L01", "L03"),
)
async def leaves_in_a_pause(lab: Lab) -> Measured:
    return await _leaves(lab, steps=PAUSED_AT, paused=True)


@promise(
    "L06",
    asserts="run() can be cancelled at any await.",
    felt="The server does not end on Ctrl-C.",
    cause="`except BaseException` or `except CancelledError` around publish().",
    remedy="Catch Exception at most, and re-raise CancelledError.",
)
async def cancel_is_heard(lab: Lab) -> Measured:
    lab.video()
    ended = 0
    stage = await lab.stage()
    for steps in (0, 1, 4):
        async with stage.playing() as player:
            await player.step(steps)
            task, loop = player.trace.run_task, stage.probe.loop
            assert task is not None and loop is not None
            loop.call_soon_threadsafe(task.cancel)
            await _until_over_or_next_frame(stage, player)
            ended += player.trace.run_ended in ("cancelled", "returned")
    return Measured(ended == 3, f"{ended} of 3 ended run()", "3")


@promise(
    "L07",
    asserts="close() returns soon and without an error.",
    felt="Every visit ends with an error, and its memory stays in use.",
    cause="close() frees an object that run() has freed, or that was never created.",
    remedy="Make close() work after a run() that finished or was interrupted.",
)
async def close_clean(lab: Lab) -> Measured:
    stage = await lab.stage()
    async with stage.playing() as player:
        await player.step()
    trace = player.trace
    errors = [str(raised) for raised in trace.errors if raised.phase == "close"]
    limit_s = 2.0
    ok = not errors and trace.close_s <= limit_s
    return Measured(
        ok, "raised" if errors else f"{trace.close_s:.2f} s", f"{limit_s:g} s", "; ".join(errors)
    )


@promise(
    "L08",
    asserts="close() can be called twice.",
    felt="A second error hides the first.",
    cause="`del self.x`, or a handle that is closed twice.",
    remedy="Set a freed attribute to None, and check it first.",
    needs=("R00", "L07"),
)
async def close_twice(lab: Lab) -> Measured:
    if "close" in lab.target.hazards:
        raise NotApplicable("close() does not return")
    stage = await lab.stage()
    async with stage.playing() as player:
        await player.step()
    session, loop = player.trace.session, stage.probe.loop
    assert session is not None and loop is not None
    again = asyncio.run_coroutine_threadsafe(session.close(), loop)
    try:
        async with asyncio.timeout(lab.target.limits.step_s):
            await asyncio.wrap_future(again)
    except TimeoutError:
        raise Hung("close", lab.target.limits.step_s) from None
    except Exception as error:  # noqa: BLE001 - the border around author code
        return Measured(False, "raised", "returns", repr(error))
    return Measured(True, "returns", "returns")


@promise(
    "L10",
    asserts="After restore(snapshot()), the same inputs give the same frames.",
    felt="Going back leads to a world that is not the one of the picture.",
    cause="The snapshot lacks a part of the state: a cache, a generator, pending motion, or a "
    "local variable of run().",
    remedy="Keep all state of the rollout on the session, and put all of it into the snapshot.",
    needs=("S03",),
)
async def goes_back(lab: Lab) -> Measured:
    lab.video()
    stage, script = await lab.stage(), lab.driven_script
    middle = script.steps // 2
    async with stage.playing() as player:
        session, loop = player.trace.session, stage.probe.loop
        assert session is not None and loop is not None
        if not declares(session):
            raise NotApplicable("the session does not declare snapshot() and restore()")
        await _play(player, script, range(middle))
        taken = asyncio.run_coroutine_threadsafe(player.trace.context.snapshot(), loop)
        snapshot = await asyncio.wrap_future(taken)
        if snapshot is None:
            return Measured(False, "snapshot() raised, or returned no bytes", "bytes")
        before = len(player.frames)
        await _play(player, script, range(middle, script.steps))
        first = player.frames[before:]
        player.control(Restore(snapshot))
        before = len(player.frames)
        await _play(player, script, range(middle, script.steps))
        again = player.frames[before:]
    differs = first_difference(first, again)
    if differs is None and len(first) == len(again):
        return Measured(True, f"{len(again)} equal", "equal")
    detail = f"frame {differs} after the snapshot differs, of {len(first)}"
    return Measured(False, "different", "equal", detail)


async def _play(player: Player, script: Script, steps: range) -> None:
    for step in steps:
        player.send(*script.at.get(step, ()))
        await player.step()


async def _until_over_or_next_frame(stage: Stage, player: Player) -> None:
    """Wait until the session is over or shows another frame; else make one step."""
    before = len(player.frames)
    try:
        await stage.until(lambda: player.state.over or len(player.frames) > before, WATCHED_S * 5)
    except Hung:
        await player.step()


async def _leaves(lab: Lab, *, steps: int, paused: bool = False) -> Measured:
    stage = await lab.stage()
    async with stage.playing() as player:
        await player.step(steps)
        if paused:
            await _pause(stage, player)
        await player.leave()
    ended = player.trace.run_ended or "goes on"
    return Measured(ended == "returned", f"run() {ended}", "run() returned")


async def _pause(stage: Stage, player: Player) -> bool:
    """Pause, and let the step that was due park. Return whether the session is paused."""
    limit_s = stage.target.limits.step_s
    player.control(Pause())
    await stage.until(lambda: player.state is not SessionState.RUNNING, limit_s)
    stage.start_steps()
    await asyncio.sleep(0.05)
    return player.state is SessionState.PAUSED


async def _watch(stage: Stage, player: Player) -> tuple[int, float, float]:
    """Watch a pause until the model's thread could have worked for ``WATCHED_S``.

    Return the frames, its seconds of work, and the seconds in which it did not wait for a
    processor. On a busy machine, a thread that never rests may wait for most of the time.
    """
    thread_id = stage.probe.thread_id
    assert thread_id is not None
    frames, before_s = len(player.frames), cpu_s(thread_id)
    native_id = next(t.native_id for t in threading.enumerate() if t.ident == thread_id)
    start_s, watched_s = time.monotonic() - queued_s(native_id), 0.0
    while watched_s < WATCHED_S:
        stage.start_steps()  # a port that does not pause would make a step
        await asyncio.sleep(WATCHED_S / 10)
        watched_s = time.monotonic() - queued_s(native_id) - start_s
    after_s = cpu_s(thread_id)
    spent_s = 0.0 if before_s is None or after_s is None else after_s - before_s
    return len(player.frames) - frames, spent_s, watched_s
