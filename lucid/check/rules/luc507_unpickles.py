"""LUC507: a port unpickles, or runs code out of, a file."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.port import Port, argument
from lucid.check.rule import Invalid, Rule

_UNPICKLERS = {"cloudpickle.load", "dill.load", "dill.loads", "joblib.load", "pickle.load",
               "pickle.loads", "torch.hub.load"}  # fmt: skip


def _check(port: Port) -> Iterator[Diagnostic]:
    for call, foreign in port.foreign_calls():
        allows = argument(call.node, "allow_pickle")
        is_numpy = foreign.name == "numpy.load" and _is_true(allows)
        if foreign.name in _UNPICKLERS or is_numpy:
            yield RULE.at(foreign.module, call.node.func, call=ast.unparse(call.node.func))


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


RULE = Rule(
    code="LUC507",
    name="unpickles",
    message="`{call}` runs whatever code the file holds: keep the data as .safetensors, .npz or "
    "JSON",
    why="A pickle from a stranger runs with the player's rights.",
    valid=("import numpy as np\nX = np.load('x.npz')", "import json\nX = json.load(FILE)"),
    invalid=(
        Invalid("import pickle\nX = pickle.load(FILE)", line=2, column=5),
        Invalid("import numpy as np\nX = np.load('x.npy', allow_pickle=True)", line=2, column=5),
    ),
    check=_check,
)
