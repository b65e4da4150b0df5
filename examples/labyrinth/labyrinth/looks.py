"""The looks of the labyrinth, and how to find one for a prompt."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """A look with its name and the words that select it in a prompt."""

    name: str
    words: frozenset[str]


def _look(name: str, words: str) -> Look:
    return Look(name, frozenset({name, *words.split()}))


LOOKS = (
    _look("dungeon", "brick bricks torch torches torchlit castle crypt stone warm medieval cellar"),
    _look("hedge", "garden green leaf leaves forest grass park maze summer plant plants bush"),
    _look("frost", "ice icy snow snowy frozen winter glacier cold blue cave arctic"),
    _look("desert", "sand sandy sandstone sun sunny egypt egyptian pyramid temple dune yellow hot"),
    _look("neon", "cyber cyberpunk synthwave night city purple pink glow glowing future dark"),
    _look("palace", "marble white museum gallery hall royal gold golden clean bright villa"),
)
LOOK_NAMES = tuple(look.name for look in LOOKS)


def find_look(prompt: str) -> int | None:
    """Return the index of the look with the most words in `prompt`, or None if there are none.

    If several looks have the same number of words, the first in the prompt wins.
    """
    words = re.findall(r"[a-z]+", prompt.lower())
    hits = [[n for n, word in enumerate(words) if word in look.words] for look in LOOKS]
    matches = [index for index, places in enumerate(hits) if places]
    if not matches:
        return None
    return max(matches, key=lambda index: (len(hits[index]), -hits[index][0]))
