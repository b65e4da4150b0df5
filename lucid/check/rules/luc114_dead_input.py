"""LUC114: an input that changes nothing which a step reads."""

from collections.abc import Mapping

import libcst as cst

from lucid.check.inputs import Input, session_inputs
from lucid.check.module import Function
from lucid.check.nodes import statements
from lucid.check.port import Port
from lucid.check.rule import Findings, rule
from lucid.check.session import has_effect, reached, use_of


@rule(
    "LUC114",
    message="the input `{name}` {does}: read it where `run` makes the next frame, or remove it",
    why="The control is on the page and does nothing.",
)
def dead_input(port: Port) -> Findings:
    for session in port.sessions:
        line = port.lineage(session)
        if not line.is_known or port.method(session, "run") is None:
            continue
        inputs = session_inputs(port, session)
        ways = {declared: reached(port, session, [declared.name]) for declared in inputs}
        live = [declared for declared in inputs if any(map(has_effect, ways[declared].values()))]
        readers = reached(port, session, ["run", "close", *(declared.name for declared in live)])
        uses = [use_of(method) for method in readers.values()]
        if any(use.escapes for use in uses):
            continue
        outside = {name for module in port.modules.values()
                   for name in module.reads_outside(line.classes)}  # fmt: skip
        read = {name for use in uses for name in use.reads} | outside
        for declared in inputs:
            if not ways[declared] or _keeps_file(port, declared):
                continue
            if declared not in live and (problem := _problem(ways[declared], read)):
                yield dead_input.at(
                    declared.module, declared.node, name=declared.name, does=problem
                )


def _keeps_file(port: Port, declared: Input) -> bool:
    """Whether it only keeps an upload as it came, for whatever will look at it later."""
    kinds = [param.annotation for param in declared.parameters]
    names = [kind and port.named(declared.module.at(kind.annotation)) for kind in kinds]
    return names == ["lucid.InputFile"] and all(
        isinstance(line, cst.Assign) and isinstance(line.value, cst.Name)
        for line in statements(declared.node.body)
    )


def _problem(way: Mapping[str, Function], read: set[str]) -> str | None:
    uses = [use_of(method) for method in way.values()]
    if any(use.escapes for use in uses):
        return None
    written = sorted({name for use in uses for name in use.writes})
    if any(name in read for name in written):
        return None
    if not written:
        return "changes nothing"
    return f"sets {' and '.join(f'`self.{name}`' for name in written)}, which no step reads"
