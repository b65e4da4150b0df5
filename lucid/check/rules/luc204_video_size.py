"""LUC204: a video output that no codec takes."""

from lucid.check.constants import worth
from lucid.check.outputs import output_calls
from lucid.check.port import Port
from lucid.check.rule import Findings, rule

_CHOICES = {"layout": ("HWC", "CHW"), "pixel_range": ("uint8", "[0,1]", "[-1,1]")}


@rule(
    "LUC204",
    message="{name} is {value}: write {must}",
    why="Video codecs halve the colour planes, so sides are even; the port does not start with "
    "what cannot be sent.",
)
def video_size(port: Port) -> Findings:
    for model in port.served_models:
        for call in output_calls(port, model):
            if call.name != "lucid.publish.video":
                continue
            for name in ("width", "height", "fps", *_CHOICES):
                given = call.argument(name)
                value = worth(port, given)
                must = None if value is None else _problem(name, value)
                if given and must:
                    yield video_size.of(given, name=name, value=repr(value), must=must)


def _problem(name: str, value: str | int | float) -> str | None:
    if name in _CHOICES:
        choices = _CHOICES[name]
        return None if value in choices else f"one of {', '.join(map(repr, choices))}"
    if name == "fps":
        is_right = isinstance(value, int | float) and 0 < value <= 240
        return None if is_right else "above 0 and at most 240, or left out"
    is_right = type(value) is int and value >= 16 and value % 2 == 0
    return None if is_right else "an even number of pixels, 16 or more: pad or crop the frame"
