"""Rules about the keys, buttons and motion of bindings."""

import libcst as cst

from lucid.authoring.gestures import KEY_CODES, SIGNATURES, meant_key_code, nearest_key_code
from lucid.check.constants import worth
from lucid.check.diagnostics import Diagnostic, Edit, Fix
from lucid.check.inputs import (
    KEY_ARGUMENTS,
    Gesture,
    Input,
    all_inputs,
    bound_sources,
    gesture,
    session_inputs,
)
from lucid.check.module import Value
from lucid.check.nodes import code, is_literal, literal, nameless_parameters, subscripts
from lucid.check.port import Port
from lucid.check.rule import Findings, fixed, rule

_ANNOTATED = ("typing.Annotated", "typing_extensions.Annotated")
_PLAIN_TYPES = {"bool", "int", "float", "complex", "str", "bytes", "list", "tuple", "dict", "set"}


@rule(
    "LUC106",
    message="`{name}` is declared {declared}, but its {kind} binding calls it with {wanted}: "
    "write `def {name}{wanted} -> None`",
    why="A gesture sends fixed arguments. A handler with other parameters cannot be bound to it.",
)
def binding_signature(port: Port) -> Findings:
    for declared in all_inputs(port):
        bound = gesture(port, declared.binding)
        if bound and declared.is_plain and not _fits_binding(port, declared, bound):
            yield binding_signature.of(
                declared,
                _signature_fix(declared, bound),
                name=declared.name,
                declared=f"({code(declared.node.params)})",
                kind=bound.kind,
                wanted=SIGNATURES[bound.kind],
            )


def _fits_binding(port: Port, declared: Input, bound: Gesture) -> bool:
    """Return whether the parameters have the binding's names and, if they are plain, its types."""
    given = declared.node.params
    if nameless_parameters(declared.node) or not (given.posonly_params or given.params):
        return False
    wanted = bound.arguments
    got = {param.name.value: _plain_type(port, declared, param) for param in declared.parameters}
    return got.keys() == wanted.keys() and all(
        kind in (None, wanted[name]) for name, kind in got.items()
    )


def _plain_type(port: Port, declared: Input, param: cst.Param) -> str | None:
    if param.annotation is None:
        return None  # LUC103 reports it
    given = declared.module.at(param.annotation.annotation)
    node = given.node
    if isinstance(node, cst.Subscript) and port.named(given.part(node.value)) in _ANNOTATED:
        given = given.part(subscripts(node)[0])
    text = literal(given.node)
    name = f"builtins.{text}" if isinstance(text, str) else port.named(given) or ""
    kind = name.removeprefix("builtins.")
    return kind if kind in _PLAIN_TYPES else None


def _signature_fix(declared: Input, bound: Gesture) -> Fix | None:
    """Return a safe fix of the types if the names are right, else an unsafe fix of the names."""
    given, wanted = declared.node.params, bound.arguments
    if nameless_parameters(declared.node) or given.posonly_params or given.kwonly_params:
        return None
    if [param.name.value for param in declared.parameters] == list(wanted):
        types = [(param.annotation.annotation, wanted[param.name.value])
                 for param in declared.parameters if param.annotation]  # fmt: skip
        edits = [declared.module.replace(old, cst.parse_expression(new))
                 for old, new in types if code(old) != new]  # fmt: skip
        return fixed("Write the types that the binding sends", *edits, is_safe=True)
    first = given.params[0] if given.params else None
    if first is None or first.name.value != "self" or any(param.default for param in given.params):
        return None
    edit = Edit(declared.module.span(first, given.params[-1]), SIGNATURES[bound.kind].strip("()"))
    return Fix(f"Write {SIGNATURES[bound.kind]}", (edit,), is_safe=False)


@rule(
    "LUC109",
    message="{problem}: write {fix_}",
    why="Keys are named as in KeyboardEvent.code, by their place on the keyboard, so that they "
    "work on every layout. No key sends any other name.",
)
def key_code(port: Port) -> Findings:
    calls = (call for module in port.modules.values() for call in module.calls)
    made = [call.module.at(call.node) for call in calls]
    for value in (*made, *(declared.binding for declared in all_inputs(port))):
        bound = gesture(port, value)
        for keys in map(bound.call.argument, KEY_ARGUMENTS) if bound else ():
            if keys:
                yield from _check_keys(port, keys)


def _check_keys(port: Port, keys: Value) -> Findings:
    alone = worth(port, keys)
    if isinstance(alone, str):
        code = alone if alone in KEY_CODES else nearest_key_code(alone)
        is_sure = alone in KEY_CODES or meant_key_code(alone) is not None
        yield _key_finding(
            port, keys, f"{alone!a} is not a tuple of key codes", f'("{code}",)', is_sure
        )
    for element in port.elements(keys) or ():
        key = worth(port, element)
        if isinstance(key, str) and key not in KEY_CODES:
            is_sure = meant_key_code(key) is not None
            code = f'"{nearest_key_code(key)}"'
            yield _key_finding(port, element, f"{key!a} is not a key code", code, is_sure)


def _key_finding(port: Port, at: Value, problem: str, text: str, is_sure: bool) -> Diagnostic:
    meaning = port.resolve(at) if at.arguments else at  # the value was passed to a helper
    at = meaning if isinstance(meaning, Value) else at
    edit = at.module.replace(at.node, cst.parse_expression(text))
    fix = fixed(f"Write {text}", edit, is_safe=is_sure) if is_literal(at.node) else None
    return key_code.of(at, fix, problem=problem, fix_=text)


_BUTTONS = ("left", "middle", "right")


@rule(
    "LUC110",
    message="`{first}` and `{second}` are both bound to {sources}: change the binding of one of "
    "them",
    why="A player who presses it sends both inputs at once.",
)
def shared_key(port: Port) -> Findings:
    for session in port.sessions:
        owners: dict[str, str] = {}
        for declared in session_inputs(port, session):
            shared: dict[str, list[str]] = {}
            for source in sorted(_keys_and_buttons(port, declared)):
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


def _keys_and_buttons(port: Port, declared: Input) -> set[str]:
    return {
        key if isinstance(key, str) else f"the {_button_name(key)} mouse button"
        for _, key, _ in bound_sources(port, declared)
    }


def _button_name(number: int) -> str:
    return _BUTTONS[number] if 0 <= number < len(_BUTTONS) else f"number {number}"


_MODIFIERS = {"ControlLeft": "Ctrl", "ControlRight": "Ctrl", "MetaLeft": "Cmd", "MetaRight": "Cmd"}
_TAKEN_CHORDS = {"KeyW": "closes the tab", "KeyT": "opens a tab", "KeyN": "opens a window"}
"""Key combinations that no page can prevent, in any browser."""


@rule(
    "LUC115",
    message="with {key} held, {chord} {does} and no page can prevent it: "
    "bind another key, such as KeyC",
    why="A player who crouches and walks at the same time loses the world.",
)
def reserved_chord(port: Port) -> Findings:
    for session in port.sessions:
        modifiers: dict[str, Value] = {}
        letters: dict[str, str] = {}
        for declared in session_inputs(port, session):
            for _, key, where in bound_sources(port, declared):
                if key in _MODIFIERS:
                    modifiers.setdefault(str(key), where)
                elif key in _TAKEN_CHORDS:
                    letters.setdefault(str(key), declared.name)
        taken = next((key for key in _TAKEN_CHORDS if key in letters), None)
        for key, where in modifiers.items() if taken else ():
            chord = f"{_MODIFIERS[key]}+{str(taken)[-1]}"
            yield reserved_chord.of(where, key=key, chord=chord, does=_TAKEN_CHORDS[str(taken)])


_TAKEN_KEYS = {
    "Escape": "releases the mouse and leaves full screen",
    "F11": "switches full screen",
    "MetaLeft": "opens the system's menu",
    "MetaRight": "opens the system's menu",
    "PrintScreen": "takes a screenshot",
}


@rule(
    "LUC116",
    message="{key} {does}, whatever the page does: bind another key",
    why="The browser or the system reacts to this key too, or reacts instead of the page.",
)
def reserved_key(port: Port) -> Findings:
    for declared in all_inputs(port):
        for _, key, where in bound_sources(port, declared):
            if key in _TAKEN_KEYS:
                yield reserved_key.of(where, key=str(key), does=_TAKEN_KEYS[str(key)])


@rule(
    "LUC117",
    message="{problem}",
    why="No key or button moves the control, so the port does not start.",
)
def useless_binding(port: Port) -> Findings:
    for declared in all_inputs(port):
        bound = gesture(port, declared.binding)
        problem = _what_is_useless(port, declared, bound) if bound else None
        if bound and problem:
            yield useless_binding.of(bound.call.value, problem=problem)


def _what_is_useless(port: Port, declared: Input, bound: Gesture) -> str | None:
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
