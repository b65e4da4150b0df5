"""LUC115: keys that together are a chord which the browser keeps for itself."""

from lucid.check.inputs import bound_sources, session_inputs
from lucid.check.module import Value
from lucid.check.port import Port
from lucid.check.rule import Findings, rule

_MODIFIERS = {"ControlLeft": "Ctrl", "ControlRight": "Ctrl", "MetaLeft": "Cmd", "MetaRight": "Cmd"}
_TAKEN = {"KeyW": "closes the tab", "KeyT": "opens a tab", "KeyN": "opens a window"}
"""What no page can prevent, in every browser."""


@rule(
    "LUC115",
    message="with {key} held, {chord} {does} and no page can prevent it: "
    "bind another key, such as KeyC",
    why="A player who crouches and walks at once loses the world.",
)
def reserved_chord(port: Port) -> Findings:
    for session in port.sessions:
        modifiers: dict[str, Value] = {}
        letters: dict[str, str] = {}
        for declared in session_inputs(port, session):
            for _, key, where in bound_sources(port, declared):
                if key in _MODIFIERS:
                    modifiers.setdefault(str(key), where)
                elif key in _TAKEN:
                    letters.setdefault(str(key), declared.name)
        taken = next((key for key in _TAKEN if key in letters), None)
        for key, where in modifiers.items() if taken else ():
            chord = f"{_MODIFIERS[key]}+{str(taken)[-1]}"
            yield reserved_chord.of(where, key=key, chord=chord, does=_TAKEN[str(taken)])
