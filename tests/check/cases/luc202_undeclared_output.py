"""What LUC202 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidModel, LucidSession, publish

        VIDEO = "main_video"

        class MySession(LucidSession):
            async def run(self) -> None:
                await self.ctx.publish(VIDEO, frame)
                await self.ctx.publish(name="score", sample=1)
                await self.ctx.publish(choose(), frame)

        class MyModel(LucidModel):
            session_cls = MySession
            outputs = (publish.video(name=VIDEO, width=64, height=64), publish.json(name="score"))
        """,
    """
        from lucid import LucidModel, LucidSession, publish

        class MySession(LucidSession):
            async def run(self) -> None:
                await self.ctx.publish("main_video", frame)

        class MyModel(LucidModel):
            session_cls = MySession
            outputs = (publish.json(name=SETTINGS.name),)
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidModel, LucidSession, publish

            class MySession(LucidSession):
                async def run(self) -> None:
                    await self.ctx.publish("main", frame)

            class MyModel(LucidModel):
                session_cls = MySession
                outputs = (publish.video(name="main_video", width=64, height=64),)
            """,
        line=5,
        column=32,
        fix=('publish("main"', 'publish("main_video"'),
    ),
)
