"""LUC502: `torch.load` that may run code."""

from lucid.check.nodes import add_argument, argument, expression, has_open_keywords, literal
from lucid.check.port import Port
from lucid.check.rule import Findings, fixed, rule


@rule(
    "LUC502",
    message="a pickle may run any code when it is loaded: write `weights_only=True`, or take the "
    "repo's .safetensors",
    why="Weights come from strangers: a file that runs code does so with the player's rights.",
)
def pickled_weights(port: Port) -> Findings:
    for call, foreign in port.foreign_calls.items():
        given = argument(call.node, "weights_only")
        if foreign.name != "torch.load" or has_open_keywords(call.node):
            continue
        module, yes = call.module, expression("True")
        if given is None:
            edit = module.replace(call.node, add_argument(call.node, "weights_only", yes))
            fix = fixed("Load weights only", edit, is_safe=True)
            yield pickled_weights.at(module, call.node.func, fix)
        elif literal(given) is False:
            fix = fixed("Load weights only", module.replace(given, yes), is_safe=False)
            yield pickled_weights.at(module, given, fix)
