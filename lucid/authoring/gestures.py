"""The handler signature of each binding and the key codes, as plain data without pydantic."""

import difflib

SIGNATURES = {
    "hold": "(self, pressed: bool)",
    "press": "(self)",
    "axis": "(self, value: float)",
    "pointer": "(self, dx: float, dy: float)",
    "wheel": "(self, delta: float)",
}
"""The signature that a bound handler must have, by kind of binding."""

_LETTERS = [f"Key{chr(c)}" for c in range(ord("A"), ord("Z") + 1)]
_DIGITS = [f"Digit{n}" for n in range(10)]
_NUMPAD = [f"Numpad{n}" for n in range(10)] + [
    "NumpadAdd",
    "NumpadDecimal",
    "NumpadDivide",
    "NumpadEnter",
    "NumpadMultiply",
    "NumpadSubtract",
]
_FUNCTION = [f"F{n}" for n in range(1, 25)]
# fmt: off
_NAMED = [
    "Backquote", "Backslash", "BracketLeft", "BracketRight", "Comma", "Equal", "IntlBackslash",
    "IntlRo", "IntlYen", "Minus", "Period", "Quote", "Semicolon", "Slash", "AltLeft", "AltRight",
    "Backspace", "CapsLock", "ContextMenu", "ControlLeft", "ControlRight", "Enter", "MetaLeft",
    "MetaRight", "ShiftLeft", "ShiftRight", "Space", "Tab", "Delete", "End", "Help", "Home",
    "Insert", "PageDown", "PageUp", "ArrowDown", "ArrowLeft", "ArrowRight", "ArrowUp", "Escape",
    "NumLock", "ScrollLock", "PrintScreen", "Pause",
]
# fmt: on
KEY_CODES = frozenset(_LETTERS + _DIGITS + _NUMPAD + _FUNCTION + _NAMED)
"""The ``KeyboardEvent.code`` values of a standard keyboard, as W3C's "UI Events KeyboardEvent code
Values" lists them."""


def handler_arguments(kind: str) -> dict[str, str]:
    """Return the types of what a bound handler gets after ``self``, by name."""
    return dict(part.strip(" )").split(": ") for part in SIGNATURES[kind].split(",")[1:])


def meant_key_code(key: str) -> str | None:
    """Return the key code that ``key`` clearly means (``KeyW`` for ``w``), or None."""
    guesses = [f"Key{key.upper()}", f"Digit{key}", f"Arrow{key.capitalize()}", f"{key.title()}Left"]
    return next((guess for guess in (*guesses, key.capitalize()) if guess in KEY_CODES), None)


def nearest_key_code(key: str) -> str:
    """Return the key code that is most similar to ``key``."""
    if meant := meant_key_code(key):
        return meant
    near = difflib.get_close_matches(key, sorted(KEY_CODES), n=1, cutoff=0.3)
    return near[0] if near else "KeyW"
