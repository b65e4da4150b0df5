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

_TEXTS = """
    from lucid import LucidSession, hold, input

    KEYS = {"forward": 0x57, "back": 0x53, "jump": 0x20}

    class MySession(LucidSession):
        @input(binding=hold(keys=("KeyW",)))
        def forward(self, pressed: bool) -> None:
            self.held.hold("forward", pressed)

        @input(binding=hold(keys=("KeyS",)))
        def back(self, pressed: bool) -> None:
            self.held.hold("back", pressed)

    class Engine:
        def step(self, action):
            return self._world({KEYS[name] for name in action.held})
"""

VALID = (
    _TABLE + _ALSO % "JUMP",
    _TABLE + "\n    EVERY = tuple(Key)",
    _TABLE.replace("JUMP = 1", "WALK = 0"),
    _TABLE.replace("Key.FORWARD", "'forward'"),
    _TEXTS.replace(', "jump": 0x20', ""),
    _TEXTS.replace("KEYS", "SPEEDS"),
    _TEXTS.replace('hold("back", pressed)', "hold(list(KEYS)[1], pressed)"),
)
INVALID = (
    Invalid(_TABLE, line=6, column=5),
    Invalid(_TEXTS, line=3, column=40),
    Invalid(_TABLE.replace("        JUMP = 1\n", "") + _ALSO % "JUMP", line=14, column=23),
)
