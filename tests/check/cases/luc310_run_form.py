"""What LUC310 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
    from lucid import LucidSession

    class MySession(LucidSession):
        async def run(self) -> None:
            async def frames():
                yield 1

            async for frame in frames():
                await self.ctx.publish("main_video", frame)

    class Abstract(LucidSession):
        def run(self):
            "Subclasses step."
            raise NotImplementedError

    class Delegating(LucidSession):
        def run(self):
            return self.steps()
    """,
)
INVALID = (
    Invalid(
        """
        from lucid import LucidSession

        class MySession(LucidSession):
            async def run(self):
                while self.ctx.running:
                    yield self.model.step()
        """,
        line=4,
        column=15,
    ),
    Invalid(
        """
        from lucid import LucidSession

        class MySession(LucidSession):
            def run(self):
                while self.ctx.running:
                    self.ctx.publish("main_video", self.model.step())
        """,
        line=4,
        column=9,
    ),
)
