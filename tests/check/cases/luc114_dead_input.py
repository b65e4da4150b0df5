"""What LUC114 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidSession, hold, input

        class MySession(LucidSession):
            @input(binding=hold(keys=("KeyW",)))
            def forward(self, pressed: bool) -> None:
                self._hold("forward", pressed)

            @input()
            def set_prompt(self, prompt: str) -> None:
                self.model.engine.prompt = prompt

            @input()
            def set_style(self, style: str) -> None:
                self.style = style

            @input()
            def restart(self) -> None:
                self.model.engine.reset(self.style)

            @input()
            def stop(self) -> None:
                self.ctx.pause()

            def _hold(self, name, pressed):
                (self.held.add if pressed else self.held.discard)(name)

            async def run(self) -> None:
                while self.ctx.running:
                    await self.ctx.publish("main_video", self.model.step(self.held))
        """,
    """
        from lucid import LucidSession, input

        class MySession(LucidSession):
            @input()
            def set_prompt(self, prompt: str) -> None:
                self.prompt = prompt

            async def run(self) -> None:
                await self.model.play(self)
        """,
    """
        from lucid import InputFile, LucidSession, image_input, input

        class MySession(LucidSession):
            @input()
            def set_seed_frame(self, image: InputFile = image_input()) -> None:
                self.seed_frame = image

            async def run(self) -> None:
                await self.ctx.publish("main_video", self.model.step())
        """,
    """
        from lucid import LucidSession, input

        class MySession(LucidSession):
            @input()
            def set_prompt(self, prompt: str) -> None:
                self.prompt = prompt

            async def run(self) -> None:
                await self.ctx.publish("main_video", frame_of(self.model.current))

        def frame_of(session):
            return draw(session.prompt)
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input()
                def set_prompt(self, prompt: str) -> None:
                    self.prompt = prompt

                async def run(self) -> None:
                    while self.ctx.running:
                        await self.ctx.publish("main_video", self.model.step())
            """,
        line=5,
        column=9,
    ),
    Invalid(
        """
            from lucid import LucidSession, input, pointer

            class MySession(LucidSession):
                @input(binding=pointer())
                def look(self, dx: float, dy: float) -> None:
                    self.dx_px += dx
                    self.dy_px += dy

                @input()
                def mark(self) -> None: ...  # lucid: noqa[LUC114] to come

                async def run(self) -> None:
                    while self.ctx.running:
                        await self.ctx.publish("main_video", self.model.step())
            """,
        line=5,
        column=9,
    ),
)
