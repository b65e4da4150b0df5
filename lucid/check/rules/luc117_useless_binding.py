"""LUC117: a binding that binds nothing, or one key to both ends of an axis."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.inputs import Gesture, Input, all_inputs, bound_sources, input_gesture
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    for declared in all_inputs(port):
        bound = input_gesture(port, declared)
        problem = _problem(port, declared, bound) if bound else None
        if bound and problem:
            yield RULE.at(bound.call.module, bound.call.node, problem=problem)


def _problem(port: Port, declared: Input, bound: Gesture) -> str | None:
    if bound.call.node.args or any(given.arg is None for given in bound.call.node.keywords):
        return None
    lists = [port.elements(value) for given in bound.call.node.keywords
             if (value := bound.call.argument(given.arg or ""))]  # fmt: skip
    if bound.kind in ("hold", "press") and all(elements == [] for elements in lists):
        return f'{bound.kind}() binds nothing: write for example {bound.kind}(keys=("KeyW",))'
    ends: dict[str | int, str] = {}
    for end, key, _ in bound_sources(port, declared):
        if end == "mouse_buttons" and isinstance(key, int) and key not in range(5):
            return f"there is no mouse button {key}: write 0 (left), 1 (middle) or 2 (right)"
        if bound.kind == "axis" and ends.setdefault(key, end) != end:
            return f"{key} pulls the axis both ways: bind it to one end only"
    return None


RULE = Rule(
    code="LUC117",
    name="useless-binding",
    message="{problem}",
    why="The control is on the page, but no key or button moves it; the port does not start.",
    valid=(
        """
        from lucid import LucidSession, axis, hold, input, press

        class MySession(LucidSession):
            @input(binding=hold(mouse_buttons=(0,)))
            def grab(self, pressed: bool) -> None: ...

            @input(binding=press(keys=KEYS))
            def jump(self) -> None: ...

            @input(binding=axis(positive_keys=("KeyE",), negative_keys=("KeyQ",)))
            def lean(self, value: float) -> None: ...
        """,
    ),
    invalid=(
        Invalid(
            """
            from lucid import LucidSession, hold, input

            class MySession(LucidSession):
                @input(binding=hold())
                def forward(self, pressed: bool) -> None: ...
            """,
            line=4,
            column=20,
        ),
        Invalid(
            """
            from lucid import LucidSession, axis, input

            class MySession(LucidSession):
                @input(binding=axis(positive_keys=("KeyE",), negative_keys=("KeyQ", "KeyE")))
                def lean(self, value: float) -> None: ...
            """,
            line=4,
            column=20,
        ),
        Invalid(
            """
            from lucid import LucidSession, input, press

            class MySession(LucidSession):
                @input(binding=press(mouse_buttons=(7,)))
                def fire(self) -> None: ...
            """,
            line=4,
            column=20,
        ),
    ),
    check=_check,
)
