"""Which names a port can have: its folder, its package and its classes are made of it."""

from __future__ import annotations

import keyword
import re
import sys

from lucid.errors import ScaffoldError

_LONGEST = 30
"""Classes are named after the port: with a longer name, their lines would be too long."""
_TAKEN = {
    "lucid",  # what a port imports
    "numpy",
    "pydantic",
    "torch",
    "world_engine",
    "huggingface_hub",
    "tests",  # the folder beside the package
    "pytest",
}


def check_name(name: str) -> None:
    """Refuse a name that is no identifier, or that would hide another module.

    Raises:
        ScaffoldError: says why, and suggests a name.
    """
    if reason := _objection(name):
        raise ScaffoldError(
            f"a port cannot be named {name!r}: {reason}", hint=f"try {suggest_name(name)}"
        )


def suggest_name(name: str) -> str:
    """A name that can be used, as near to ``name`` as possible."""
    last = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    plain = re.sub(r"[^A-Za-z0-9]+", "_", last).strip("_").lower()[: _LONGEST - 8]
    if not plain:
        return "my_world"
    if plain[0].isdigit():
        plain = f"world_{plain}"
    return f"{plain}_world" if _objection(plain) else plain


def class_name(name: str) -> str:
    """``my_world`` as the start of a class's name: ``MyWorld``."""
    return "".join(part[0].upper() + part[1:] for part in name.split("_") if part)


def _objection(name: str) -> str | None:
    if "/" in name or "\\" in name or name in (".", ".."):
        return "it is a path, and the port is written into the current folder"
    if len(name) > _LONGEST:
        return f"it is longer than {_LONGEST} characters"
    if not re.fullmatch(r"[A-Za-z]([A-Za-z0-9_]*[A-Za-z0-9])?", name):
        return "write letters, digits and _ only, a letter first and no _ last"
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return "that is a Python keyword"
    if name.lower() in _TAKEN or name.lower() in sys.stdlib_module_names:
        return "that is the name of another module, which it would hide"
    return None
