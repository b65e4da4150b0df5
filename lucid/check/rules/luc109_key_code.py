"""LUC109: a binding names a key that does not exist."""

from collections.abc import Iterator

from lucid.authoring.bindings import KEY_CODES, nearest_key_code
from lucid.check.inputs import KEY_ARGUMENTS, gesture
from lucid.check.port import Port, Value
from lucid.check.rule import Finding, Invalid, Rule


def _check(port: Port) -> Iterator[Finding]:
    for module in port.modules.values():
        for call in module.calls:
            bound = gesture(port, Value(module, call.node))
            given = map(bound.call.argument, KEY_ARGUMENTS) if bound else ()
            for keys in filter(None, given):
                yield from _check_keys(port, keys)


def _check_keys(port: Port, keys: Value) -> Iterator[Finding]:
    alone = port.literal(keys)
    if isinstance(alone, str):
        code = alone if alone in KEY_CODES else nearest_key_code(alone)
        yield _finding(keys, f"{alone!a} is no tuple of key codes", f'("{code}",)')
    for element in port.elements(keys) or ():
        key = port.literal(element)
        if isinstance(key, str) and key not in KEY_CODES:
            yield _finding(element, f"{key!a} is no key code", f'"{nearest_key_code(key)}"')


def _finding(at: Value, problem: str, fix: str) -> Finding:
    return RULE.finding(at.module.path, at.node, problem=problem, fix=fix)


RULE = Rule(
    code="LUC109",
    name="key-code",
    message="{problem}: write {fix}",
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
        Invalid('from lucid import hold\nUP = hold(keys=("KeyW", "up"))', line=2, column=25),
        Invalid('import lucid\nKEYS = ("W",)\nUP = lucid.press(keys=KEYS)', line=2, column=9),
        Invalid('from lucid import hold\nUP = hold(keys=("KeyW"))', line=2, column=17),
        Invalid(
            'from lucid import axis\nLEAN = axis(positive_keys=("KeyE",), negative_keys=("Q",))',
            line=2,
            column=53,
        ),
    ),
    check=_check,
)
