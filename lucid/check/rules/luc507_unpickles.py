"""LUC507: a port unpickles, or runs code out of, a file."""

from lucid.check.nodes import argument, code, literal
from lucid.check.port import Port
from lucid.check.rule import Findings, rule

_UNPICKLERS = {"cloudpickle.load", "dill.load", "dill.loads", "joblib.load", "pickle.load",
               "pickle.loads", "torch.hub.load"}  # fmt: skip


@rule(
    "LUC507",
    message="`{call}` runs whatever code the file holds: keep the data as .safetensors, .npz or "
    "JSON",
    why="A pickle from a stranger runs with the player's rights.",
)
def unpickles(port: Port) -> Findings:
    for call, foreign in port.foreign_calls.items():
        allows = literal(argument(call.node, "allow_pickle")) is True
        if foreign.name in _UNPICKLERS or (foreign.name == "numpy.load" and allows):
            yield unpickles.at(call.module, call.node.func, call=code(call.node.func))
