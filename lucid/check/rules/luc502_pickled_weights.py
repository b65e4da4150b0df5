"""LUC502: `torch.load` that may run code."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.port import Port, argument
from lucid.check.rule import Invalid, Rule, fixed


def _check(port: Port) -> Iterator[Diagnostic]:
    for call, foreign in port.foreign_calls():
        given = argument(call.node, "weights_only")
        is_open = any(keyword.arg is None for keyword in call.node.keywords)
        if foreign.name != "torch.load" or is_open:
            continue
        module = foreign.module
        if given is None:
            edit = module.add_argument(call.node, "weights_only=True")
            fix = fixed("Load weights only", edit, is_safe=True)
            yield RULE.at(module, call.node.func, fix)
        elif isinstance(given, ast.Constant) and given.value is False:
            fix = fixed("Load weights only", module.replace(given, "True"), is_safe=False)
            yield RULE.at(module, given, fix)


RULE = Rule(
    code="LUC502",
    name="pickled-weights",
    message="a pickle may run any code when it is loaded: write `weights_only=True`, or take the "
    "repo's .safetensors",
    why="Weights come from strangers: a file that runs code does so with the player's rights.",
    valid=(
        """
        import torch

        def load(path):
            torch.load(path, weights_only=True)
            torch.load(path, weights_only=SAFE)
            torch.load(path, **OPTIONS)
        """,
    ),
    invalid=(
        Invalid(
            "import torch\ndef load(path):\n    return torch.load(path, map_location=on('cpu'))",
            line=3,
            column=12,
            fix=("on('cpu'))", "on('cpu'), weights_only=True)"),
        ),
        Invalid(
            "from torch import load\ndef read(path):\n    return load(path, weights_only=False)",
            line=3,
            column=36,
            fix=("False", "True"),
        ),
    ),
    check=_check,
)
