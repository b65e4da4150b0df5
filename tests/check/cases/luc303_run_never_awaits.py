"""What LUC303 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidSession

        class MySession(LucidSession):
            async def run(self) -> None:
                while self.queue:
                    self.queue.pop()
                while True:
                    if self.warm():
                        break
                while self.ctx.running:
                    while True:
                        await self.ctx.publish("main_video", self.frame())

        class Abstract(LucidSession):
            async def run(self) -> None:
                "Subclasses step."
                raise NotImplementedError

        class Delegating(LucidSession):
            def run(self):
                while self.cold():
                    self.warm_up()
                return self.steps()

        class Generating(LucidSession):
            async def run(self):
                while True:
                    yield self.step()

        class NoSession:
            def run(self):
                while True:
                    self.step()
        """,
    """
        from lucid import LucidSession

        class MySession(LucidSession):
            async def run(self) -> None:
                while self.ctx.running:
                    async for frame in self.frames():
                        self.last = frame
                while True:
                    async with self.lock:
                        self.step()
                while True:
                    self.seen = [frame async for frame in self.frames()]
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidSession

            class MySession(LucidSession):
                async def run(self) -> None:
                    await self.ctx.wait_if_paused()
                    while self.ctx.running:
                        self.emit(self.frame())
            """,
        line=6,
        column=9,
    ),
    Invalid(
        """
            from lucid import LucidSession

            class MySession(LucidSession):
                def run(self) -> None:
                    while not self.done:
                        self.step()
            """,
        line=5,
        column=9,
    ),
    Invalid(
        """
            from lucid import LucidSession

            class MySession(LucidSession):
                async def run(self) -> None:
                    for frame in self.model.rollout():
                        self.emit(frame)

                    async def later() -> None:
                        await self.ctx.wait_if_paused()
            """,
        line=4,
        column=15,
    ),
    Invalid(
        """
            from lucid import LucidSession

            class MySession(LucidSession):
                async def run(self) -> None:
                    while self.ctx.running:
                        await self.ctx.publish("main_video", self.frame())
                        while 1:
                            self.wait_for_key()
            """,
        line=7,
        column=13,
    ),
)
