"""LUC503: a repo's own code is run."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    for module in port.played:
        for call in module.calls:
            for given in call.node.keywords:
                is_true = isinstance(given.value, ast.Constant) and given.value.value is True
                if given.arg == "trust_remote_code" and is_true:
                    yield RULE.at(module, given)


RULE = Rule(
    code="LUC503",
    name="remote-code",
    message="this runs code out of the model's repo: put the code that you have read into the port "
    "and load the weights into it",
    why="Code that is downloaded with the weights runs with the player's rights, and changes with "
    "the repo.",
    valid=(
        "AutoModel.from_pretrained('org/name', trust_remote_code=False)",
        "load(trust_remote_code=ASKED)",
    ),
    invalid=(
        Invalid("AutoModel.from_pretrained(PATH, trust_remote_code=True)", line=1, column=33),
    ),
    check=_check,
)
