"""What LUC403 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidSession

        class MySession(LucidSession):
            def set_text(self, text: str) -> None:
                self.prompt = text
                self.model.engine.look = text
                self.model.engine.reset()
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidSession

            class MySession(LucidSession):
                def set_text(self, text: str) -> None:
                    self.model.prompt = text
            """,
        line=5,
        column=9,
    ),
    Invalid(
        """
            from lucid import LucidSession

            class MySession(LucidSession):
                def hold(self, name: str) -> None:
                    self.model.held.add(name)
            """,
        line=5,
        column=9,
    ),
)
