"""Three versions of a text merged into one, line by line: pure, without git.

The one library that does this in Python is under the GPL, which Lucid's users could not take on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile

START, MIDDLE, END = "<<<<<<< ", "=======", ">>>>>>> "


@dataclass(frozen=True)
class Merged:
    """A merged text, and how many parts of it need a decision."""

    text: str
    conflicts: int


def merge(base: str, mine: str, theirs: str, *, my_name: str, their_name: str) -> Merged:
    """What both sides changed in ``base``; where they disagree, both, between conflict markers."""
    lines: list[str] = []
    conflicts = 0
    for ours, others in _regions(
        *(text.splitlines(keepends=True) for text in (base, mine, theirs))
    ):
        if others is None:
            lines += ours
            continue
        conflicts += 1
        before, ours, others, after = _trim(ours, others)
        lines += before
        lines += [f"{START}{my_name}\n", *_ended(ours), f"{MIDDLE}\n", *_ended(others)]
        lines += [f"{END}{their_name}\n", *after]
    return Merged("".join(lines), conflicts)


def has_conflicts(text: str) -> bool:
    """Whether markers of a merge are still in the text."""
    lines = text.splitlines()
    return any(line.startswith(START) for line in lines) and any(
        line.startswith(END) for line in lines
    )


def _regions(
    base: list[str], mine: list[str], theirs: list[str]
) -> Iterator[tuple[list[str], list[str] | None]]:
    """Parts in order: lines and None where they are decided, else my lines and theirs."""
    at_base = at_mine = at_theirs = 0
    for start, in_mine, in_theirs, length in _common(base, mine, theirs):
        old = base[at_base:start]
        ours, others = mine[at_mine:in_mine], theirs[at_theirs:in_theirs]
        if ours == others or others == old:
            yield ours, None
        elif ours == old:
            yield others, None
        else:
            yield ours, others
        yield base[start : start + length], None
        at_base, at_mine, at_theirs = start + length, in_mine + length, in_theirs + length


def _common(
    base: list[str], mine: list[str], theirs: list[str]
) -> Iterator[tuple[int, int, int, int]]:
    """Runs of lines that all three have: where in each, and how long; an empty one at the end."""
    in_mine, in_theirs = _places(base, mine), _places(base, theirs)
    start = 0
    while start < len(base):
        if start not in in_mine or start not in in_theirs:
            start += 1
            continue
        length = 1
        while (
            in_mine.get(start + length) == in_mine[start] + length
            and in_theirs.get(start + length) == in_theirs[start] + length
        ):
            length += 1
        yield start, in_mine[start], in_theirs[start], length
        start += length
    yield len(base), len(mine), len(theirs), 0


def _places(base: list[str], other: list[str]) -> dict[int, int]:
    """By line of ``base``, where it stands in ``other``; what was changed is left out."""
    blocks = SequenceMatcher(None, base, other, autojunk=False).get_matching_blocks()
    return {block.a + i: block.b + i for block in blocks for i in range(block.size)}


def _trim(ours: list[str], others: list[str]) -> tuple[list[str], list[str], list[str], list[str]]:
    """What both sides begin with, what differs, what both end with."""
    alike = [
        a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(ours, others, strict=False))
    ]
    ours, others = ours[len(alike) :], others[len(alike) :]
    tail = [
        a
        for a, _ in takewhile(
            lambda pair: pair[0] == pair[1], zip(reversed(ours), reversed(others), strict=False)
        )
    ][::-1]
    end = -len(tail) or None
    return alike, ours[:end], others[:end], tail


def _ended(lines: list[str]) -> list[str]:
    """The lines, the last with its line end: a marker follows."""
    return lines if not lines or lines[-1].endswith("\n") else [*lines[:-1], f"{lines[-1]}\n"]
