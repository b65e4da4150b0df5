"""Small helpers for printed text: without control characters or secrets, with counted nouns."""

import difflib
import os
import re
import unicodedata
from urllib.parse import quote

REMOVED = "[removed]"
_SECRET_NAME = re.compile("token|secret|passw|credential|cookie|auth(?!or)|key$", re.I)
"""Names of environment variables whose values are secrets."""
MIN_SECRET = 6
"""Shorter values are left, since they also occur in other words."""
_SECRETS = re.compile(
    r"""([?&][\w-]*(?:token|key|secret|signature|password|watch|play|resume)=)[^\s&'"#]+
    | (\bbearer\s+)[^\s'"]+
    | (://)[^\s/@'"]+(?=@)
    | ()\bhf_\w{8,}
    | ()(?:data:[\w/+.-]+;base64,)?[A-Za-z0-9+/]{72,}=*
    """,
    re.I | re.X,
)
"""What precedes a secret, and the secret: in URLs, in headers, and files in base64."""


def without_secrets(text: str, *secrets: str) -> str:
    """Return a text that can be shown to others: without tokens, passwords and encoded files.

    Also removes ``secrets``, and the values of environment variables that are named like a secret.
    """
    named = [value for name, value in os.environ.items() if _SECRET_NAME.search(name)]
    for secret in sorted((*secrets, *named), key=len, reverse=True):
        if len(secret) >= MIN_SECRET:
            text = text.replace(secret, REMOVED).replace(quote(secret, safe=""), REMOVED)
    return _SECRETS.sub(lambda found: "".join(filter(None, found.groups())) + REMOVED, text)


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
