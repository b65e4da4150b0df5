"""The table of a port that says where each input reaches the network, as upstream sends it."""

import tomllib
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from lucid.conformance.network import Row
from lucid.errors import TargetError

PATH = Path("tests", "reaches.toml")
CLOSE = 0.02
"""How far a value may be from the table's, relative to it: half precision rounds."""


class Reach(BaseModel):
    """One place of the network's input that an input of the port changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: str
    """The input and its arguments, as in ``left`` or ``look dx=20``."""
    argument: str
    index: str
    """As in ``0, -1, 5``: -1 is the last place of an axis, ``:`` is any part of it."""
    value: float | None = None
    """The value that it gets, if it is always the same."""
    sign: Literal["+", "-"] | None = None
    """The direction of the change at the first place, if the value depends on the place."""
    source: str
    """Where upstream does the same: file and line."""

    def __str__(self) -> str:
        """Return the row as the report shows it."""
        value = "" if self.value is None else f" → {self.value:g}"
        sign = "" if self.sign is None else f" changes by {self.sign} first"
        return f"{self.argument}[{self.index}]{value}{sign}"

    def is_at(self, row: Row) -> bool:
        """Return whether this is the place that changes."""
        here = self.index.split(", ") if self.index else []
        return (
            self.argument == row.argument
            and len(here) == len(row.places)
            and all(a in (":", *b) for a, b in zip(here, row.places, strict=True))
        )

    def holds(self, row: Row) -> bool:
        """Return whether the place changes as upstream changes it."""
        if self.sign not in (None, row.sign):
            return False
        if self.value is None:
            return True
        close = 0.0 if self.value.is_integer() else CLOSE  # tokens are numbers close to each other
        return bool(np.allclose(row.after, self.value, close, 1e-3))


class Reaches(BaseModel):
    """The file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reaches: tuple[Reach, ...] = ()


def read_reaches(root: Path) -> tuple[Reach, ...]:
    """Return the table of a port; empty if it has none.

    Raises:
        TargetError: the file is not such a table.
    """
    path = root / PATH
    try:
        return Reaches.model_validate(tomllib.loads(path.read_text("utf-8"))).reaches
    except FileNotFoundError:
        return ()
    except ValidationError as error:
        first = error.errors()[0]
        what = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        what = str(problem)
    raise TargetError(
        f"{path} is not a valid table of the network's inputs: {what}",
        hint="restore it from version control, or run `lucid update`",
    )


def differences(name: str, expected: list[Reach], rows: list[Row]) -> list[str]:
    """Return what an input changes that the table does not have, and the reverse."""
    left = list(rows)
    faults = []
    for reach in expected:
        row = next((row for row in left if reach.is_at(row)), None)
        if row is not None:
            left.remove(row)
        if row is None or not reach.holds(row):
            seen = row or next((r for r in rows if r.argument == reach.argument), None)
            shown = seen or "nothing changes"
            faults.append(f"{name}: {shown}, upstream has {reach} ({reach.source})")
    arguments = {reach.argument for reach in expected if reach.value is not None}
    if not faults:  # a value that goes back to 0, as in a one-hot vector, follows from the others
        more = [row for row in left if row.argument in arguments and row.after.any()]
        faults += [f"{name}: {row}, which upstream does not change" for row in more]
    return faults
