"""What LUC902 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    "from lucid import hold, publish",
    "from lucid.conditioning.mouse import scale",
    "from lucidity.parts import x",
    "import lucid",
)
INVALID = (
    Invalid(
        "from lucid.authoring.bindings import (\n    axis as a,  # to lean\n    hold,\n)",
        line=1,
        column=1,
        fix=("lucid.authoring.bindings", "lucid"),
    ),
    Invalid("from lucid.runtime.host import Host", line=1, column=1),
)
