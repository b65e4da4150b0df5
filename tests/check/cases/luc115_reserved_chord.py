"""What LUC115 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidSession, hold, input

        class MySession(LucidSession):
            @input(binding=hold(keys=("KeyW",)))
            def forward(self, pressed: bool) -> None: ...

            @input(binding=hold(keys=("KeyC",)))
            def crouch(self, pressed: bool) -> None: ...

        class Other(LucidSession):
            @input(binding=hold(keys=("ControlLeft",)))
            def crouch(self, pressed: bool) -> None: ...
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidSession, hold, input

            class MySession(LucidSession):
                @input(binding=hold(keys=("KeyW",)))
                def forward(self, pressed: bool) -> None: ...

                @input(binding=hold(keys=("ControlLeft",)))
                def crouch(self, pressed: bool) -> None: ...
            """,
        line=7,
        column=31,
    ),
)
