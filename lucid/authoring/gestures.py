"""What a browser gesture sends, and the names of keys: plain data, without pydantic."""

from __future__ import annotations

import difflib

SIGNATURES = {
    "hold": "(self, pressed: bool)",
    "press": "(self)",
    "axis": "(self, value: float)",
    "pointer": "(self, dx: float, dy: float)",
    "wheel": "(self, delta: float)",
}
"""By kind of binding: the parameters that the bound handler must have."""

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
"""``KeyboardEvent.code`` values of a standard keyboard (W3C UI Events KeyboardEvent code
Values)."""


def meant_key_code(key: str) -> str | None:
    """The key code that ``key`` can only mean, such as ``KeyW`` for ``w``; None: it is a guess."""
    guesses = [f"Key{key.upper()}", f"Digit{key}", f"Arrow{key.capitalize()}", f"{key.title()}Left"]
    return next((guess for guess in (*guesses, key.capitalize()) if guess in KEY_CODES), None)


def nearest_key_code(key: str) -> str:
    """The key code that somebody who wrote ``key`` most likely meant."""
    if meant := meant_key_code(key):
        return meant
    near = difflib.get_close_matches(key, sorted(KEY_CODES), n=1, cutoff=0.3)
    return near[0] if near else "KeyW"
