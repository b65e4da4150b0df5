"""What LUC002 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    "from lucid import LucidModel\nclass MyModel(LucidModel): ...",
    "import lucid as l\nclass Base(l.LucidModel[Config]): ...\nclass MyModel(Base): ...",
    "from somewhere import Base\nclass MyModel(Base): ...",
)
INVALID = (
    Invalid("class MyModel: ...", line=1, column=1),
    Invalid("", line=1, column=1),
)
