"""A port of a world that another engine serves, as `lucid new --from-url` writes it."""

from __future__ import annotations

from enum import Enum
from typing import Any, ClassVar

import numpy as np
from pydantic import BaseModel

from lucid import (
    InputFile,
    LucidModel,
    LucidSession,
    SessionContext,
    hold,
    image_input,
    input,
    publish,
)
from lucid.remote import RemoteEngine, RemoteWorld

WIDTH, HEIGHT, FPS = 64, 48, 20
START = np.full((HEIGHT, WIDTH, 3), (0, 60, 0), np.uint8)


class Key(Enum):
    FORWARD = "w"
    LEFT = "a"


class RemoteConfig(BaseModel):
    url: str
    protocol: str
    start: dict[str, Any] = {}
    stall_s: float = 60.0


class RemoteSession(LucidSession["RemoteModel"]):
    def __init__(self, model: RemoteModel, ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        config = model.config
        engine = RemoteEngine(
            config.url, config.protocol, (WIDTH, HEIGHT), FPS, Key, config.start, config.stall_s
        )
        self.world = RemoteWorld(engine, ctx, prompt="a meadow", picture=START)

    @input(description="A picture to start the world from")
    def set_seed_frame(self, image: InputFile = image_input(size=(WIDTH, HEIGHT))) -> None:
        self.world.restart(image.rgb(size=(WIDTH, HEIGHT)))

    @input(description="What the world is like")
    async def set_prompt(self, prompt: str) -> None:
        await self.world.set_prompt(prompt)

    @input(binding=hold(keys=("KeyW",)))
    async def forward(self, pressed: bool) -> None:
        await self.world.hold(Key.FORWARD, pressed)

    @input(binding=hold(keys=("KeyA",)))
    async def left(self, pressed: bool) -> None:
        await self.world.hold(Key.LEFT, pressed)

    async def run(self) -> None:
        while self.ctx.running:
            await self.ctx.publish("main_video", await self.world.frame())

    async def close(self) -> None:
        await self.world.close()


class RemoteModel(LucidModel[RemoteConfig]):
    name = "remote"
    config_cls = RemoteConfig
    session_cls: ClassVar[type[LucidSession[Any]]] = RemoteSession
    outputs = (publish.video(name="main_video", width=WIDTH, height=HEIGHT, fps=FPS),)
