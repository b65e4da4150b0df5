"""What LUC207 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidModel, LucidSession, publish

        class MySession(LucidSession):
            async def run(self) -> None:
                frame = self.model.step().to("cuda")
                await self.ctx.publish("main_video", frame)
                await self.ctx.publish("main_video", frame.cpu().numpy())

        class MyModel(LucidModel):
            session_cls = MySession
            outputs = (publish.video(name="main_video", width=64, height=64),)
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidModel, LucidSession, publish

            class MySession(LucidSession):
                async def run(self) -> None:
                    await self.ctx.publish("main_video", self.model.step().cuda().numpy())

            class MyModel(LucidModel):
                session_cls = MySession
                outputs = (publish.video(name="main_video", width=64, height=64),)
            """,
        line=5,
        column=46,
        fix=(".cuda()", ".cuda().cpu()"),
    ),
    Invalid(
        """
            from lucid import LucidModel, LucidSession, publish

            class MySession(LucidSession):
                async def run(self) -> None:
                    score = self.score.to(device="cuda:0")
                    await self.ctx.publish("score", score)

            class MyModel(LucidModel):
                session_cls = MySession
                outputs = (publish.json(name="score"),)
            """,
        line=6,
        column=41,
    ),
)
