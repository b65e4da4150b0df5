"""LUC116: a key that the browser or the system keeps for itself."""

from lucid.check.inputs import all_inputs, bound_sources
from lucid.check.port import Port
from lucid.check.rule import Findings, rule

_TAKEN = {
    "Escape": "lets go of the mouse and leaves full screen",
    "F11": "switches full screen",
    "MetaLeft": "opens the system's menu",
    "MetaRight": "opens the system's menu",
    "PrintScreen": "takes a screenshot",
}


@rule(
    "LUC116",
    message="{key} {does}, whatever the page does: bind another key",
    why="The key does what the browser or the system wants as well as, or instead of, what the "
    "player wants.",
)
def reserved_key(port: Port) -> Findings:
    for declared in all_inputs(port):
        for _, key, where in bound_sources(port, declared):
            if key in _TAKEN:
                yield reserved_key.of(where, key=str(key), does=_TAKEN[str(key)])
