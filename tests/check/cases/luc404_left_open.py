"""What LUC404 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidSession

        class MySession(LucidSession):
            def __init__(self, model, ctx) -> None:
                super().__init__(model, ctx)
                self.log = open("moves.txt", "a")

            def close(self) -> None:
                self.log.close()

        class Other(LucidSession):
            def save(self) -> None:
                with open("moves.txt") as file:
                    self.moves = file.read()
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidSession

            class MySession(LucidSession):
                def __init__(self, model, ctx) -> None:
                    super().__init__(model, ctx)
                    self.log = open("moves.txt", "a")
            """,
        line=6,
        column=20,
    ),
)
