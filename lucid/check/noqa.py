"""``# lucid: noqa[LUC103] reason``: findings that an author has decided to keep."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from lucid.check.module import Module

_NOQA = re.compile(r"#\s*lucid:\s*noqa\b(?:\[([^\]]*)\])?")


@dataclass(frozen=True)
class Noqa:
    """One such comment, or one that follows other words in a comment."""

    comment: cst.Comment
    span: tuple[int, int]
    """(offset, length) in the comment."""
    codes: tuple[tuple[str, tuple[int, int]], ...]
    """Each code, and its (offset, length) in the comment."""


def read_noqas(module: Module) -> Iterator[Noqa]:
    """The noqas of a module, in order."""
    for comment in module.comments:
        for found in _NOQA.finditer(comment.value):
            start, end = found.span(1)
            codes = re.compile(r"[^\s,]+").finditer(comment.value, start, end) if start >= 0 else ()
            yield Noqa(
                comment,
                (found.start(), found.end() - found.start()),
                tuple((code[0], (code.start(), len(code[0]))) for code in codes),
            )
