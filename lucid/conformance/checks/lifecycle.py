"""L: pause, resume, leave, cancel, close."""

from __future__ import annotations

import asyncio

from lucid.conformance.busy import cpu_s
from lucid.conformance.lab import Lab
from lucid.conformance.promise import Hung, Measured, NotApplicable, promise
from lucid.conformance.stage import Player, Stage
from lucid.runtime.messages import Pause, Resume
from lucid.runtime.states import SessionState

WATCHED_S = 0.2
"""How long a paused port is watched."""
IDLE = 0.2
"""The part of that time that a paused model thread may be at work."""
PAUSED_AT = 3


@promise(
    "L01",
    "pause-stops",
    asserts="While a session is paused no frame comes and the model does not run.",
    felt="The fan goes on while the page is hidden.",
    cause="A loop that steps the model and drops the frames, or never awaits the context.",
    remedy="await ctx.wait_if_paused() (publish does) before each step.",
    needs=("R00",),
)
async def pause_stops(lab: Lab) -> Measured:
    stage = await lab.stage()
    async with stage.playing() as player:
        await player.step(PAUSED_AT)
        paused = await _pause(stage, player)
        if not paused:
            return Measured(False, f"the session is {player.state}", "paused")
        frames, spent_s = await _watch(stage, player)
    ok = frames <= 0 and spent_s <= IDLE * WATCHED_S
    return Measured(
        ok,
        f"{frames} frames, {spent_s * 1000:.0f} ms of work in {WATCHED_S * 1000:.0f} ms",
        f"0 frames, {IDLE * WATCHED_S * 1000:.0f} ms",
    )


@promise(
    "L02",
    "resume-goes-on",
    asserts="After a pause the world goes on where it was.",
    felt="The world jumps or starts anew when the page comes back.",
    cause="The world moves by the wall clock, or the loop starts over after a wait.",
    remedy="Count steps, not seconds; keep the state outside the loop.",
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
        pairs = list(zip(player.frames, neutral.frames, strict=False))
        differs = next((i for i, (a, b) in enumerate(pairs) if a.digest != b.digest), None)
        went_on = len(player.frames) > neutral.ends[PAUSED_AT]
    where = "" if differs is None else f"frame {differs} differs from a session without a pause"
    ok = differs is None and went_on
    return Measured(ok, "goes on" if ok else "changed", "goes on", where)


@promise(
    "L03",
    "leaves-by-itself",
    asserts="run() returns soon after ctx.running is False; nobody has to cancel it.",
    felt="Reload, and the old session holds the model for a while.",
    cause="`while True`, or an inner loop that does not look at ctx.running.",
    remedy="while self.ctx.running: ...",
    needs=("R00",),
)
async def leaves_by_itself(lab: Lab) -> Measured:
    return await _leaves(lab, steps=PAUSED_AT)


@promise(
    "L04",
    "leaves-before-first-frame",
    asserts="A session that is left at once ends at once.",
    felt="Who opens the page by mistake blocks the next player.",
    cause="A warm-up or a wait for the prompt that does not look at ctx.running.",
    remedy="while self.ctx.running and not self.prompt: await self.ctx.wait_if_paused()",
    needs=("R00", "L03"),
)
async def leaves_before_first_frame(lab: Lab) -> Measured:
    stage = await lab.stage()
    player = Player(stage)
    player.come_and_go()
    await stage.until(lambda: player.state.over, lab.target.limits.step_s)
    ended = player.trace.run_ended or "never began"
    return Measured(ended != "cancelled", f"run() {ended}", "returned, or never began")


@promise(
    "L05",
    "leaves-in-a-pause",
    asserts="A session that is left while paused ends at once.",
    felt="A hidden page that is closed holds the model.",
    cause="A loop that waits for the end of the pause and does not look at ctx.running.",
    remedy="await ctx.wait_if_paused(): it returns when the session is to end.",
    needs=("R00", "L01", "L03"),
)
async def leaves_in_a_pause(lab: Lab) -> Measured:
    return await _leaves(lab, steps=PAUSED_AT, paused=True)


@promise(
    "L06",
    "cancel-is-heard",
    asserts="run() lets itself be cancelled at any await.",
    felt="The server does not end on Ctrl-C.",
    cause="`except BaseException` or `except CancelledError` around publish().",
    remedy="Catch Exception at most, and raise CancelledError again.",
    needs=("R00",),
)
async def cancel_is_heard(lab: Lab) -> Measured:
    lab.video()
    heard = 0
    stage = await lab.stage()
    for steps in (0, 1, 4):
        async with stage.playing() as player:
            await player.step(steps)
            task, loop = player.trace.run_task, stage.probe.loop
            assert task is not None and loop is not None
            loop.call_soon_threadsafe(task.cancel)
            await _until_it_answers(stage, player)
            heard += player.trace.run_ended in ("cancelled", "returned")
    return Measured(heard == 3, f"{heard} of 3 heard", "3")


@promise(
    "L07",
    "close-clean",
    asserts="close() returns soon and without an error.",
    felt="An error at the end of every visit, and memory that stays taken.",
    cause="close() frees what run() has freed, or what was never made.",
    remedy="Let close() work after any run(), whole or half.",
    needs=("R00",),
)
async def close_clean(lab: Lab) -> Measured:
    stage = await lab.stage()
    async with stage.playing() as player:
        await player.step()
    trace = player.trace
    errors = [repr(error) for phase, error in trace.errors if phase == "close"]
    limit_s = 2.0
    ok = not errors and trace.close_s <= limit_s
    return Measured(
        ok, "raised" if errors else f"{trace.close_s:.2f} s", f"{limit_s:g} s", "; ".join(errors)
    )


@promise(
    "L08",
    "close-twice",
    asserts="close() may be called again.",
    felt="A crash on top of a crash hides the first one.",
    cause="`del self.x` or a handle closed twice.",
    remedy="Set what was freed to None, and look first.",
    needs=("R00", "L07"),
)
async def close_twice(lab: Lab) -> Measured:
    if "close" in lab.target.hazards:
        raise NotApplicable("close() does not come back")
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


async def _until_it_answers(stage: Stage, player: Player) -> None:
    """Until the session is over, or goes on."""
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
    """Pause, and let the step that was due begin to wait."""
    limit_s = stage.target.limits.step_s
    player.control(Pause())
    await stage.until(lambda: player.state is not SessionState.RUNNING, limit_s)
    stage.clock.advance()
    await asyncio.sleep(0.05)
    return player.state is SessionState.PAUSED


async def _watch(stage: Stage, player: Player) -> tuple[int, float]:
    """Frames and seconds of work on the model's thread while nothing should happen."""
    thread_id = stage.probe.thread_id
    assert thread_id is not None
    frames, before_s = len(player.frames), cpu_s(thread_id)
    for _ in range(10):
        stage.clock.advance()  # time passes: a port that goes on would step
        await asyncio.sleep(WATCHED_S / 10)
    after_s = cpu_s(thread_id)
    spent_s = 0.0 if before_s is None or after_s is None else after_s - before_s
    return len(player.frames) - frames, spent_s
