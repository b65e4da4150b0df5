"""What LUC004 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = ("x = 1  # lucid: noqa[LUC103, LUC109] reason", "x = '# lucid: noqa[LUC000]'")
INVALID = (
    Invalid("x = 1  # lucid: noqa[LUC003,LUC999] reason", line=1, column=29),
    Invalid("x = 1  # lucid: noqa", line=1, column=8),
)
