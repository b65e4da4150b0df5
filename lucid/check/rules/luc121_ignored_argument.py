"""LUC121: a handler does not look at what the player sent."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.inputs import Input, all_inputs, input_gesture
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    for declared in all_inputs(port):
        bound = input_gesture(port, declared)
        if _is_stub(declared) or (bound and bound.kind == "pointer"):
            continue  # a world without up and down looks at one of the two
        used = {node.id for node in declared.method.all_nodes if isinstance(node, ast.Name)}
        if "locals" in used:
            continue
        for parameter in declared.parameters:
            if bound and parameter.arg not in bound.arguments:
                continue  # LUC106 says what it should be
            if parameter.arg not in used and not parameter.arg.startswith("_"):
                yield RULE.at(
                    declared.module, parameter, parameter=parameter.arg, name=declared.name
                )


def _is_stub(declared: Input) -> bool:
    """Whether it does nothing at all, which LUC114 says, or raises."""
    return all(
        isinstance(line, ast.Pass | ast.Raise)
        or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
        for line in declared.method.node.body
    )


RULE = Rule(
    code="LUC121",
    name="ignored-argument",
    message="the input `{name}` never reads `{parameter}`: use it, or leave it out",
    why="A hold that does not look at `pressed` never lets go; a field that nothing reads does "
    "nothing.",
    valid=(
        """
        from lucid import LucidSession, hold, input, pointer

        class MySession(LucidSession):
            @input(binding=hold(keys=("KeyW",)))
            def forward(self, pressed: bool) -> None:
                self.forward_held = pressed

            @input(binding=pointer())
            def look(self, dx: float, dy: float) -> None:
                self.dx_px += dx

            @input()
            def later(self, value: int) -> None: ...
        """,
    ),
    invalid=(
        Invalid(
            """
            from lucid import LucidSession, hold, input

            class MySession(LucidSession):
                @input(binding=hold(keys=("KeyW",)))
                def forward(self, pressed: bool) -> None:
                    self.held.add("forward")
            """,
            line=5,
            column=23,
        ),
    ),
    check=_check,
)
