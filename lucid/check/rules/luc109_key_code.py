"""LUC109: a binding names a key that does not exist."""

import ast
from collections.abc import Iterator

from lucid.authoring.gestures import KEY_CODES, meant_key_code, nearest_key_code
from lucid.check.diagnostics import Diagnostic
from lucid.check.inputs import KEY_ARGUMENTS, gesture
from lucid.check.port import Port, Value
from lucid.check.rule import Invalid, Rule, fixed


def _check(port: Port) -> Iterator[Diagnostic]:
    for module in port.modules.values():
        for call in module.calls:
            bound = gesture(port, Value(module, call.node, call.function))
            given = map(bound.call.argument, KEY_ARGUMENTS) if bound else ()
            for keys in filter(None, given):
                yield from _check_keys(port, keys)


def _check_keys(port: Port, keys: Value) -> Iterator[Diagnostic]:
    alone = port.literal(keys)
    if isinstance(alone, str):
        code = alone if alone in KEY_CODES else nearest_key_code(alone)
        is_sure = alone in KEY_CODES or meant_key_code(alone) is not None
        yield _finding(keys, f"{alone!a} is no tuple of key codes", f'("{code}",)', is_sure)
    for element in port.elements(keys) or ():
        key = port.literal(element)
        if isinstance(key, str) and key not in KEY_CODES:
            is_sure = meant_key_code(key) is not None
            yield _finding(
                element, f"{key!a} is no key code", f'"{nearest_key_code(key)}"', is_sure
            )


def _finding(at: Value, problem: str, text: str, is_sure: bool) -> Diagnostic:
    is_literal = isinstance(at.node, ast.Constant)
    fix = fixed(f"Write {text}", at.module.replace(at.node, text), is_safe=is_sure)
    return RULE.at(at.module, at.node, fix if is_literal else None, problem=problem, fix_=text)


RULE = Rule(
    code="LUC109",
    name="key-code",
    message="{problem}: write {fix_}",
    why="Keys are named as in KeyboardEvent.code, by their place on the keyboard, so that they "
    "work on every layout; a name that no key has never arrives.",
    valid=(
        """
        from lucid import axis, hold, press

        KEYS = ("KeyW", "ArrowUp")
        UP = hold(keys=KEYS)
        JUMP = press(keys=["Space", *KEYS])
        LEAN = axis(positive_keys=("KeyE",), negative_keys=from_settings())
        FIRE = press(mouse_buttons=(0,))
        """,
        "from elsewhere import hold\nUP = hold(keys=('w',))",
    ),
    invalid=(
        Invalid(
            'from lucid import hold\nUP = hold(keys=("KeyW", "up"))',
            line=2,
            column=25,
            fix=('"up"', '"ArrowUp"'),
        ),
        Invalid(
            'import lucid\nKEYS = ("W",)\nUP = lucid.press(keys=KEYS)',
            line=2,
            column=9,
            fix=('"W"', '"KeyW"'),
        ),
        Invalid(
            'from lucid import hold\nUP = hold(keys=("KeyW"))',
            line=2,
            column=17,
            fix=('"KeyW"', '("KeyW",)'),
        ),
        Invalid(
            'from lucid import axis\nLEAN = axis(positive_keys=("KeyE",), negative_keys=("Q",))',
            line=2,
            column=53,
            fix=('"Q"', '"KeyQ"'),
        ),
    ),
    check=_check,
)
