"""What LUC111 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidSession, input

        class MySession(LucidSession):
            @input()
            def set_prompt(self, prompt: str) -> None:
                self.prompt = prompt

            @input()
            def reset(self) -> None:
                self.model.engine.reset()

            async def run(self) -> None:
                engine = self.model.engine
                while self.ctx.running:
                    frame = engine.step(self.prompt)
                    await self.ctx.publish("main_video", frame)
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input()
                def set_prompt(self, prompt: str) -> None:
                    self.frame = self.model.draw(prompt)

                async def run(self) -> None:
                    while self.ctx.running:
                        await self.ctx.publish("main_video", self.model.draw(self.prompt))
            """,
        line=5,
        column=9,
    ),
    Invalid(
        """
            from lucid import LucidSession, input, press

            class MySession(LucidSession):
                @input(binding=press(keys=("Space",)))
                async def jump(self) -> None:
                    await self._show()

                async def _show(self) -> None:
                    await self.ctx.publish("main_video", self.frame)
            """,
        line=5,
        column=15,
    ),
    Invalid(
        """
            from lucid import LucidSession, input, press

            class MySession(LucidSession):
                @input(binding=press(keys=("Space",)))
                def jump(self) -> None:
                    engine = self.model.engine
                    self.frame = engine.step("jump")
            """,
        line=5,
        column=9,
    ),
)
