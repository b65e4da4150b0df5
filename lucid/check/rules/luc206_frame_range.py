"""LUC206: a frame's numbers are visibly of another kind than declared."""

from collections.abc import Iterator

from lucid.check.arrays import looks, made_by
from lucid.check.diagnostics import Diagnostic
from lucid.check.outputs import samples
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    for found, sample, output in samples(port, ("video",)):
        given = output.call.argument("pixel_range")
        declared = port.literal(given) if given else "uint8"
        numbers = looks(port, made_by(port, sample)).numbers
        is_right = numbers is None or (numbers == "uint8") == (declared == "uint8")
        if isinstance(declared, str) and not is_right and numbers != "other":
            write = '"[0,1]" or "[-1,1]"' if numbers == "float" else '"uint8"'
            yield RULE.at(
                found.module,
                sample.node,
                name=output.name,
                numbers=str(numbers),
                declared=declared,
                write=write,
            )


RULE = Rule(
    code="LUC206",
    name="frame-range",
    message='this frame holds {numbers} numbers and "{name}" is declared {declared}: '
    "write pixel_range={write} in its declaration, or convert the frame",
    why="A frame of another kind than declared ends the session with an error; a guess would show "
    "black or noise.",
    valid=(
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
    ),
    invalid=(
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
    ),
    check=_check,
)
