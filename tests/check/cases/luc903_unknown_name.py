"""What LUC903 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = ("from lucid import LucidModel, hold, publish", "from .lucid import Thing")
INVALID = (
    Invalid(
        "from lucid import LucidSesion as Base, hold",
        line=1,
        column=19,
        fix=("LucidSesion", "LucidSession"),
    ),
    Invalid("from lucid import Teleporter", line=1, column=19),
)
