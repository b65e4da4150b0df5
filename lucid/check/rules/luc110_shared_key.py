"""LUC110: one key or mouse button sends two inputs."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.inputs import Input, bound_sources, session_inputs
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule

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
                    declared.binding or declared.method.node,
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
    valid=(
        """
        from lucid import LucidSession, hold, input, press

        class Walk(LucidSession):
            @input(binding=hold(keys=("KeyW", "KeyW"), mouse_buttons=(0,)))
            def forward(self, pressed: bool) -> None: ...

            @input(binding=press(keys=("Digit0",)))
            def jump(self) -> None: ...

        class Fly(Walk):
            @input(binding=press(keys=("KeyW",)))
            def forward(self) -> None: ...

            def jump(self) -> None: ...

            @input(binding=press(keys=("Digit0",)))
            def dive(self) -> None: ...

        class Swim(LucidSession):
            @input(binding=press(keys=("KeyW",)))
            def stroke(self) -> None: ...
        """,
    ),
    invalid=(
        Invalid(
            """
            from lucid import LucidSession, hold, input, press

            class MySession(LucidSession):
                @input(binding=hold(keys=("KeyW", "ArrowUp")))
                def forward(self, pressed: bool) -> None: ...

                @input(binding=press(keys=("ArrowUp",)))
                def jump(self) -> None: ...
            """,
            line=7,
            column=20,
        ),
        Invalid(
            """
            import lucid

            class Base(lucid.LucidSession):
                @lucid.input(binding=lucid.press(mouse_buttons=(2,)))
                def fire(self) -> None: ...

            class MySession(Base):
                @lucid.input(binding=lucid.press(mouse_buttons=(2,)))
                def shoot(self) -> None: ...
            """,
            line=8,
            column=26,
        ),
    ),
    check=_check,
)
