"""LUC111: a handler steps the world model or publishes."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.inputs import session_inputs
from lucid.check.module import Class, Function, dotted
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule
from lucid.check.session import publishes, reached

_STEPS = {"forward", "gen_frame", "generate", "next_frame", "render_frame", "rollout", "step"}
"""What the call that makes the next frame is named, where `run` does not show it."""


def _check(port: Port) -> Iterator[Diagnostic]:
    for session in port.sessions:
        stepped = _stepped(port, session)
        for declared in session_inputs(port, session):
            ways = reached(port, session, [declared.name])
            call = next((c for method in ways.values() for c in _infers(method, stepped)), None)
            if call:
                node = declared.method.node
                yield RULE.at(declared.module, node, name=declared.name, call=call)


def _stepped(port: Port, session: Class) -> set[str]:
    """The calls on the model whose result `run` publishes, as written on ``self.model``."""
    found: set[str] = set()
    for method in reached(port, session, ["run"]).values():
        for node in method.all_nodes:
            if isinstance(node, ast.Call) and dotted(node.func) == "self.ctx.publish":
                for argument in node.args[1:]:
                    found |= {
                        path
                        for inner in _sources(method, argument)
                        if isinstance(inner, ast.Call) and (path := _path(method, inner))
                    }
    return found


def _sources(method: Function, sample: ast.expr) -> Iterator[ast.AST]:
    """The nodes of a sample, and of what the name that it is was assigned."""
    if isinstance(sample, ast.Name):
        bound = method.names.get(sample.id)
        sample = bound if isinstance(bound, ast.expr) else sample
    yield sample if not isinstance(sample, ast.Await) else sample.value


def _infers(method: Function, stepped: set[str]) -> Iterator[str]:
    if publishes(method):
        yield "self.ctx.publish"
    for node in method.all_nodes:
        path = _path(method, node) if isinstance(node, ast.Call) else None
        if path and (path in stepped or path.rpartition(".")[2] in _STEPS):
            yield path


def _path(method: Function, call: ast.Call) -> str | None:
    """``self.model.engine.step`` for a call on the model, also through a local name."""
    path = dotted(call.func) or ""
    head, _, rest = path.partition(".")
    bound = method.names.get(head)
    if isinstance(bound, ast.expr) and (start := dotted(bound)):
        path = f"{start}.{rest}" if rest else start
    return path if path.startswith("self.model.") else None


RULE = Rule(
    code="LUC111",
    name="handler-infers",
    message="the input `{name}` calls `{call}`: let it set state, and let `run` step and publish",
    why="Inputs are applied between two steps: a step in a handler delays the next frame by its "
    "own length, and each further key press by another.",
    valid=(
        """
        from lucid import LucidSession, input

        class MySession(LucidSession):
            @input()
            def set_prompt(self, prompt: str) -> None:
                self.prompt = prompt

            @input()
            def reset(self) -> None:
                self.model.engine.reset()

            async def run(self) -> None:
                engine = self.model.engine
                while self.ctx.running:
                    frame = engine.step(self.prompt)
                    await self.ctx.publish("main_video", frame)
        """,
    ),
    invalid=(
        Invalid(
            """
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input()
                def set_prompt(self, prompt: str) -> None:
                    self.frame = self.model.draw(prompt)

                async def run(self) -> None:
                    while self.ctx.running:
                        await self.ctx.publish("main_video", self.model.draw(self.prompt))
            """,
            line=5,
            column=9,
        ),
        Invalid(
            """
            from lucid import LucidSession, input, press

            class MySession(LucidSession):
                @input(binding=press(keys=("Space",)))
                async def jump(self) -> None:
                    await self._show()

                async def _show(self) -> None:
                    await self.ctx.publish("main_video", self.frame)
            """,
            line=5,
            column=15,
        ),
        Invalid(
            """
            from lucid import LucidSession, input, press

            class MySession(LucidSession):
                @input(binding=press(keys=("Space",)))
                def jump(self) -> None:
                    engine = self.model.engine
                    self.frame = engine.step("jump")
            """,
            line=5,
            column=9,
        ),
    ),
    check=_check,
)
