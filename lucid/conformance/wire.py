"""X: the port behind the real server, watched through a real peer connection, in real time."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from lucid._target import PortLocation
from lucid.conformance.promise import Measured, Outcome, Promise, Result, promise
from lucid.conformance.script import is_held, press
from lucid.conformance.target import Limits
from lucid.errors import MachineError

if TYPE_CHECKING:
    from lucid.authoring.manifest import Manifest
    from lucid.conformance.visit import Visit

JOIN_S = 20.0
WATCHED_S = 3.0
LEFT_S = 5.0
LIVE = 1.0
"""Mean difference of pixels, of 255, that is more than the codec's noise."""


class Ward:
    """A served port, and a visit to it."""

    def __init__(self, url: str, limits: Limits) -> None:
        self.url, self.limits = url, limits
        self.visit: Visit | None = None

    async def enter(self) -> tuple[Visit, float]:
        """Another visit that plays; seconds until its first picture."""
        from lucid.conformance.visit import Visit

        visit = Visit(self.url)
        start_s = time.monotonic()
        limit_s = (self.limits.load_s + JOIN_S) * self.limits.slack
        try:
            await visit.join(limit_s)
            await visit.until(lambda: bool(visit.stamps_s), JOIN_S * self.limits.slack)
        except BaseException:
            await visit.leave()
            raise
        return visit, time.monotonic() - start_s


@promise(
    "X01",
    "connects",
    asserts="A player connects, and the first picture is decoded.",
    felt="A spinner, and nothing else.",
    cause="The session fails when it starts: see the checks without the wire.",
    remedy="`lucid serve PORT` and read its log.",
)
async def connects(ward: Ward) -> Measured:
    try:
        ward.visit, took_s = await ward.enter()
    except TimeoutError:
        return Measured(False, "no picture", "a picture")
    return Measured(True, f"{took_s:.1f} s, the load included", "a picture")


@promise(
    "X02",
    "video-flows",
    asserts="Pictures keep coming, at half of the declared fps at least.",
    felt="The picture stands still.",
    cause="The model or the encoder is too slow for the size.",
    remedy="`lucid bench PORT`; declare fewer fps or a smaller size.",
    needs=("X01",),
)
async def video_flows(ward: Ward) -> Measured:
    visit = _visit(ward)
    hello = next(m for m in visit.told if m["type"] == "hello")
    video = next(o for o in hello["manifest"]["outputs"] if o["kind"] == "video")
    before = len(visit.stamps_s)
    await asyncio.sleep(WATCHED_S)
    fps = (len(visit.stamps_s) - before) / WATCHED_S
    limit = (video["fps"] or 10) / 2 / ward.limits.slack
    return Measured(fps >= limit, f"{fps:.1f} fps", f"{limit:.1f} fps")


@promise(
    "X03",
    "refusal-is-told",
    asserts="An input that does not exist is refused by name, and the session goes on.",
    felt="A typo in a client ends the world.",
    cause="A port that overrides how inputs are looked up.",
    remedy="Declare inputs with @input only.",
    needs=("X01",),
)
async def refusal_is_told(ward: Ward) -> Measured:
    visit = _visit(ward)
    seq = visit.send("no_such_input", {})
    try:
        await visit.until(lambda: any(e["seq"] == seq for e in visit.errors), _limit(ward))
    except TimeoutError:
        return Measured(False, "no answer", "input.unknown")
    told = next(e for e in visit.errors if e["seq"] == seq)
    ok = told["code"] == "input.unknown" and visit.state == "running"
    return Measured(ok, f"{told['code']}, {visit.state}", "input.unknown, running")


@promise(
    "X04",
    "picture-answers",
    asserts="The decoded picture changes while the controls are used.",
    felt="The video plays, and nothing that one does shows.",
    cause="Inputs reach the session and not the model: see R02.",
    remedy="Fix R02 first.",
    needs=("X02",),
)
async def picture_answers(ward: Ward) -> Measured:
    visit = _visit(ward)
    hello = next(m for m in visit.told if m["type"] == "hello")
    manifest = _manifest(hello["manifest"])
    before = visit.means[-1]
    for spec in [spec for spec in manifest.inputs if is_held(spec)][:1]:
        visit.send(spec.name, dict(press(spec).args))
    largest = 0.0
    with contextlib.suppress(TimeoutError):
        await visit.until(lambda: _distance(visit, before) > LIVE, _limit(ward))
    largest = max(largest, _distance(visit, before))
    return Measured(largest > LIVE, f"{largest:.1f} of 255", f"over {LIVE:g}")


@promise(
    "X05",
    "leaving-frees-the-place",
    asserts="When a player goes, the next one plays.",
    felt="One closed tab, and nobody can play any more.",
    cause="run() or close() goes on after the session has ended.",
    remedy="See L03 and L07.",
    needs=("X01",),
)
async def leaving_frees_the_place(ward: Ward) -> Measured:
    await _visit(ward).leave()
    ward.visit = None
    try:
        visit, took_s = await ward.enter()
    except TimeoutError:
        return Measured(False, "the next player waits", "plays")
    await visit.leave()
    return Measured(True, f"plays after {took_s:.1f} s", "plays")


WIRE_PROMISES: tuple[Promise, ...] = (
    connects,
    video_flows,
    refusal_is_told,
    picture_answers,
    leaving_frees_the_place,
)


def check_wire(
    location: PortLocation, *, stub: bool, limits: Limits | None = None
) -> tuple[Result, ...]:
    """The results of the checks over the wire.

    Raises:
        MachineError: the extra ``serve`` is missing, or the server does not start.
    """
    try:
        import lucid.conformance.visit  # noqa: F401 - to say early what is missing
    except ModuleNotFoundError as error:
        raise MachineError(
            f"--wire needs {error.name}, which is not installed",
            hint='pip install "lucid-runtime[serve]"',
        ) from None
    with _served(location, stub) as url:
        return asyncio.run(_check(Ward(url, limits or Limits())))


async def _check(ward: Ward) -> tuple[Result, ...]:
    results: dict[str, Result] = {}
    try:
        for kept in WIRE_PROMISES:
            broken = [n for n in kept.needs if results[n].outcome is not Outcome.PASSED]
            if broken:
                told = f"{', '.join(broken)} must pass first"
                results[kept.id] = Result.of(kept, Outcome.BLOCKED, detail=told)
                continue
            start_s = time.monotonic()
            measured = await kept.measure(ward)
            outcome = Outcome.PASSED if measured.ok else Outcome.FAILED
            seconds = time.monotonic() - start_s
            results[kept.id] = Result.of(kept, outcome, measured, seconds=seconds)
    finally:
        if ward.visit is not None:
            await ward.visit.leave()
    return tuple(results.values())


@contextmanager
def _served(location: PortLocation, stub: bool) -> Iterator[str]:
    """``lucid serve`` of the port, on a free TCP port: its URL."""
    command = [sys.executable, "-m", "lucid", "serve", location.entry, "--port", "0"]
    server = subprocess.Popen(
        [*command, *(["--stub"] if stub else [])],
        cwd=location.root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        if not url:
            raise MachineError("the server does not start", hint=f"lucid serve {location.root}")
        yield url
    finally:
        server.terminate()
        try:
            server.wait(LEFT_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        assert server.stdout is not None
        server.stdout.close()


def _visit(ward: Ward) -> Visit:
    assert ward.visit is not None, "X01 has passed"
    return ward.visit


def _limit(ward: Ward) -> float:
    return LEFT_S * ward.limits.slack


def _manifest(fields: dict[str, object]) -> Manifest:
    from lucid.authoring.manifest import Manifest

    return Manifest.model_validate(fields)


def _distance(visit: Visit, before: np.ndarray) -> float:
    return float(np.abs(visit.means[-1] - before).mean())
