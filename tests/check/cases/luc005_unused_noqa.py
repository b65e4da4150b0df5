"""What LUC005 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    "from lucid import hold\nUP = hold(keys=('up',))  # lucid: noqa[LUC109] as upstream",
    "from lucid import hold\nUP = hold(keys=('up',))  # noqa: E501, LUC109",
    "x = 1  # noqa: E501",
)
INVALID = (
    Invalid(
        "x = 1  # lucid: noqa[LUC109] as upstream",
        line=1,
        column=22,
        fix=("  # lucid: noqa[LUC109] as upstream", ""),
    ),
    Invalid(
        "from lucid import hold\nUP = hold(keys=('up',))  # lucid: noqa[LUC103, LUC109] why",
        line=2,
        column=40,
        fix=("LUC103, LUC109", "LUC109"),
    ),
    Invalid("x = 1  # noqa: E501, LUC109", line=1, column=22),
)
