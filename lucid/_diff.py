"""Unified diffs, as ``lucid check``, ``new`` and ``update`` print them."""

import difflib


def unified_diff(before: str, after: str, from_path: str, to_path: str) -> str:
    """Return the diff that `patch` can apply; "" if the texts are equal."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), from_path, to_path
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
