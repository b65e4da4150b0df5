"""LUC121: a handler does not look at what the player sent."""

import libcst as cst

from lucid.check.inputs import Input, all_inputs, input_gesture
from lucid.check.nodes import is_literal, statements
from lucid.check.port import Port
from lucid.check.rule import Findings, rule


@rule(
    "LUC121",
    message="the input `{name}` never reads `{parameter}`: use it, or leave it out",
    why="A hold that does not look at `pressed` never lets go; a field that nothing reads does "
    "nothing.",
)
def ignored_argument(port: Port) -> Findings:
    for declared in all_inputs(port):
        bound = input_gesture(port, declared)
        if _is_stub(declared) or (bound and bound.kind == "pointer"):
            continue  # a world without up and down looks at one of the two
        used = {node.value for node in declared.method.all_nodes if isinstance(node, cst.Name)}
        if "locals" in used:
            continue
        for param in declared.parameters:
            name = param.name.value
            if bound and name not in bound.arguments:
                continue  # LUC106 says what it should be
            if name not in used and not name.startswith("_"):
                yield ignored_argument.at(
                    declared.module, param, parameter=name, name=declared.name
                )


def _is_stub(declared: Input) -> bool:
    """Whether it does nothing at all, which LUC114 says, or raises."""
    return all(
        isinstance(line, cst.Pass | cst.Raise)
        or (isinstance(line, cst.Expr) and is_literal(line.value))
        for line in statements(declared.node.body)
    )
