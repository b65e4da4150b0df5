"""LUC503: a repo's own code is run."""

from lucid.check.nodes import literal
from lucid.check.port import Port
from lucid.check.rule import Findings, rule


@rule(
    "LUC503",
    message="this runs code out of the model's repo: put the code that you have read into the port "
    "and load the weights into it",
    why="Code that is downloaded with the weights runs with the player's rights, and changes with "
    "the repo.",
)
def remote_code(port: Port) -> Findings:
    for call in port.played_calls:
        for arg in call.node.args:
            name = arg.keyword.value if arg.keyword else None
            if name == "trust_remote_code" and literal(arg.value) is True:
                yield remote_code.at(call.module, arg)
