"""LUC207: a sample is visibly on the GPU where it must be in memory."""

import ast
from collections.abc import Iterator

from lucid.check.arrays import looks, made_by
from lucid.check.diagnostics import Diagnostic, Edit
from lucid.check.outputs import samples
from lucid.check.port import Port, Value
from lucid.check.rule import Invalid, Rule, fixed


def _check(port: Port) -> Iterator[Diagnostic]:
    for found, sample, output in samples(port, ("video", "audio", "json", "bytes")):
        made = made_by(port, sample)
        array = _converted(port, made)
        if array:
            end = made.module.source.span(made.module.range(array))[1]
            edit = Edit(made.module.source.between(end, end), ".cpu()")
            fix = fixed("Copy it to memory first", edit, is_safe=True)
            same_file = fix if made.module is found.module else None
            yield RULE.at(found.module, sample.node, same_file, name=output.name)
        elif output.kind in ("json", "bytes") and looks(port, made).device == "cuda":
            yield RULE.at(found.module, sample.node, name=output.name)


def _converted(port: Port, value: Value) -> ast.expr | None:
    """The CUDA tensor on which ``.numpy()`` is called in an expression."""
    for node in ast.walk(value.node):
        match node:
            case ast.Call(func=ast.Attribute(value=array, attr="numpy")):
                if looks(port, Value(value.module, array, value.function)).device == "cuda":
                    return array
    return None


RULE = Rule(
    code="LUC207",
    name="gpu-sample",
    message='this sample for "{name}" is on the GPU: write `.cpu()` before it becomes an array, '
    "JSON or bytes",
    why="A tensor on the GPU is no array: the first frame ends the session with an error.",
    valid=(
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
    ),
    invalid=(
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
    ),
    check=_check,
)
