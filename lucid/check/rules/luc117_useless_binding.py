"""LUC117: a binding that binds nothing, or one key to both ends of an axis."""

from lucid.check.inputs import Gesture, Input, all_inputs, bound_sources, input_gesture
from lucid.check.port import Port
from lucid.check.rule import Findings, rule


@rule(
    "LUC117",
    message="{problem}",
    why="The control is on the page, but no key or button moves it; the port does not start.",
)
def useless_binding(port: Port) -> Findings:
    for declared in all_inputs(port):
        bound = input_gesture(port, declared)
        problem = _problem(port, declared, bound) if bound else None
        if bound and problem:
            yield useless_binding.of(bound.call.value, problem=problem)


def _problem(port: Port, declared: Input, bound: Gesture) -> str | None:
    call = bound.call
    if not all(arg.keyword for arg in call.node.args):
        return None
    lists = [port.elements(call.value.part(arg.value)) for arg in call.node.args]
    if bound.kind in ("hold", "press") and all(elements == [] for elements in lists):
        return f'{bound.kind}() binds nothing: write for example {bound.kind}(keys=("KeyW",))'
    ends: dict[str | int, str] = {}
    for end, key, _ in bound_sources(port, declared):
        if end == "mouse_buttons" and isinstance(key, int) and key not in range(5):
            return f"there is no mouse button {key}: write 0 (left), 1 (middle) or 2 (right)"
        if bound.kind == "axis" and ends.setdefault(key, end) != end:
            return f"{key} pulls the axis both ways: bind it to one end only"
    return None
