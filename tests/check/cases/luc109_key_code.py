"""What LUC109 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import axis, hold, press

        KEYS = ("KeyW", "ArrowUp")
        UP = hold(keys=KEYS)
        JUMP = press(keys=["Space", *KEYS])
        LEAN = axis(positive_keys=("KeyE",), negative_keys=from_settings())
        FIRE = press(mouse_buttons=(0,))
        """,
    "from elsewhere import hold\nUP = hold(keys=('w',))",
)
INVALID = (
    Invalid(
        'from lucid import hold\nUP = hold(keys=("KeyW", "up"))',
        line=2,
        column=25,
        fix=('"up"', '"ArrowUp"'),
    ),
    Invalid(
        'import lucid\nKEYS = ("W",)\nUP = lucid.press(keys=KEYS)',
        line=2,
        column=9,
        fix=('"W"', '"KeyW"'),
    ),
    Invalid(
        'from lucid import hold\nUP = hold(keys=("KeyW"))',
        line=2,
        column=17,
        fix=('"KeyW"', '("KeyW",)'),
    ),
    Invalid(
        'from lucid import axis\nLEAN = axis(positive_keys=("KeyE",), negative_keys=("Q",))',
        line=2,
        column=53,
        fix=('"Q"', '"KeyQ"'),
    ),
)
