"""LUC203: an output that nothing publishes."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.module import Module, dotted
from lucid.check.outputs import published, session_outputs
from lucid.check.port import Port, Value
from lucid.check.rule import Invalid, Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    names: set[str] = set()
    for found in published(port):
        name = port.literal(Value(found.module, found.name, found.call.function))
        if not isinstance(name, str):
            return
        names.add(name)
    if not names or any(map(_gives_context_away, port.modules.values())):
        return
    declared = session_outputs(port)
    if names - {output.name for outputs in declared.values() for output in outputs}:
        return  # LUC202 finds a name that is written wrongly
    for session, outputs in declared.items():
        for output in outputs if port.lineage(session).is_known else ():
            if output.name not in names:
                yield RULE.at(output.call.module, output.call.node, name=output.name)


def _gives_context_away(module: Module) -> bool:
    """Whether ``self.ctx`` is used as a value, so that others may publish."""
    used = sum(dotted(node) == "self.ctx" for node in module.attributes)
    members = sum(dotted(node.value) == "self.ctx" for node in module.attributes)
    return used > members or any(text.value == "ctx" for text in module.strings)


RULE = Rule(
    code="LUC203",
    name="never-published",
    message='nothing publishes to "{name}": publish to it in `run`, or remove it',
    why="The page makes a place for the stream, and it stays empty.",
    valid=(
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
    ),
    invalid=(
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
    ),
    check=_check,
)
