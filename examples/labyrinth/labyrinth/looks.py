"""The looks the labyrinth can have, and how a prompt in free text finds one."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """A look by name, with the words of a prompt that mean it."""

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
    """Return the index of the look most of whose words are in `prompt`, or None where none is.

    Of looks with as many words, the one named first in the prompt wins.
    """
    words = re.findall(r"[a-z]+", prompt.lower())
    hits = [[n for n, word in enumerate(words) if word in look.words] for look in LOOKS]
    found = [index for index, places in enumerate(hits) if places]
    if not found:
        return None
    return max(found, key=lambda index: (len(hits[index]), -hits[index][0]))
