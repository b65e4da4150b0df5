"""LUC307: a port starts an event loop where one runs."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule, fixed


def _check(port: Port) -> Iterator[Diagnostic]:
    for call, foreign in port.foreign_calls():
        ours = call.inside in port.sessions or call.inside in port.models
        if foreign.name != "asyncio.run" or not ours:
            continue
        module, given = foreign.module, call.node.args
        in_async = call.function is not None and call.function.is_async
        code = module.code(given[0]) if len(given) == 1 and not call.node.keywords else None
        edit = module.replace(call.node, f"(await {code})") if in_async and code else None
        yield RULE.at(module, call.node, fixed("Await it", edit, is_safe=True) if edit else None)


RULE = Rule(
    code="LUC307",
    name="nested-loop",
    message="an event loop runs here already, so `asyncio.run` raises: await the coroutine, in an "
    "`async def`",
    why="The session, or the port itself, ends with an error as soon as this line runs.",
    valid=(
        """
        import asyncio
        from lucid import LucidModel

        class MyModel(LucidModel):
            async def load(self, ctx) -> None:
                await self.fetch()

        if __name__ == "__main__":
            asyncio.run(main())
        """,
    ),
    invalid=(
        Invalid(
            """
            import asyncio
            from lucid import LucidModel

            class MyModel(LucidModel):
                async def load(self, ctx) -> None:
                    weights = asyncio.run(self.fetch())
            """,
            line=6,
            column=19,
            fix=("asyncio.run(self.fetch())", "(await self.fetch())"),
        ),
        Invalid(
            """
            import asyncio
            from lucid import LucidModel

            class MyModel(LucidModel):
                def load(self, ctx) -> None:
                    asyncio.run(self.fetch())
            """,
            line=6,
            column=9,
        ),
    ),
    check=_check,
)
