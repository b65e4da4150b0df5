"""One broken port per check: the clean port with one fault that real ports have."""

from __future__ import annotations

import asyncio
import mmap
import os
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal, TypeVar

import numpy as np
from pydantic import BaseModel

from lucid import (
    CameraFrame,
    InputFile,
    InvalidInputError,
    LoadContext,
    LucidModel,
    LucidSession,
    SessionContext,
    hold,
    image_input,
    input,
    pointer,
    press,
    publish,
)
from lucid.conditioning import Axes, Context, Held
from tests.conformance.float_port import FloatModel, FloatSession
from tests.conformance.ports import (
    FPS,
    HEIGHT,
    RATE_HZ,
    WIDTH,
    CleanModel,
    CleanSession,
    World,
)

MUTANTS: dict[str, type[LucidModel[Any]]] = {}
ClassT = TypeVar("ClassT", bound=type)


def breaks(id: str) -> Callable[[ClassT], ClassT]:
    """Register a model, or a session of the clean model, that fails only the check ``id``."""

    def register(cls: ClassT) -> ClassT:
        if issubclass(cls, LucidSession):
            base = FloatModel if issubclass(cls, FloatSession) else CleanModel
            members = {"session_cls": cls, "__module__": __name__}
            model_cls = type(f"Model{id}", (base,), members)
            globals()[f"Model{id}"] = model_cls  # for the process that imports it by name
        else:
            model_cls = cls
        MUTANTS[id] = model_cls
        return cls

    return register


# --- contract and loading -----------------------------------------------------------------------


@breaks("C01")
class WordsInASetSession(CleanSession):
    @input(description=", ".join({"rain", "snow", "fog", "wind", "sun", "hail", "mist", "dust"}))
    def set_prompt(self, prompt: str) -> None:
        super().set_prompt(prompt)


class NeedyConfig(BaseModel):
    weights: str


@breaks("C04")
class NeedyModel(CleanModel):
    config_cls = NeedyConfig


@breaks("W01")
class UnloadableModel(CleanModel):
    def load(self, ctx: LoadContext) -> None:
        raise FileNotFoundError("weights.safetensors")


@breaks("W02")
class BackwardsModel(CleanModel):
    def load(self, ctx: LoadContext) -> None:
        ctx.progress("weights", 0.9)
        ctx.progress("weights", 0.2)


@breaks("W03")
class SilentModel(CleanModel):
    def load(self, ctx: LoadContext) -> None:
        ctx.progress("weights")
        time.sleep(1.5)  # the tests allow one second


@breaks("W04")
class ColdModel(CleanModel):
    def load(self, ctx: LoadContext) -> None:
        self.compiled = False

    class Session(CleanSession):
        def make_frame(self) -> Any:
            model = self.model
            assert isinstance(model, ColdModel)
            if not model.compiled:
                time.sleep(1.0)
                model.compiled = True
            return super().make_frame()

    session_cls = Session


@breaks("W05")
class ChattySession(CleanSession):
    def make_frame(self) -> Any:
        with suppress(OSError):
            socket.getaddrinfo("127.0.0.1", 9)
        return super().make_frame()


@breaks("W06")
class DumpingSession(CleanSession):
    def make_frame(self) -> Any:
        with suppress(OSError):
            open("/no-such-folder/frame.png", "wb")  # noqa: SIM115, PTH123 - what ports do
        return super().make_frame()


@breaks("W07")
class BadUnloadModel(CleanModel):
    def unload(self) -> None:
        raise AttributeError("pipeline")


# --- inputs -------------------------------------------------------------------------------------


@breaks("I01")
class NoFlySession(CleanSession):
    @input()
    def tune(self, strength: float, mode: Literal["walk", "fly"] = "walk") -> None:
        self.world.tint = np.array([strength % 100, {"walk": 1}[mode], 7.0])


@breaks("I02")
class FarSession(CleanSession):
    def make_frame(self) -> Any:
        if abs(self.moved[0]) > 100_000:
            raise IndexError("column out of range")
        return super().make_frame()


@breaks("I03")
class AsciiSession(CleanSession):
    @input(description="Weather: rain, snow or fog")
    def set_prompt(self, prompt: str) -> None:
        super().set_prompt(prompt.encode("ascii").decode())


@breaks("I04")
class OneSizeSession(CleanSession):
    @input(paused=True)
    def set_seed_frame(self, image: InputFile = image_input(size=(WIDTH, HEIGHT))) -> None:
        self.world.show(image.rgb().reshape(HEIGHT, WIDTH, 3))


@breaks("I05")
class LateDecodingSession(CleanSession):
    image: InputFile | None = None

    @input(paused=True)
    def set_seed_frame(self, image: InputFile = image_input(size=(WIDTH, HEIGHT))) -> None:
        self.image = image

    def make_frame(self) -> Any:
        if self.image is not None:
            self.world.show(self.image.rgb((WIDTH, HEIGHT)))
            self.image = None
        return super().make_frame()


@breaks("I06")
class SlowHandlerSession(CleanSession):
    @input(binding=pointer())
    def look(self, dx: float, dy: float) -> None:
        time.sleep(0.1)
        super().look(dx, dy)


@breaks("I07")
class FullListSession(CleanSession):
    @input(binding=press(keys=("Space",)))
    def jump(self) -> None:
        if self.jumps > 12:
            raise OverflowError("too many events")
        super().jump()


class KnowsDownSession(CleanSession):
    """Knows which keys are down."""

    def __init__(self, model: CleanModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.down: set[str] = set()

    def hold(self, name: str, pressed: bool) -> None:
        (self.down.add if pressed else self.down.discard)(name)
        super().hold(name, pressed)


@breaks("I08")
class RemovingSession(KnowsDownSession):
    def hold(self, name: str, pressed: bool) -> None:
        if not pressed:
            self.down.remove(name)
        super().hold(name, pressed)


@breaks("I09")
class TableSession(KnowsDownSession):
    def make_frame(self) -> Any:
        if {"forward", "back"} <= self.down:
            raise KeyError(("back", "forward"))
        return super().make_frame()


@breaks("I10")
class AlwaysOnSession(CleanSession):
    def show_camera(self, frame: CameraFrame | None) -> None:
        assert frame is not None
        self.world.tint = frame.pixels.mean(axis=(0, 1))


# --- responses ----------------------------------------------------------------------------------


@breaks("R00")
class BriefSession(CleanSession):
    async def run(self) -> None:
        while self.ctx.running and self.steps < 7:
            await self.step()


@breaks("R01")
class RubberSession(CleanSession):
    def motion(self) -> np.ndarray:
        if not hasattr(self, "waiting"):
            self.waiting = deque([np.zeros(4)] * 7)
        self.waiting.append(super().motion())
        return self.waiting.popleft()


@breaks("R02")
class DeadAxisSession(CleanSession):
    def motion(self) -> np.ndarray:
        self.leaning = Axes(1)
        return super().motion()


@breaks("R03")
class StickySession(CleanSession):
    def hold(self, name: str, pressed: bool) -> None:
        if pressed or name != "back":
            super().hold(name, pressed)


@breaks("R04")
class LostTapSession(CleanSession):
    def hold(self, name: str, pressed: bool) -> None:
        pressed_at = self.__dict__.setdefault("pressed_at", {})
        if pressed:
            pressed_at[name] = self.steps
        elif pressed_at.get(name) == self.steps:
            return
        super().hold(name, pressed)


@breaks("R05")
class CountingSession(CleanSession):
    def hold(self, name: str, pressed: bool) -> None:
        counts = self.__dict__.setdefault("counts", {})
        counts[name] = max(0, counts.get(name, 0) + (1 if pressed else -1))
        super().hold(name, counts[name] > 0)


@breaks("R06")
class TakesThenRefusesSession(KnowsDownSession):
    @input(description="Back", binding=hold(keys=("KeyS",)))
    def back(self, pressed: bool) -> None:
        self.hold("back", pressed)
        if pressed and "forward" in self.down:
            raise InvalidInputError("back", ["not while walking forward"])


@breaks("R09")
class HeldNowSession(CleanSession):
    """Knows only what is held at the moment of a step."""

    def __init__(self, model: CleanModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.down: set[str] = set()

    def hold(self, name: str, pressed: bool) -> None:
        (self.down.add if pressed else self.down.discard)(name)

    def motion(self) -> np.ndarray:
        self.held = Held()
        for name in sorted(self.down):
            self.held.hold(name, True)
        return super().motion()


@breaks("R07")
class DeafSession(CleanSession):
    @input(description="Weather: rain, snow or fog")
    def set_prompt(self, prompt: str) -> None:
        self.prompt = prompt


@breaks("R08")
class BlindSession(CleanSession):
    @input(paused=True)
    def set_seed_frame(self, image: InputFile = image_input(size=(WIDTH, HEIGHT))) -> None:
        self.seed_frame = image.rgb((WIDTH, HEIGHT))


# --- outputs and pacing -------------------------------------------------------------------------


@breaks("O01")
class SwappedSession(CleanSession):
    def make_frame(self) -> Any:
        frame = super().make_frame()
        return frame.transpose(1, 0, 2) if self.steps == 5 else frame


@breaks("O02")
class TypoSession(CleanSession):
    async def step(self) -> None:
        await super().step()
        if self.steps == 5:
            await self.ctx.publish("man_video", self.make_frame())


@breaks("O03")
class UnusedOutputModel(CleanModel):
    outputs = (*CleanModel.outputs, publish.bytes(name="map"))


@breaks("O04")
class GreySession(CleanSession):
    def make_frame(self) -> Any:
        return np.full_like(super().make_frame(), 100 + self.steps % 2)


@breaks("O05")
class FrozenSession(CleanSession):
    def make_frame(self) -> Any:
        return World().step(np.zeros(4))


@breaks("O06")
class WrongRangeSession(FloatSession):
    def make_frame(self) -> Any:
        return super().make_frame() * 2 - 1


@breaks("O08")
class BlackSession(CleanSession):
    def make_frame(self) -> Any:
        return (super().make_frame() / 255).round().astype(np.uint8)


class NeverNegativeModel(FloatModel):
    """Publishes values in 0..1 that it declares as [-1,1]."""

    outputs = (FloatModel.outputs[0].model_copy(update={"pixel_range": "[-1,1]"}),)


class TwiceScaledSession(FloatSession):
    def make_frame(self) -> Any:
        return super().make_frame() / 2 + 0.5


@breaks("O09")
class BackwardsSession(FloatSession):
    def make_frame(self) -> Any:
        return super().make_frame()[::-1].copy()


@breaks("O10")
class BgrSession(CleanSession):
    @input(paused=True)
    def set_seed_frame(self, image: InputFile = image_input(size=(WIDTH, HEIGHT))) -> None:
        self.world.show(image.rgb((WIDTH, HEIGHT))[..., ::-1])


class MirroredSession(CleanSession):
    @input(paused=True)
    def set_seed_frame(self, image: InputFile = image_input(size=(WIDTH, HEIGHT))) -> None:
        self.world.show(image.rgb((WIDTH, HEIGHT))[:, ::-1])


class WashedOutSession(CleanSession):
    @input(paused=True)
    def set_seed_frame(self, image: InputFile = image_input(size=(WIDTH, HEIGHT))) -> None:
        self.world.show(image.rgb((WIDTH, HEIGHT)) / 2 + 110)


@breaks("O07")
class OddChunkSession(FloatSession):
    def make_frame(self) -> Any:
        return super().make_frame()[: 1 + self.steps % 2]


@breaks("A01")
class ShortSoundSession(CleanSession):
    async def extras(self) -> None:
        samples = int(RATE_HZ / FPS * 0.7)
        await self.ctx.publish("sound", np.full(samples, 0.25, np.float32))
        await self.ctx.publish("score", {"step": self.steps})


@breaks("A02")
class LoudSession(CleanSession):
    async def extras(self) -> None:
        await self.ctx.publish("sound", np.full(RATE_HZ // FPS, 20_000.0, np.float32))
        await self.ctx.publish("score", {"step": self.steps})


@breaks("A03")
class BackInTimeSession(CleanSession):
    async def extras(self) -> None:
        await self.ctx.publish("sound", np.full(RATE_HZ // FPS, 0.25, np.float32))
        await self.ctx.publish("score", {"step": self.steps}, ts_ms=50.0 * (self.steps % 4))


@breaks("P01")
class BoastingModel(CleanModel):
    outputs = (publish.video(name="main_video", width=WIDTH, height=HEIGHT, fps=240),)

    class Session(CleanSession):
        async def extras(self) -> None:
            time.sleep(0.008)  # noqa: ASYNC251 - a blocking step

    session_cls = Session


@breaks("P02")
class StutteringModel(CleanModel):
    sessions = 0

    class Session(CleanSession):
        def __init__(self, model: CleanModel, ctx: SessionContext) -> None:
            super().__init__(model, ctx)
            assert isinstance(model, StutteringModel)
            model.sessions += 1
            self.first = model.sessions == 1

        def make_frame(self) -> Any:
            if self.first and self.steps % 4 == 3:
                time.sleep(0.4)
            return super().make_frame()

    session_cls = Session


@breaks("P03")
class LongClipSession(FloatSession):
    def make_frame(self) -> Any:
        return np.concatenate([super().make_frame()] * 20)


@breaks("P05")
class ThreeFramesSession(FloatSession):
    def chunk(self) -> np.ndarray:
        return np.stack([self.world.step(self.motion()) for _ in range(3)])


@breaks("P04")
class SecondsSession(FloatSession):
    async def extras(self) -> None:
        self.ctx.record_inference_ms(1e-7)


# --- lifecycle ----------------------------------------------------------------------------------


@breaks("L01")
class BusyWaitingSession(CleanSession):
    async def step(self) -> None:
        stepping = asyncio.ensure_future(super().step())
        waste = World()
        while not stepping.done():
            if self.ctx.is_paused():
                for _ in range(50):
                    waste.step(np.zeros(4))
            await asyncio.sleep(0)
        await stepping


@breaks("L02")
class StartsAnewSession(CleanSession):
    async def step(self) -> None:
        stepping = asyncio.ensure_future(super().step())
        paused = False
        while not stepping.done():
            paused = paused or self.ctx.is_paused()
            await asyncio.sleep(0.001)
        await stepping
        if paused:
            self.world = World()


@breaks("L03")
class LateLeaverSession(CleanSession):
    async def run(self) -> None:
        await super().run()
        while self.steps == 4:  # noqa: ASYNC110 - an inner loop that does not check ctx.running
            await asyncio.sleep(0.01)


@breaks("L04")
class WarmingSession(CleanSession):
    async def run(self) -> None:
        if not self.ctx.running:  # a warm-up that ignores ctx.running
            await asyncio.sleep(60)
        await super().run()


@breaks("L05")
class WaitsForResumeSession(CleanSession):
    async def step(self) -> None:
        await super().step()
        while self.ctx.is_paused():  # noqa: ASYNC110 - what a port may do
            await asyncio.sleep(0.01)


@breaks("L06")
class UncancellableSession(CleanSession):
    async def step(self) -> None:
        with suppress(asyncio.CancelledError):
            await super().step()


@breaks("L07")
class BadCloseSession(CleanSession):
    def close(self) -> None:
        raise AttributeError("decoder")


@breaks("L08")
class DeletingSession(CleanSession):
    def close(self) -> None:
        del self.world


@breaks("L10")
class ForgettingSession(CleanSession):
    """Its snapshots lack the random generator."""

    def restore(self, snapshot: bytes) -> None:
        random = self.world.random
        super().restore(snapshot)
        self.world.random = random


@breaks("L09")
class EndingContextSession(CleanSession):
    """Fails in the step after the last one that fits, which no short play reaches."""

    def make_frame(self) -> Any:
        if self.steps == 50:
            raise IndexError("index 50 is out of bounds for dimension 1 with size 50")
        return super().make_frame()


class FreezingSession(CleanSession):
    def make_frame(self) -> Any:
        frame = super().make_frame()
        return frame if self.steps < 35 else np.tile(np.arange(WIDTH)[:, None] * 6, (HEIGHT, 1, 3))


class FallingApartSession(FloatSession):
    def make_frame(self) -> Any:
        frames = super().make_frame()
        return frames if self.steps < 45 else frames * np.nan


def own_memory(size_bytes: int) -> mmap.mmap:
    """Return memory that the process did not have before; numpy may return what was freed."""
    memory = mmap.mmap(-1, size_bytes)
    memory.write(bytes([1]) * size_bytes)
    return memory


class KeepingSession(CleanSession):
    """Keeps every frame."""

    def __init__(self, model: CleanModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.kept: list[Any] = []

    def make_frame(self) -> Any:
        self.kept.append(own_memory(200_000))
        return super().make_frame()


class OverflowingSession(CleanSession):
    """Plays on past the end of its context, which no frame shows."""

    def __init__(self, model: CleanModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.context = Context(24)

    def make_frame(self) -> Any:
        self.context.fill()
        return super().make_frame()


# --- sessions, determinism, threads -------------------------------------------------------------


class StatefulModel(CleanModel):
    """Stores state that belongs to sessions."""

    def load(self, ctx: LoadContext) -> None:
        self.world = World()
        self.held = Held[str]()
        self.left_held = Held[str]()
        self.prompt = ""
        self.kept: list[Any] = []
        self.gone = threading.Event()
        self.salt = int.from_bytes(os.urandom(4))

    def unload(self) -> None:
        self.gone.set()
        for thing in self.kept:
            if hasattr(thing, "close"):
                thing.close()


class StatefulSession(CleanSession):
    model: StatefulModel


def stateful(session_cls: type[CleanSession]) -> type[LucidModel[Any]]:
    return type(session_cls.__name__, (StatefulModel,), {"session_cls": session_cls})


class SharedKeysSession(StatefulSession):
    def __init__(self, model: StatefulModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.held = model.held


class SharedWorldSession(StatefulSession):
    def __init__(self, model: StatefulModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.world = model.world


class LeavesKeysSession(KnowsDownSession, StatefulSession):
    """Leaves keys held if all were down in its last step, whatever is released afterwards."""

    def __init__(self, model: StatefulModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.held, model.left_held = model.left_held, Held()
        self.down_in_step: set[str] = set()

    def make_frame(self) -> Any:
        self.down_in_step = set(self.down)
        return super().make_frame()

    def close(self) -> None:
        if {"forward", "back", "fast"} <= self.down_in_step:
            for name in ("forward", "fast"):
                self.model.left_held.hold(name, True)


class HoardingSession(StatefulSession):
    def __init__(self, model: StatefulModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        model.kept.append(own_memory(3_000_000))


class ThreadedSession(StatefulSession):
    def __init__(self, model: StatefulModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        threading.Thread(target=model.gone.wait, daemon=True).start()


class OpeningSession(StatefulSession):
    def __init__(self, model: StatefulModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        model.kept.append(open(os.devnull, "rb"))  # noqa: SIM115, PTH123 - the fault


class TaskingSession(StatefulSession):
    def __init__(self, model: StatefulModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        model.kept.append(asyncio.ensure_future(asyncio.sleep(3600)))


class GossipingSession(StatefulSession):
    @input(description="Weather: rain, snow or fog")
    def set_prompt(self, prompt: str) -> None:
        super().set_prompt(prompt)
        self.model.prompt = prompt

    async def extras(self) -> None:
        await self.ctx.publish("sound", np.full(RATE_HZ // FPS, 0.25, np.float32))
        await self.ctx.publish("score", {"prompt": self.model.prompt})


class InheritingSession(StatefulSession):
    """Reads a picture under the prompt that the last player left in the model."""

    def __init__(self, model: StatefulModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.under = model.prompt

    @input(description="Weather: rain, snow or fog")
    def set_prompt(self, prompt: str) -> None:
        super().set_prompt(prompt)
        self.model.prompt = prompt

    @input(paused=True)
    def set_seed_frame(self, image: InputFile = image_input(size=(WIDTH, HEIGHT))) -> None:
        super().set_seed_frame(image)
        self.world.tint += len(self.under)


class LatePromptSession(CleanSession):
    """Reads a picture, and only then takes the prompt that came with it."""

    said = prompt = "calm"
    picture: np.ndarray | None = None

    @input(description="Weather: rain, snow or fog")
    def set_prompt(self, prompt: str) -> None:
        self.prompt = prompt

    @input(paused=True)
    def set_seed_frame(self, image: InputFile = image_input(size=(WIDTH, HEIGHT))) -> None:
        self.picture = image.rgb((WIDTH, HEIGHT))

    def make_frame(self) -> Any:
        if self.picture is not None:
            self.world.show(self.picture)
            self.world.tint += len(self.said)
            self.picture = None
        elif self.prompt != self.said:
            super().set_prompt(self.prompt)
        self.said = self.prompt
        return super().make_frame()


class SaltedSession(StatefulSession):
    def __init__(self, model: StatefulModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.world = World(model.salt)


def playing(session_cls: type[CleanSession]) -> type[LucidModel[Any]]:
    base = FloatModel if issubclass(session_cls, FloatSession) else CleanModel
    return type(session_cls.__name__, (base,), {"session_cls": session_cls})


MUTANTS |= {
    "S01": stateful(SharedKeysSession),
    "S02": stateful(SharedWorldSession),
    "S03": stateful(LeavesKeysSession),
    "S04": stateful(HoardingSession),
    "S05": stateful(ThreadedSession),
    "S06": stateful(OpeningSession),
    "S07": stateful(TaskingSession),
    "S08": stateful(GossipingSession),
    "S08-heir": stateful(InheritingSession),
    "S08-late": playing(LatePromptSession),
    "O08-negative": NeverNegativeModel,
    "O08-twice": playing(TwiceScaledSession),
    "O10-mirror": playing(MirroredSession),
    "O10-range": playing(WashedOutSession),
    "L09-frozen": playing(FreezingSession),
    "L09-nan": playing(FallingApartSession),
    "L09-memory": playing(KeepingSession),
    "L09-context": playing(OverflowingSession),
    "D01": stateful(SaltedSession),
}


@breaks("D02")
class SeedlessSession(CleanSession):
    @input(paused=True)
    def restart(self, seed: int = 0) -> None:
        self.world = World()
        self.world.place += 1


@breaks("D03")
class GlobalDiceSession(CleanSession):
    def make_frame(self) -> Any:
        frame = super().make_frame()
        frame[2, 0, 0] = np.random.randint(0, 200)
        return frame


@breaks("T01")
class PoolSession(CleanSession):
    async def step(self) -> None:
        frame = await asyncio.to_thread(self.make_frame)
        self.steps += 1
        await self.extras()
        await self.ctx.publish("main_video", frame)


# --- errors -------------------------------------------------------------------------------------


@breaks("E01")
class SwallowingSession(CleanSession):
    async def step(self) -> None:
        with suppress(Exception):
            await super().step()


@breaks("E02")
class RetryingSession(CleanSession):
    async def step(self) -> None:
        with suppress(RuntimeError, MemoryError):
            await super().step()


@breaks("E03")
class ExitingSession(CleanSession):
    @input(binding=press(keys=("Space",)))
    def jump(self) -> None:
        super().jump()
        sys.exit(3)


@breaks("E05")
class PrintingSession(CleanSession):
    def make_frame(self) -> Any:
        os.write(1, b"step %d\n" % self.steps * 100)
        return super().make_frame()
