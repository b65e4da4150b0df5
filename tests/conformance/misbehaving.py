"""A port that hangs, exits or crashes in the call that MISBEHAVIOUR names, as in ``run:hang``.

It has its own module so that a child process imports nothing else.
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
from lucid.conditioning import Held

MISBEHAVIOUR = os.environ.get("MISBEHAVIOUR", "")

if MISBEHAVIOUR == "import:network":
    with suppress(OSError):
        socket.create_connection(("127.0.0.1", 9), timeout=0.1)
if MISBEHAVIOUR == "import:slow":
    end = time.process_time() + 0.6
    while time.process_time() < end:
        pass
if MISBEHAVIOUR == "import:signal":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if MISBEHAVIOUR == "import:hang":
    time.sleep(600)
if MISBEHAVIOUR == "import:missing":
    import no_such_engine  # type: ignore[import-not-found]  # noqa: F401 - what is tested


def misbehave(call: str) -> None:  # noqa: C901 - one case for each kind
    """Misbehave if MISBEHAVIOUR names this call."""
    expected, _, kind = MISBEHAVIOUR.rpartition(":")
    if call != expected:
        return
    match kind:
        case "hang":
            time.sleep(600)
        case "spin":  # a loop in C that never releases the interpreter's lock
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


class MisbehavingSession(LucidSession["MisbehavingModel"]):
    def __init__(self, model: MisbehavingModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.held = Held[str]()
        self.place = 0
        self.steps = 0

    @input(binding=hold(keys=("KeyW",)))
    def forward(self, pressed: bool) -> None:
        misbehave("handler")
        self.held.hold("forward", pressed)

    @input(binding=hold(keys=("KeyD",)))
    def right(self, pressed: bool) -> None:
        self.held.hold("right", pressed)

    async def run(self) -> None:
        while self.ctx.running:
            self.steps += 1
            if self.steps == 3:
                misbehave("run")
            held = self.held.drain()
            self.place += 1 + ("forward" in held) + 5 * ("right" in held)
            frame = np.zeros((16, 32, 3), np.uint8)
            frame[:, self.place % 32] = 255
            await self.ctx.publish("main_video", frame)

    def close(self) -> Any:
        misbehave("close")


class MisbehavingModel(LucidModel):
    name = "misbehaving"
    session_cls = MisbehavingSession
    outputs = (publish.video(name="main_video", width=32, height=16, fps=20),)

    def load(self, ctx: LoadContext) -> None:
        misbehave("load")
