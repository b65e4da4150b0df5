"""Small ports for the tests."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BaseModel, Field

from lucid import (
    CameraFrame,
    InputFile,
    LoadContext,
    LucidModel,
    LucidSession,
    MicrophoneSound,
    SessionContext,
    axis,
    camera_input,
    hold,
    image_input,
    input,
    microphone_input,
    pointer,
    press,
    publish,
    wheel,
)
from lucid.authoring.outputs import Output

WIDTH, HEIGHT = 64, 48


class Mode(Enum):
    WALK = "walk"
    FLY = "fly"


class EverythingSession(LucidSession["EverythingModel"]):
    """A session with every kind of input. Inputs change the frame's first pixel or `told`."""

    def __init__(self, model: EverythingModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.red = 0
        self.told: list[Any] = model.told
        self.motion = np.zeros(2)
        self.steps = 0
        self.closed = False

    @input(description="Forward", binding=hold(keys=("KeyW",), mouse_buttons=(0,)))
    def forward(self, pressed: bool) -> None:
        self.red = 255 if pressed else 0
        self.told.append(("forward", pressed))

    @input(binding=press(keys=("Space",)))
    def jump(self) -> None:
        self.told.append(("jump",))

    @input(binding=axis(positive_keys=("KeyE",), negative_keys=("KeyQ",)))
    def lean(self, value: float) -> None:
        self.told.append(("lean", value))

    @input(binding=pointer())
    def look(self, dx: float, dy: float) -> None:
        self.motion += (dx, dy)
        self.told.append(("look", dx, dy))

    @input(binding=wheel())
    def zoom(self, delta: float) -> None:
        self.told.append(("zoom", delta))

    @input()
    async def set_prompt(self, prompt: Annotated[str, Field(min_length=1, max_length=100)]) -> None:
        await asyncio.sleep(0)
        self.told.append(("prompt", prompt))

    @input()
    def tune(
        self,
        strength: Annotated[float, Field(ge=0, le=1)],
        mode: Mode = Mode.WALK,
        look: Literal["day", "night"] = "day",
        steps: Annotated[int | None, Field(gt=0)] = None,
    ) -> None:
        self.told.append(("tune", strength, mode, look, steps))

    @input(paused=True)
    def set_seed_frame(self, image: InputFile = image_input(size=(WIDTH, HEIGHT))) -> None:
        self.told.append(("seed", image.rgb().shape))

    @input()
    def break_down(self) -> None:
        raise RuntimeError("the handler broke")

    async def run(self) -> None:
        while self.ctx.running:
            self.steps += 1
            width, height = self.model.size
            frame = np.zeros((height, width, 3), np.uint8)
            frame[..., 0] = self.red
            frame[..., 1] = 128
            time.sleep(self.model.step_s)  # noqa: ASYNC251 - a blocking step is what ports do
            await self.ctx.publish("main_video", frame)
            self.model.steps += 1
            await self.model.after_step(self)

    def close(self) -> Any:
        self.told.append(("close",))


class EverythingModel(LucidModel):
    name = "everything"
    session_cls = EverythingSession
    outputs: ClassVar[tuple[Output, ...]] = (
        publish.video(name="main_video", width=WIDTH, height=HEIGHT, fps=50),
    )
    step_s = 0.002
    size = (WIDTH, HEIGHT)

    def load(self, ctx: LoadContext) -> None:
        self.told: list[Any] = []
        self.steps = 0
        type(self).last = self

    async def after_step(self, session: EverythingSession) -> None:
        """Run after every step; subclasses override it."""

    last: EverythingModel


class AllOutputsSession(LucidSession["AllOutputsModel"]):
    async def run(self) -> None:
        beep = np.sin(np.arange(960) / 960 * 2 * np.pi * 10).astype(np.float32) * 0.5
        step = 0
        while self.ctx.running:
            step += 1
            await self.ctx.publish("sound", beep)
            await self.ctx.publish("score", {"step": step}, ts_ms=20.0 * step)
            await self.ctx.publish("map", bytes([step % 256, 1, 2]), ts_ms=None)
            depth = np.full((3, 32, 32), 0.25, np.float32)
            await self.ctx.publish("depth", depth)
            await self.ctx.publish("main_video", np.full((HEIGHT, WIDTH, 3), 200, np.uint8))


class AllOutputsModel(LucidModel):
    name = "all-outputs"
    session_cls = AllOutputsSession
    outputs = (
        publish.video(name="main_video", width=WIDTH, height=HEIGHT, fps=50),
        publish.video(name="depth", width=32, height=32, layout="CHW", pixel_range="[0,1]"),
        publish.audio(name="sound", sample_rate_hz=48_000),
        publish.json(name="score"),
        publish.bytes(name="map", mime_type="application/octet-stream"),
    )


class EngineConfig(BaseModel):
    engine: Literal["real", "stub"] = "real"


class BrokenModel(EverythingModel):
    """A model that raises after a few steps of its first session; later sessions work."""

    broken = False

    async def after_step(self, session: EverythingSession) -> None:
        if session.steps == 3 and not self.broken:
            self.broken = True
            raise ValueError("a step broke")


class UnloadableModel(EverythingModel):
    config_cls = EngineConfig

    def load(self, ctx: LoadContext) -> None:
        ctx.progress("download", 0.5)
        raise FileNotFoundError("weights.safetensors")


class TellingModel(EverythingModel):
    """A model that publishes the inputs of all its sessions and its process id."""

    max_sessions = 2
    outputs = (*EverythingModel.outputs, publish.json(name="told"))

    async def after_step(self, session: EverythingSession) -> None:
        await session.ctx.publish("told", {"told": self.told, "pid": os.getpid()})
        if session.steps == 1:
            extra = {"told": lambda: self.told}  # a lambda, which cannot be sent to another process
            session.ctx.logger.info("the first step of %s", self.name, extra=extra)

    def unload(self) -> None:
        self.logger.info("unloaded")


class ChunkSession(LucidSession["ChunkModel"]):
    """A session of chunks whose frames have the grey values 0, 5, 10 and so on."""

    async def run(self) -> None:
        count = 0
        while self.ctx.running:
            greys = (np.arange(count, count + CHUNK) % 50 * 5).astype(np.uint8)
            count += CHUNK
            chunk = np.broadcast_to(greys[:, None, None, None], (CHUNK, HEIGHT, WIDTH, 3))
            await self.ctx.publish("main_video", chunk)


CHUNK = 24


class ChunkModel(LucidModel):
    name = "chunks"
    session_cls = ChunkSession
    outputs = (publish.video(name="main_video", width=WIDTH, height=HEIGHT, fps=200),)


class SlowChunkSession(LucidSession["SlowChunkModel"]):
    """A session with steps of 0.3 s of model time that publishes the video last."""

    async def run(self) -> None:
        while self.ctx.running:
            self.model.spend(0.1)
            await self.ctx.publish("score", {})
            await self.ctx.publish("sound", np.zeros(960, np.float32))
            self.model.spend(0.1)
            await self.ctx.publish("depth", np.zeros((CHUNK, 32, 32, 3), np.uint8))
            await self.ctx.wait_if_paused()
            self.model.spend(0.1)
            await self.ctx.publish("main_video", np.zeros((12, HEIGHT, WIDTH, 3), np.uint8))


class SlowChunkModel(LucidModel):
    name = "slow-chunks"
    session_cls = SlowChunkSession
    outputs = (
        publish.video(name="main_video", width=WIDTH, height=HEIGHT, fps=30),
        publish.video(name="depth", width=32, height=32, fps=60),
        publish.audio(name="sound", sample_rate_hz=48_000),
        publish.json(name="score"),
    )
    spend: Callable[[float], None]


class TooLargeModel(EverythingModel):
    async def after_step(self, session: EverythingSession) -> None:
        await session.ctx.publish("main_video", np.zeros((2 * HEIGHT, 2 * WIDTH, 3), np.uint8))


class ExitingModel(EverythingModel):
    """A model that calls sys.exit() after a few steps of its first session."""

    exited = False

    async def after_step(self, session: EverythingSession) -> None:
        if session.steps == 3 and not self.exited:
            self.exited = True
            sys.exit(3)


class ExitingLoadModel(EverythingModel):
    def load(self, ctx: LoadContext) -> None:
        sys.exit("no such device")


class CancellingModel(EverythingModel):
    """A model that raises an error in load(), or in run() after it has published."""

    where = "load"
    error: BaseException = asyncio.CancelledError()

    async def load(self, ctx: LoadContext) -> None:  # type: ignore[override]
        super().load(ctx)
        if self.where == "load":
            raise self.error

    async def after_step(self, session: EverythingSession) -> None:
        raise self.error


class DoomSession(EverythingSession):
    """A session whose `doom` input ends its process, blocks it, or exhausts its memory."""

    eaten = False

    @input()
    def doom(self, how: str) -> None:
        match how:
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "exit":
                os._exit(7)
            case "crash":
                ctypes.string_at(1)
            case "freeze":
                os.kill(os.getpid(), signal.SIGSTOP)
            case "hold the GIL":
                ctypes.PyDLL(None).sleep(60)
            case "spin":
                while True:
                    pass
            case "end the thread":
                raise KeyboardInterrupt
            case "eat":
                self.eaten = True


class DoomModel(TellingModel):
    session_cls = DoomSession
    max_sessions = 1

    async def after_step(self, session: EverythingSession) -> None:
        await super().after_step(session)
        if isinstance(session, DoomSession) and session.eaten:
            np.ones(1 << 50, np.uint8)


class StuckSession(EverythingSession):
    """A session whose inputs can make its handlers and its close() never return."""

    closing = ""

    @input(binding=hold(keys=("KeyX",)))
    async def cling(self, pressed: bool) -> None:
        if not pressed:
            await stuck("await")

    @input(paused=True)
    async def show(self, grey: int) -> None:
        """Publish from a task that the handler starts, and wait for it."""
        await self.ctx.wait_if_paused()
        frame = np.full((HEIGHT, WIDTH, 3), grey, np.uint8)
        await asyncio.gather(self.ctx.publish("main_video", frame), asyncio.sleep(0))
        await self.ctx.publish("told", {"told": ["shown", grey], "pid": os.getpid()})

    @input(paused=True)
    async def stick(self, how: str) -> None:
        await stuck(how)

    @input(paused=True)
    def stick_at_close(self, how: str) -> None:
        self.closing = how

    async def close(self) -> None:
        if self.closing:
            await stuck(self.closing)


async def stuck(how: str) -> None:
    """Block forever in the given way, except for "block" (3 s) and "cancel" (raises)."""
    while True:
        match how:
            case "await":
                await asyncio.Event().wait()
            case "go on":
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.sleep(60)
            case "block":
                time.sleep(3)  # noqa: ASYNC251 - the fault under test
                return
            case "cancel":
                raise asyncio.CancelledError


class StuckModel(TellingModel):
    session_cls = StuckSession


class OnceExitingModel(TellingModel):
    """A model whose process exits on its first load; a file in LUCID_TEST_MARKER records that."""

    def load(self, ctx: LoadContext) -> None:
        ctx.progress("weights", 0.5)
        marker = Path(os.environ["LUCID_TEST_MARKER"])
        if not marker.exists():
            marker.touch()
            os._exit(7)
        super().load(ctx)


class LoudModel(TellingModel):
    """A model that prints megabytes, from Python and natively, logs, and has a child process."""

    def load(self, ctx: LoadContext) -> None:
        super().load(ctx)
        print("a line of the port")
        self.child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)

    async def after_step(self, session: EverythingSession) -> None:
        await super().after_step(session)
        if session.steps < 5:
            for number in range(2_000):
                self.logger.info("message %d", number)
            print("x" * 2_000_000)
            os.write(1, b"y" * 2_000_000)


class DaemonModel(TellingModel):
    """A model that starts a process which outlives it and keeps its stderr open."""

    def load(self, ctx: LoadContext) -> None:
        super().load(ctx)
        sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
        self.told.append(subprocess.Popen(sleep, start_new_session=True).pid)


class GilModel(TellingModel):
    """A model that holds the GIL during a whole step."""

    async def after_step(self, session: EverythingSession) -> None:
        ctypes.PyDLL(None).usleep(200_000)
        await super().after_step(session)


class CapturesSession(LucidSession["CapturesModel"]):
    """Shows its camera, and says what its microphone hears."""

    def __init__(self, model: CapturesModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.frame: CameraFrame | None = None
        self.seen: list[CameraFrame | None] = []
        self.heard: list[MicrophoneSound | None] = []
        model.seen, model.heard = self.seen, self.heard

    @input(description="Camera")
    def see(self, frame: CameraFrame | None = camera_input(size=(WIDTH, HEIGHT))) -> None:
        self.frame = frame
        self.seen.append(frame)

    @input(description="Microphone")
    def hear(self, sound: MicrophoneSound | None = microphone_input(sample_rate_hz=8_000)) -> None:
        self.heard.append(sound)

    async def run(self) -> None:
        while self.ctx.running:
            grey = np.full((HEIGHT, WIDTH, 3), 64, np.uint8)
            await self.ctx.publish("main_video", self.frame.pixels if self.frame else grey)


class CapturesModel(LucidModel[BaseModel]):
    name = "captures"
    session_cls = CapturesSession
    outputs: ClassVar[tuple[Output, ...]] = (
        publish.video(name="main_video", width=WIDTH, height=HEIGHT, fps=30),
    )
    seen: list[CameraFrame | None]
    heard: list[MicrophoneSound | None]

    def load(self, ctx: LoadContext) -> None:
        type(self).last = self

    last: ClassVar[CapturesModel]

    def create_session(self, ctx: SessionContext) -> CapturesSession:
        return CapturesSession(self, ctx)
