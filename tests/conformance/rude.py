"""Ports that no process survives: each misbehaves where the environment's RUDE says.

A module of its own, so that a child process imports nothing else; tests name it by module:Class.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any

import numpy as np

from lucid import LoadContext, LucidModel, LucidSession, SessionContext, hold, input, publish

RUDE = os.environ.get("RUDE", "")

if RUDE == "import:network":
    with suppress(OSError):
        socket.create_connection(("127.0.0.1", 9), timeout=0.1)
if RUDE == "import:slow":
    end = time.process_time() + 0.6
    while time.process_time() < end:
        pass
if RUDE == "import:signal":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if RUDE == "import:hang":
    time.sleep(600)
if RUDE == "import:missing":
    import no_such_engine  # type: ignore[import-not-found]  # noqa: F401 - what is tested


def rude(where: str) -> None:  # noqa: C901 - one case for each deed
    """Do what RUDE says of this place."""
    place, _, deed = RUDE.rpartition(":")
    if place != where:
        return
    match deed:
        case "hang":
            time.sleep(600)
        case "spin":  # a loop in C that never gives the interpreter's lock back
            sum(range(10**13))
        case "exit":
            sys.exit(3)
        case "_exit":
            os._exit(3)
        case "subprocess":
            subprocess.run([sys.executable, "-c", ""], stdin=subprocess.DEVNULL, check=True)
        case "fork":
            os.fork()
        case "print":
            while True:
                os.write(1, b"and so on\n" * 1000)
        case "missing":
            import no_such_engine  # noqa: F401 - what is tested


class RudeSession(LucidSession["RudeModel"]):
    def __init__(self, model: RudeModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.on = self.turning = False
        self.place = 0
        self.steps = 0

    @input(binding=hold(keys=("KeyW",)))
    def forward(self, pressed: bool) -> None:
        rude("handler")
        self.on = pressed

    @input(binding=hold(keys=("KeyD",)))
    def right(self, pressed: bool) -> None:
        self.turning = pressed

    async def run(self) -> None:
        while self.ctx.running:
            self.steps += 1
            if self.steps == 3:
                rude("run")
            self.place += 1 + self.on + 5 * self.turning
            frame = np.zeros((16, 32, 3), np.uint8)
            frame[:, self.place % 32] = 255
            await self.ctx.publish("main_video", frame)

    def close(self) -> Any:
        rude("close")


class RudeModel(LucidModel):
    name = "rude"
    session_cls = RudeSession
    outputs = (publish.video(name="main_video", width=32, height=16, fps=20),)

    def load(self, ctx: LoadContext) -> None:
        rude("load")
