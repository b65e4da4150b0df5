"""LUC208: two outputs of one name."""

from lucid.check.constants import worth
from lucid.check.outputs import output_calls
from lucid.check.port import Port
from lucid.check.rule import Findings, rule


@rule(
    "LUC208",
    message='two outputs are named "{name}": rename one of them',
    why="What is published to a name must have one place to go; the port does not start.",
)
def duplicate_output(port: Port) -> Findings:
    for model in port.served_models:
        seen: set[str] = set()
        for call in output_calls(port, model):
            given = call.argument("name")
            name = worth(port, given)
            if given and isinstance(name, str):
                if name in seen:
                    yield duplicate_output.of(given, name=name)
                seen.add(name)
