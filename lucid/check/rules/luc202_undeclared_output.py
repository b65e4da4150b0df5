"""LUC202: a session publishes what its model does not declare."""

import ast
import difflib
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.outputs import published, session_outputs
from lucid.check.port import Port, Value
from lucid.check.rule import Invalid, Rule, fixed


def _check(port: Port) -> Iterator[Diagnostic]:
    outputs = session_outputs(port)
    for published_ in published(port):
        declared = outputs.get(published_.call.inside) if published_.call.inside else None
        module, given = published_.module, published_.name
        name = port.literal(Value(module, given, published_.call.function))
        names = sorted({output.name for output in declared or ()})
        if names and isinstance(name, str) and name not in names:
            near = names if len(names) == 1 else difflib.get_close_matches(name, names, n=1)
            new = module.replace(given, f'"{near[0]}"') if near else None
            title = f'Publish to "{near[0]}"' if near else ""
            fix = fixed(title, new, is_safe=False) if isinstance(given, ast.Constant) else None
            shown = ", ".join(f'"{known}"' for known in names)
            yield RULE.at(module, given, fix, name=name, declared=shown)


RULE = Rule(
    code="LUC202",
    name="undeclared-output",
    message='"{name}" is published but not declared: write one of {declared}, or add it to the '
    "outputs of the model",
    why="Publishing it raises an error, which ends the player's session.",
    valid=(
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
    ),
    invalid=(
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
    ),
    check=_check,
)
