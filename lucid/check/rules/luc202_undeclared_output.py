"""LUC202: a session publishes what its model does not declare."""

from collections.abc import Iterator

import libcst as cst

from lucid.check.module import Class
from lucid.check.outputs import output_names
from lucid.check.port import Port, Value, argument
from lucid.check.rule import Finding, Invalid, Rule


def _check(port: Port) -> Iterator[Finding]:
    declared = _declared(port)
    for module in port.modules.values():
        for call in module.calls:
            names = declared.get(call.inside) if call.inside else None
            given = _published(call.node) if names and call.callee == "self.ctx.publish" else None
            name = port.literal(Value(module, given)) if given else None
            if given and names and isinstance(name, str) and name not in names:
                shown = ", ".join(f'"{known}"' for known in sorted(names))
                yield RULE.finding(module.path, given, name=name, declared=shown)


def _declared(port: Port) -> dict[Class, set[str]]:
    """What the models of a session class declare together, where all of it is known."""
    found: dict[Class, set[str]] = {}
    for model in port.served_models:
        named = port.attribute(model, "session_cls")
        session = port.resolve(named.module, named.node) if named else None
        names = output_names(port, model)
        if not isinstance(session, Class) or names is None:
            return {}
        found.setdefault(session, set()).update(names)
    return found


def _published(call: cst.Call) -> cst.BaseExpression | None:
    first = call.args[0] if call.args else None
    if first and not first.keyword and not first.star:
        return first.value
    return argument(call, "name")


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
        ),
    ),
    check=_check,
)
