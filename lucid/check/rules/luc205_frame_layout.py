"""LUC205: a frame's axes visibly come in another order than declared."""

from collections.abc import Iterator

from lucid.check.arrays import looks, made_by
from lucid.check.diagnostics import Diagnostic
from lucid.check.outputs import samples
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    for found, sample, output in samples(port, ("video",)):
        given = output.call.argument("layout")
        declared = port.literal(given) if given else "HWC"
        layout = looks(port, made_by(port, sample)).layout
        if layout and declared in ("HWC", "CHW") and layout != declared:
            yield RULE.at(
                found.module, sample.node, name=output.name, layout=layout, declared=declared
            )


RULE = Rule(
    code="LUC205",
    name="frame-layout",
    message='this frame is {layout} and "{name}" is declared {declared}: '
    'write layout="{layout}" in its declaration',
    why="A frame of another shape than declared ends the session with an error; Lucid never "
    "guesses which axis is which.",
    valid=(
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
    ),
    invalid=(
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
    ),
    check=_check,
)
