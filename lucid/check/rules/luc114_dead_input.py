"""LUC114: an input that changes nothing which a step reads."""

import ast
from collections.abc import Iterator, Mapping

from lucid.check.diagnostics import Diagnostic
from lucid.check.inputs import Input, session_inputs
from lucid.check.module import Class, Function
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule
from lucid.check.session import Use, has_effect, reached, use_of


def _check(port: Port) -> Iterator[Diagnostic]:
    for session in port.sessions:
        if not port.lineage(session).is_known or port.method(session, "run") is None:
            continue
        inputs = session_inputs(port, session)
        ways = {declared: reached(port, session, [declared.name]) for declared in inputs}
        live = [declared for declared in inputs if any(map(has_effect, ways[declared].values()))]
        readers = reached(port, session, ["run", "close", *(declared.name for declared in live)])
        uses = [use_of(method) for method in readers.values()]
        if any(use.escapes for use in uses):
            continue
        read = {name for use in uses for name in use.reads} | _read_elsewhere(port, session)
        for declared in inputs:
            if not ways[declared] or _keeps_file(port, declared):
                continue
            if declared not in live and (problem := _problem(declared, ways[declared], read)):
                yield RULE.at(
                    declared.module, declared.method.node, name=declared.name, does=problem
                )


def _keeps_file(port: Port, declared: Input) -> bool:
    """Whether it only keeps an upload as it came, for whatever will look at it later."""
    kinds = [parameter.annotation for parameter in declared.parameters]
    is_file = [kind and port.resolve(declared.module, kind) == "lucid.InputFile" for kind in kinds]
    body = declared.method.node.body
    return is_file == [True] and all(
        isinstance(line, ast.Assign) and isinstance(line.value, ast.Name) for line in body
    )


def _problem(declared: Input, way: Mapping[str, Function], read: set[str]) -> str | None:
    uses: list[Use] = [use_of(method) for method in way.values()]
    if any(use.escapes for use in uses):
        return None
    written = sorted({name for use in uses for name in use.writes})
    if any(name in read for name in written):
        return None
    if not written:
        return "changes nothing"
    return f"sets {' and '.join(f'`self.{name}`' for name in written)}, which no step reads"


def _read_elsewhere(port: Port, session: Class) -> set[str]:
    """The attributes that any code outside the session's own classes reads, of whatever."""
    own = set(port.lineage(session).classes)
    return {
        name
        for module in port.modules.values()
        for owner, names in module.reads.items()
        if owner not in own
        for name in names
    }


RULE = Rule(
    code="LUC114",
    name="dead-input",
    message="the input `{name}` {does}: read it where `run` makes the next frame, or remove it",
    why="The control is on the page and does nothing.",
    valid=(
        """
        from lucid import LucidSession, hold, input

        class MySession(LucidSession):
            @input(binding=hold(keys=("KeyW",)))
            def forward(self, pressed: bool) -> None:
                self._hold("forward", pressed)

            @input()
            def set_prompt(self, prompt: str) -> None:
                self.model.engine.prompt = prompt

            @input()
            def set_style(self, style: str) -> None:
                self.style = style

            @input()
            def restart(self) -> None:
                self.model.engine.reset(self.style)

            @input()
            def stop(self) -> None:
                self.ctx.pause()

            def _hold(self, name, pressed):
                (self.held.add if pressed else self.held.discard)(name)

            async def run(self) -> None:
                while self.ctx.running:
                    await self.ctx.publish("main_video", self.model.step(self.held))
        """,
        """
        from lucid import LucidSession, input

        class MySession(LucidSession):
            @input()
            def set_prompt(self, prompt: str) -> None:
                self.prompt = prompt

            async def run(self) -> None:
                await self.model.play(self)
        """,
        """
        from lucid import InputFile, LucidSession, image_input, input

        class MySession(LucidSession):
            @input()
            def set_seed_frame(self, image: InputFile = image_input()) -> None:
                self.seed_frame = image

            async def run(self) -> None:
                await self.ctx.publish("main_video", self.model.step())
        """,
        """
        from lucid import LucidSession, input

        class MySession(LucidSession):
            @input()
            def set_prompt(self, prompt: str) -> None:
                self.prompt = prompt

            async def run(self) -> None:
                await self.ctx.publish("main_video", frame_of(self.model.current))

        def frame_of(session):
            return draw(session.prompt)
        """,
    ),
    invalid=(
        Invalid(
            """
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input()
                def set_prompt(self, prompt: str) -> None:
                    self.prompt = prompt

                async def run(self) -> None:
                    while self.ctx.running:
                        await self.ctx.publish("main_video", self.model.step())
            """,
            line=5,
            column=9,
        ),
        Invalid(
            """
            from lucid import LucidSession, input, pointer

            class MySession(LucidSession):
                @input(binding=pointer())
                def look(self, dx: float, dy: float) -> None:
                    self.dx_px += dx
                    self.dy_px += dy

                @input()
                def mark(self) -> None: ...  # lucid: noqa[LUC114] to come

                async def run(self) -> None:
                    while self.ctx.running:
                        await self.ctx.publish("main_video", self.model.step())
            """,
            line=5,
            column=9,
        ),
    ),
    check=_check,
)
