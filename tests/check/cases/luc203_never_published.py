"""What LUC203 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidModel, LucidSession, publish

        class MySession(LucidSession):
            async def run(self) -> None:
                await self.ctx.publish("main_video", self.frame())

        class MyModel(LucidModel):
            session_cls = MySession
            outputs = (publish.video(name="main_video", width=64, height=64),)
        """,
    """
        from lucid import LucidModel, LucidSession, publish

        class MySession(LucidSession):
            async def run(self) -> None:
                await self.ctx.publish("main_video", self.frame())
                await play_sound(self.ctx)

        class MyModel(LucidModel):
            session_cls = MySession
            outputs = (
                publish.video(name="main_video", width=64, height=64),
                publish.audio(name="sound"),
            )
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidModel, LucidSession, publish

            class MySession(LucidSession):
                async def run(self) -> None:
                    await self.ctx.publish("main_video", self.frame())

            class MyModel(LucidModel):
                session_cls = MySession
                outputs = (
                    publish.video(name="main_video", width=64, height=64),
                    publish.json(name="score"),
                )
            """,
        line=11,
        column=9,
    ),
)
