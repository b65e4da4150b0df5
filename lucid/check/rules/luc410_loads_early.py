"""LUC410: weights are loaded before `load`."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.downloads import is_weight_load
from lucid.check.nodes import code
from lucid.check.port import Port
from lucid.check.rule import Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    for call in port.played_calls:
        function = call.function
        is_early = function is None or (function.name == "__init__" and call.inside in port.models)
        if is_early and is_weight_load(port, call):
            when = "when the port is imported" if function is None else "in `__init__`"
            yield RULE.at(call.module, call.node, call=code(call.node.func), when=when)


RULE = Rule(
    code="LUC410",
    name="loads-early",
    message="`{call}` runs {when}: move it into `load` of the model",
    why="The page shows nothing while it runs, and the weights belong to another thread than the "
    "one that steps the model.",
    check=_check,
)
