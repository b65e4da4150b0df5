"""LUC110: one key or mouse button sends two inputs."""

from collections.abc import Iterator

from lucid.check.inputs import KEY_ARGUMENTS, Input, gesture, session_inputs
from lucid.check.port import Port, Value
from lucid.check.rule import Finding, Invalid, Rule

_BUTTONS = ("left", "middle", "right")


def _check(port: Port) -> Iterator[Finding]:
    for session in port.sessions:
        owners: dict[str, str] = {}
        for declared in session_inputs(port, session):
            shared: dict[str, list[str]] = {}
            for source in sorted(_sources(port, declared)):
                first = owners.setdefault(source, declared.method.name)
                shared.setdefault(first, []).append(source)
            shared.pop(declared.method.name, None)
            for first, sources in shared.items():
                yield RULE.finding(
                    declared.module.path,
                    declared.binding or declared.method.node.name,
                    first=first,
                    second=declared.method.name,
                    sources=" and ".join(sources),
                )


def _sources(port: Port, declared: Input) -> set[str]:
    bound = gesture(port, Value(declared.module, declared.binding)) if declared.binding else None
    if bound is None:
        return set()
    found: set[str] = set()
    for argument_name in (*KEY_ARGUMENTS, "mouse_buttons"):
        given = bound.call.argument(argument_name)
        elements = port.elements(given) if given else None
        for literal in map(port.literal, elements or ()):
            if isinstance(literal, str):
                found.add(literal)
            elif literal is not None:
                found.add(f"the {_button(literal)} mouse button")
    return found


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
