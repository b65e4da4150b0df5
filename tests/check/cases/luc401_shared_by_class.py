"""What LUC401 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidSession

        class MySession(LucidSession):
            keys = ["KeyW"]
            held = set()
            forward = False

            def __init__(self, model, ctx) -> None:
                super().__init__(model, ctx)
                self.held = set()

            def hold(self, name) -> None:
                self.held.add(name)
                self.forward = True
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidSession

            class MySession(LucidSession):
                held: set[str] = set()

                def hold(self, name: str, pressed: bool) -> None:
                    (self.held.add if pressed else self.held.discard)(name)
            """,
        line=4,
        column=22,
    ),
)
