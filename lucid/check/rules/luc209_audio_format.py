"""LUC209: an audio output at a rate or with channels that are not played."""

from collections.abc import Iterator

from lucid.check.constants import worth
from lucid.check.diagnostics import Diagnostic
from lucid.check.outputs import output_calls
from lucid.check.port import Port
from lucid.check.rule import Rule

_ALLOWED = {
    "sample_rate_hz": (8_000, 16_000, 24_000, 32_000, 44_100, 48_000),
    "channels": (1, 2),
}


def _check(port: Port) -> Iterator[Diagnostic]:
    for model in port.served_models:
        for call in output_calls(port, model):
            for name, allowed in _ALLOWED.items() if call.name == "lucid.publish.audio" else ():
                given = call.argument(name)
                value = worth(port, given)
                if given and value is not None and value not in allowed:
                    choices = ", ".join(map(str, allowed))
                    yield RULE.of(given, name=name, value=repr(value), choices=choices)


RULE = Rule(
    code="LUC209",
    name="audio-format",
    message="{name} is {value}: write one of {choices}",
    why="Samples at another rate cannot be sent; the port does not start.",
    check=_check,
)
