"""LUC507: a port unpickles, or runs code out of, a file."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.nodes import argument, code, literal
from lucid.check.port import Port
from lucid.check.rule import Rule

_UNPICKLERS = {"cloudpickle.load", "dill.load", "dill.loads", "joblib.load", "pickle.load",
               "pickle.loads", "torch.hub.load"}  # fmt: skip


def _check(port: Port) -> Iterator[Diagnostic]:
    for call, foreign in port.foreign_calls.items():
        allows = literal(argument(call.node, "allow_pickle")) is True
        if foreign.name in _UNPICKLERS or (foreign.name == "numpy.load" and allows):
            yield RULE.at(call.module, call.node.func, call=code(call.node.func))


RULE = Rule(
    code="LUC507",
    name="unpickles",
    message="`{call}` runs whatever code the file holds: keep the data as .safetensors, .npz or "
    "JSON",
    why="A pickle from a stranger runs with the player's rights.",
    check=_check,
)
