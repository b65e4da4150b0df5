"""X: the port behind the real server, seen through a real peer connection, in real time."""

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
from PIL import Image

from lucid._target import PortLocation
from lucid.authoring.manifest import Manifest
from lucid.authoring.outputs import VideoOutput
from lucid.conformance.promise import Measured, Outcome, Promise, Result, promise
from lucid.conformance.script import is_held, press
from lucid.conformance.target import Limits
from lucid.errors import MachineError, SessionError, needs_extra

if TYPE_CHECKING:
    from lucid.client.async_world import AsyncWorld

JOIN_S = 20.0
WATCHED_S = 3.0
REPLY_S = 5.0
CHANGED = 1.0
"""Mean difference of pixels, of 255, that is more than the codec's noise."""


class ServedPort:
    """A served port and the player that the checks share."""

    def __init__(self, url: str) -> None:
        self.url, self.limits = url, Limits()
        self.reply_s = REPLY_S * self.limits.slack
        self.player: AsyncWorld
        """The player that ``connect`` connected last."""

    @property
    def manifest(self) -> Manifest:
        """The manifest that the server sent."""
        return Manifest.model_validate(self.player.hello["manifest"])

    @property
    def video(self) -> VideoOutput:
        """The first video output."""
        return self.manifest.videos[0]

    async def connect(self) -> float:
        """Connect a player. Return the seconds until its first frame.

        Raises:
            SessionError: the server refused, or the session failed.
            TimeoutError: no frame came in time.
        """
        from lucid.client.async_world import AsyncWorld

        self.player = AsyncWorld(self.url)
        start_s, slack = time.monotonic(), self.limits.slack
        await self.player.join((self.limits.load_s + JOIN_S) * slack)
        await self.player.until(lambda: self.video.name in self.player.frames, JOIN_S * slack)
        return time.monotonic() - start_s

    def thumbnail(self) -> np.ndarray:
        """Return the newest frame, scaled down: (18, 32, 3) int16."""
        small = Image.fromarray(self.player.frames[self.video.name]).resize((32, 18))
        return np.asarray(small, np.int16)


@promise(
    "X01",
    asserts="A player connects and decodes the first frame.",
    felt="The page shows only a spinner.",
    cause="The session fails at its start: see the checks without the wire.",
    remedy="Run `lucid serve PORT` and read its log.",
    needs=(),
)
async def connects(port: ServedPort) -> Measured:
    try:
        took_s = await port.connect()
    except (TimeoutError, SessionError) as error:
        return Measured(False, "no frame", "a frame", str(error))
    return Measured(True, f"{took_s:.1f} s, including the load", "a frame")


@promise(
    "X02",
    asserts="Frames keep coming, at least at half of the declared fps.",
    felt="The picture freezes.",
    cause="The model or the encoder is too slow for the size.",
    remedy="Run `lucid bench PORT`, and declare fewer fps or a smaller size.",
    needs=("X01",),
)
async def video_flows(port: ServedPort) -> Measured:
    video = port.video
    before = port.player.frame_counts[video.name]
    await asyncio.sleep(WATCHED_S)
    fps = (port.player.frame_counts[video.name] - before) / WATCHED_S
    limit = (video.fps or 10) / 2 / port.limits.slack
    return Measured(fps >= limit, f"{fps:.1f} fps", f"{limit:.1f} fps")


@promise(
    "X03",
    asserts="An input that does not exist is refused with an error, and the session goes on.",
    felt="A typo in a client ends the session.",
    cause="The port overrides how inputs are looked up.",
    remedy="Declare inputs only with @input.",
    needs=("X01",),
)
async def refusal_is_told(port: ServedPort) -> Measured:
    player = port.player
    seq = player.send("no_such_input")
    with contextlib.suppress(TimeoutError):
        await player.until(lambda: any(e["seq"] == seq for e in player.errors), port.reply_s)
    code = next((e["code"] for e in player.errors if e["seq"] == seq), "no error")
    ok = code == "input.unknown" and player.state == "running"
    return Measured(ok, f"{code}, {player.state}", "input.unknown, running")


@promise(
    "X04",
    asserts="The decoded frames change while a control is used.",
    felt="The video plays, and controls do nothing.",
    cause="Inputs reach the session but not the model: see R02.",
    remedy="Fix R02 first.",
    needs=("X02",),
)
async def picture_answers(port: ServedPort) -> Measured:
    before, largest = port.thumbnail(), 0.0
    for spec in [spec for spec in port.manifest.inputs if is_held(spec)][:1]:
        port.player.send(spec.name, **press(spec).args)

    def changed() -> bool:
        nonlocal largest
        largest = max(largest, float(np.abs(port.thumbnail() - before).mean()))
        return largest > CHANGED

    with contextlib.suppress(TimeoutError):
        await port.player.until(changed, port.reply_s)
    return Measured(largest > CHANGED, f"{largest:.1f} of 255", f"over {CHANGED:g}")


@promise(
    "X05",
    asserts="When a player leaves, the next player can play.",
    felt="After one closed tab nobody can play any more.",
    cause="run() or close() continues after the session has ended.",
    remedy="See L03 and L07.",
    needs=("X01",),
)
async def leaving_frees_the_place(port: ServedPort) -> Measured:
    await port.player.close()
    try:
        took_s = await port.connect()
    except (TimeoutError, SessionError) as error:
        return Measured(False, "the next player waits", "plays", str(error))
    return Measured(True, f"plays after {took_s:.1f} s", "plays")


WIRE_PROMISES: tuple[Promise, ...] = (
    connects,
    video_flows,
    refusal_is_told,
    picture_answers,
    leaving_frees_the_place,
)


def check_wire(location: PortLocation, *, stub: bool) -> tuple[Result, ...]:
    """Serve a port and return the results of the checks over the wire.

    Raises:
        MachineError: the extra ``serve`` is missing, or the server does not start.
    """
    with needs_extra("serve", "--wire"):
        import lucid.client.async_world  # noqa: F401 - to report early what is missing
    with _served(location, stub) as url:
        return asyncio.run(_check(ServedPort(url)))


async def _check(port: ServedPort) -> tuple[Result, ...]:
    results: dict[str, Result] = {}
    try:
        for check in WIRE_PROMISES:
            broken = [n for n in check.needs if results[n].outcome is not Outcome.PASSED]
            results[check.id] = check.blocked(broken) if broken else await check.check(port)
    finally:
        await port.player.close()
    return tuple(results.values())


@contextmanager
def _served(location: PortLocation, stub: bool) -> Iterator[str]:
    """Run ``lucid serve`` for the port on a free TCP port; yield its URL."""
    command = [sys.executable, "-m", "lucid", "serve", location.entry, "--port", "0"]
    server = subprocess.Popen(
        [*command, *(["--stub"] if stub else [])],
        cwd=location.root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout is not None
    try:
        url = server.stdout.readline().strip()
        if not url:
            raise MachineError("the server does not start", hint=f"run lucid serve {location.root}")
        yield url
    finally:
        server.terminate()
        try:
            server.wait(REPLY_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        server.stdout.close()
