"""What LUC103 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidSession, input

        class MySession(LucidSession):
            @input()
            def steer(self, angle: float, *, boost: bool = False) -> None: ...

            def plain(self, angle): ...
        """,
    """
        from lucid import LucidSession

        class MySession(LucidSession):
            @input()
            def steer(self, angle): ...
        """,
    """
        import lucid

        class MySession(lucid.LucidSession):
            @lucid.input()
            @typed_by_hand
            def steer(self, angle): ...
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidSession, input as inp

            class MySession(LucidSession):
                @inp(description="Steer")
                def steer(self, angle, boost: bool = False) -> None: ...
            """,
        line=5,
        column=21,
        fix=("angle", "angle: float"),
    ),
    Invalid(
        """
            import lucid as l

            class Steering:
                @l.input()
                async def steer(self, *, angle=0.0) -> None: ...
            """,
        line=5,
        column=30,
        fix=("angle=0.0", "angle: float=0.0"),
    ),
    Invalid(
        """
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input()
                def set_prompt(self, prompt):
                    self.prompt = prompt.strip().lower()
            """,
        line=5,
        column=26,
        fix=("(self, prompt)", "(self, prompt: str)"),
    ),
)
