"""What LUC205 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidModel, LucidSession, publish

        class MySession(LucidSession):
            async def run(self) -> None:
                frame = self.model.draw().permute(1, 2, 0)
                await self.ctx.publish("main_video", frame.byte())
                await self.ctx.publish("main_video", self.model.draw())

        class MyModel(LucidModel):
            session_cls = MySession
            outputs = (publish.video(name="main_video", width=64, height=64),)
        """,
)
INVALID = (
    Invalid(
        """
            import torch
            from lucid import LucidModel, LucidSession, publish

            class MySession(LucidSession):
                async def run(self) -> None:
                    frame = self.model.draw().permute(2, 0, 1)
                    await self.ctx.publish("main_video", frame.to(torch.uint8).cpu())

            class MyModel(LucidModel):
                session_cls = MySession
                outputs = (publish.video(name="main_video", width=64, height=64),)
            """,
        line=7,
        column=46,
    ),
    Invalid(
        """
            import numpy as np
            from lucid import LucidModel, LucidSession, publish

            class MySession(LucidSession):
                async def run(self) -> None:
                    await self.ctx.publish("main_video", self.model.draw())

            class MyModel(LucidModel):
                session_cls = MySession
                outputs = (publish.video(name="main_video", width=64, height=64, layout="CHW"),)

                def draw(self):
                    return np.ascontiguousarray(np.transpose(self.pixels, (1, 2, 0)))
            """,
        line=6,
        column=46,
    ),
)
