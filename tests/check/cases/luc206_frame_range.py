"""What LUC206 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        import numpy as np
        from lucid import LucidModel, LucidSession, publish

        class MySession(LucidSession):
            async def run(self) -> None:
                await self.ctx.publish("a", (self.draw() * 255.0).astype(np.uint8))
                await self.ctx.publish("a", self.draw())
                await self.ctx.publish("b", self.draw() / 255)

        class MyModel(LucidModel):
            session_cls = MySession
            outputs = (
                publish.video(name="a", width=64, height=64),
                publish.video(name="b", width=64, height=64, pixel_range="[0,1]"),
            )
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidModel, LucidSession, publish

            class MySession(LucidSession):
                async def run(self) -> None:
                    await self.ctx.publish("main_video", self.draw().float() / 255)

            class MyModel(LucidModel):
                session_cls = MySession
                outputs = (publish.video(name="main_video", width=64, height=64),)
            """,
        line=5,
        column=46,
    ),
    Invalid(
        """
            import numpy as np
            from lucid import LucidModel, LucidSession, publish

            class MySession(LucidSession):
                async def run(self) -> None:
                    frame = self.draw().clip(0, 255).astype("uint8")
                    await self.ctx.publish("main_video", frame)

            class MyModel(LucidModel):
                session_cls = MySession
                outputs = (
                    publish.video(name="main_video", width=64, height=64, pixel_range="[0,1]"),
                )
            """,
        line=7,
        column=46,
    ),
)
