"""What LUC125 leaves alone, and what it finds."""

from tests.check.case import Invalid

_TABLE = """
    from enum import IntEnum
    from lucid import LucidSession, hold, input

    class Key(IntEnum):
        FORWARD = 0
        JUMP = 1

    class MySession(LucidSession):
        @input(binding=hold(keys=("KeyW",)))
        def forward(self, pressed: bool) -> None:
            self.held.set(Key.FORWARD, pressed)
"""
_ALSO = """
        @input(binding=hold(keys=("Space",)))
        def jump(self, pressed: bool) -> None:
            self.held.set(Key.%s, pressed)
"""

VALID = (
    _TABLE + _ALSO % "JUMP",
    _TABLE + "\n    EVERY = tuple(Key)",
    _TABLE.replace("JUMP = 1", "WALK = 0"),
    _TABLE.replace("Key.FORWARD", "'forward'"),
)
INVALID = (
    Invalid(_TABLE, line=6, column=5),
    Invalid(_TABLE.replace("        JUMP = 1\n", "") + _ALSO % "JUMP", line=14, column=23),
)
