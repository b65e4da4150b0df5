"""A generated port with one mistake, and what catches it."""

from __future__ import annotations

from dataclasses import dataclass

GOLDEN_TEST = "golden test"
WEIGHTS_CHECK = "weights check"
SEEDED = "        self._generator.manual_seed(RNG_SEED)\n"
"""The line that makes a reset start the random numbers anew."""


@dataclass(frozen=True)
class Mutant:
    """A change of the text of ``engine.py`` or ``port.py``, and what catches it."""

    folder: str
    """The kept scaffold."""

    what: str
    old: str
    new: str
    file: str = "engine.py"
    caught: tuple[str, ...] = (GOLDEN_TEST,)
    """All that find it: the golden test, the weights check, codes of rules."""

    @property
    def rules(self) -> set[str]:
        """The codes of the rules that find it."""
        return {name for name in self.caught if name.startswith("LUC")}
