"""LUC110: one key or mouse button sends two inputs."""

from lucid.check.inputs import Input, bound_sources, session_inputs
from lucid.check.port import Port
from lucid.check.rule import Findings, rule

_BUTTONS = ("left", "middle", "right")


@rule(
    "LUC110",
    message="`{first}` and `{second}` are both bound to {sources}: give one of them another",
    why="A player who presses it sends both inputs at once.",
)
def shared_key(port: Port) -> Findings:
    for session in port.sessions:
        owners: dict[str, str] = {}
        for declared in session_inputs(port, session):
            shared: dict[str, list[str]] = {}
            for source in sorted(_sources(port, declared)):
                first = owners.setdefault(source, declared.name)
                shared.setdefault(first, []).append(source)
            shared.pop(declared.name, None)
            for first, sources in shared.items():
                yield shared_key.at(
                    declared.module,
                    declared.place,
                    first=first,
                    second=declared.name,
                    sources=" and ".join(sources),
                )


def _sources(port: Port, declared: Input) -> set[str]:
    return {
        key if isinstance(key, str) else f"the {_button(key)} mouse button"
        for _, key, _ in bound_sources(port, declared)
    }


def _button(number: int) -> str:
    return _BUTTONS[number] if 0 <= number < len(_BUTTONS) else f"number {number}"
