"""LUC110: one key or mouse button sends two inputs."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.inputs import Input, bound_sources, session_inputs
from lucid.check.port import Port
from lucid.check.rule import Rule

_BUTTONS = ("left", "middle", "right")


def _check(port: Port) -> Iterator[Diagnostic]:
    for session in port.sessions:
        owners: dict[str, str] = {}
        for declared in session_inputs(port, session):
            shared: dict[str, list[str]] = {}
            for source in sorted(_sources(port, declared)):
                first = owners.setdefault(source, declared.name)
                shared.setdefault(first, []).append(source)
            shared.pop(declared.name, None)
            for first, sources in shared.items():
                yield RULE.at(
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


RULE = Rule(
    code="LUC110",
    name="shared-key",
    message="`{first}` and `{second}` are both bound to {sources}: give one of them another",
    why="A player who presses it sends both inputs at once.",
    check=_check,
)
