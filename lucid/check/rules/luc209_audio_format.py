"""LUC209: an audio output at a rate or with channels that are not played."""

from lucid.check.constants import worth
from lucid.check.outputs import output_calls
from lucid.check.port import Port
from lucid.check.rule import Findings, rule

_ALLOWED = {
    "sample_rate_hz": (8_000, 16_000, 24_000, 32_000, 44_100, 48_000),
    "channels": (1, 2),
}


@rule(
    "LUC209",
    message="{name} is {value}: write one of {choices}",
    why="Samples at another rate cannot be sent; the port does not start.",
)
def audio_format(port: Port) -> Findings:
    for model in port.served_models:
        for call in output_calls(port, model):
            for name, allowed in _ALLOWED.items() if call.name == "lucid.publish.audio" else ():
                given = call.argument(name)
                value = worth(port, given)
                if given and value is not None and value not in allowed:
                    choices = ", ".join(map(str, allowed))
                    yield audio_format.of(given, name=name, value=repr(value), choices=choices)
