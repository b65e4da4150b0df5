"""What LUC007 leaves alone, and what it finds."""

from tests.check.case import Invalid, Valid

VALID = (
    Valid("", {"source": {"repo": "a/b", "commit": "0" * 40}}),
    Valid("", {"source": None}),
    Valid("", {"source": {"repo": "./weights", "revision": None, "commit": None}}),
    "",
)
INVALID = (
    Invalid("", line=1, column=1, lock={"source": {"repo": "a/b", "commit": "main"}}),
    Invalid("", line=1, column=1, lock={"source": {"repo": "a/b"}}),
    Invalid("", line=1, column=1, lock={"source": {"repo": "a/b", "commit": "not pinned"}}),
)
