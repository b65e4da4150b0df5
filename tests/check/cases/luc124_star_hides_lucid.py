"""What LUC124 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    "from lucid import *\nfrom math import *\nUP = hold(keys=('KeyW',))",
    "from helpers import *\nfrom lucid import hold\nUP = hold(keys=('KeyW',))",
    "from helpers import *\nUP = sqrt(2)",
)
INVALID = (
    Invalid(
        "import os\nfrom helpers import *\nclass MySession(LucidSession): ...", line=2, column=1
    ),
    Invalid("from helpers import *\nUP = hold(keys=('w',))", line=1, column=1),
)
