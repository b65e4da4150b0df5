"""``# lucid: noqa[LUC103] reason``: findings that an author has decided to keep."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lucid.check.diagnostics import Range
from lucid.check.module import Comment, Module

_OURS = re.compile(r"#\s*lucid:\s*noqa\b(?:\[([^\]]*)\])?")
_COMMON = re.compile(r"#\s*noqa:\s*([A-Z][A-Z]*[0-9]+(?:[\s,]+[A-Z][A-Z]*[0-9]+)*)")
"""The form of flake8 and ruff, in which other tools' codes may stand too."""


@dataclass(frozen=True)
class NoqaCode:
    """A code that a noqa names."""

    code: str
    range: Range


@dataclass(frozen=True)
class Noqa:
    """One such comment, or one that follows other words in a comment."""

    comment: Comment
    span: tuple[int, int]
    """(start, end) in the comment."""
    codes: tuple[NoqaCode, ...]
    is_ours: bool
    """Whether it is written ``# lucid: noqa[...]``."""

    @property
    def range(self) -> Range:
        """Where it is."""
        return self.comment.range(self.span[0], self.span[1] - self.span[0])


def read_noqas(module: Module) -> Iterator[Noqa]:
    """The noqas of a module, in order."""
    for comment in module.comments:
        for pattern in (_OURS, _COMMON):
            for found in pattern.finditer(comment.text):
                codes = tuple(_codes(comment, *found.span(1))) if found[1] is not None else ()
                is_ours = pattern is _OURS
                if not is_ours:
                    codes = tuple(code for code in codes if code.code.startswith("LUC"))
                if codes or is_ours:
                    yield Noqa(comment, found.span(), codes, is_ours)


def _codes(comment: Comment, start: int, end: int) -> Iterator[NoqaCode]:
    for found in re.compile(r"[^\s,]+").finditer(comment.text, start, end):
        yield NoqaCode(found[0], comment.range(found.start(), len(found[0])))
