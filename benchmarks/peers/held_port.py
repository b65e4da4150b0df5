"""The benchmark's world with a key, a button, a pointer and a file; it counts what arrives."""

from __future__ import annotations

from lucid import (
    InputFile,
    LucidModel,
    LucidSession,
    SessionContext,
    file_input,
    hold,
    input,
    pointer,
    press,
    publish,
)
from peers.world import FPS, HEIGHT, WIDTH, World


class HeldSession(LucidSession["HeldModel"]):
    def __init__(self, model: HeldModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.counts = {"holds": 0, "presses": 0, "moved": 0.0, "files": 0, "held": False}
        self.world = World()

    @input(binding=hold(keys=("KeyW",)))
    def forward(self, pressed: bool) -> None:
        self.counts["holds"] += pressed
        self.counts["held"] = pressed

    @input(binding=press(keys=("Space",)))
    def jump(self) -> None:
        self.counts["presses"] += 1

    @input(binding=pointer())
    def look(self, dx: float, dy: float) -> None:
        self.counts["moved"] += dx

    @input()
    def load(self, file: InputFile = file_input()) -> None:
        self.counts["files"] += 1

    async def run(self) -> None:
        while self.ctx.running:
            await self.ctx.publish("counts", dict(self.counts))
            await self.ctx.publish("main_video", self.world.frame(0))


class HeldModel(LucidModel):
    name = "held"
    session_cls = HeldSession
    outputs = (
        publish.video(name="main_video", width=WIDTH, height=HEIGHT, fps=FPS),
        publish.json(name="counts"),
    )
