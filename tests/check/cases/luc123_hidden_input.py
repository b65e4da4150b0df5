"""What LUC123 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
    from functools import cache, partial
    from lucid import LucidSession, hold, input

    jump = input(description="Jump")
    held = partial(input, paused=True)
    alias = input

    def key(code, text="Walk"):
        return input(description=text, binding=hold(keys=(code,)))

    def logged(function):
        return function

    class MySession(LucidSession):
        @jump
        def up(self) -> None: ...

        @held(description="Left")
        def left(self) -> None: ...

        @alias()
        def right(self) -> None: ...

        @key("KeyW")
        def walk(self, pressed: bool) -> None: ...

        @(lambda text: input(description=text))("Run")
        def run_faster(self) -> None: ...

        @property
        def size(self) -> int: ...

        @size.setter
        def size(self, value: int) -> None: ...

        @cache
        @logged
        def table(self): ...
    """,
    """
    class Other:
        @unknown
        def walk(self) -> None: ...
    """,
)
INVALID = (
    Invalid(
        """
        from lucid import LucidSession, input

        INPUTS = {"walk": input()}

        class MySession(LucidSession):
            @INPUTS["walk"]
            def walk(self) -> None: ...
        """,
        line=6,
        column=6,
    ),
    Invalid(
        """
        from lucid import LucidSession, input

        def logged(function):
            made = input(description="Logged")
            return made(function)

        class MySession(LucidSession):
            @logged
            def walk(self) -> None: ...
        """,
        line=8,
        column=6,
    ),
    Invalid(
        """
        from helpers import key
        from lucid import LucidSession

        class MySession(LucidSession):
            @key("KeyW")
            def walk(self, pressed: bool) -> None: ...
        """,
        line=5,
        column=6,
    ),
    Invalid(
        """
        from lucid import LucidSession

        class MySession(LucidSession):
            @input()
            def jump(self) -> None: ...
        """,
        line=4,
        column=6,
    ),
)
