"""Small helpers for printed text: without control characters, and with counted nouns."""

import difflib
import unicodedata


def plain(text: str) -> str:
    r"""Escape characters that could control a terminal or reorder its text.

    These are control characters except line breaks and tabs, bidi marks, and other invisible
    characters such as a BOM. For example, ESC becomes ``\x1b``.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if _is_harmless(char) else _escape(char) for char in text)


def counted(number: int, noun: str) -> str:
    """Return ``1 file`` or ``2 files``."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _is_harmless(char: str) -> bool:
    return char.isprintable() or char in "\n\t" or unicodedata.category(char) == "Zs"


def _escape(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def unified_diff(before: str, after: str, from_path: str, to_path: str) -> str:
    """Return the diff that `patch` can apply; "" if the texts are equal."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), from_path, to_path
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
