"""LUC410: weights are loaded before `load`."""

from lucid.check.downloads import is_weight_load
from lucid.check.nodes import code
from lucid.check.port import Port
from lucid.check.rule import Findings, rule


@rule(
    "LUC410",
    message="`{call}` runs {when}: move it into `load` of the model",
    why="The page shows nothing while it runs, and the weights belong to another thread than the "
    "one that steps the model.",
)
def loads_early(port: Port) -> Findings:
    for call in port.played_calls:
        function = call.function
        is_early = function is None or (function.name == "__init__" and call.inside in port.models)
        if is_early and is_weight_load(port, call):
            when = "when the port is imported" if function is None else "in `__init__`"
            yield loads_early.at(call.module, call.node, call=code(call.node.func), when=when)
