"""LUC109: a binding names a key that does not exist."""

from lucid.authoring.gestures import KEY_CODES, meant_key_code, nearest_key_code
from lucid.check.constants import worth
from lucid.check.diagnostics import Diagnostic
from lucid.check.inputs import KEY_ARGUMENTS, all_inputs, gesture
from lucid.check.module import Value
from lucid.check.nodes import expression, is_literal
from lucid.check.port import Port
from lucid.check.rule import Findings, fixed, rule


@rule(
    "LUC109",
    message="{problem}: write {fix_}",
    why="Keys are named as in KeyboardEvent.code, by their place on the keyboard, so that they "
    "work on every layout; a name that no key has never arrives.",
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
        yield _finding(port, keys, f"{alone!a} is no tuple of key codes", f'("{code}",)', is_sure)
    for element in port.elements(keys) or ():
        key = worth(port, element)
        if isinstance(key, str) and key not in KEY_CODES:
            is_sure = meant_key_code(key) is not None
            code = f'"{nearest_key_code(key)}"'
            yield _finding(port, element, f"{key!a} is no key code", code, is_sure)


def _finding(port: Port, at: Value, problem: str, text: str, is_sure: bool) -> Diagnostic:
    meaning = port.resolve(at) if at.arguments else at  # what was passed to a helper
    at = meaning if isinstance(meaning, Value) else at
    edit = at.module.replace(at.node, expression(text))
    fix = fixed(f"Write {text}", edit, is_safe=is_sure) if is_literal(at.node) else None
    return key_code.of(at, fix, problem=problem, fix_=text)
