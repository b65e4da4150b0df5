"""What LUC402 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidSession

        KEYS = ["KeyW"]
        HELD = set()

        class MySession(LucidSession):
            def hold(self, name) -> None:
                HELD = set()
                HELD.add(name)
                self.keys = KEYS.copy()

        def count(name) -> None:
            HELD.add(name)
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidSession

            HELD = set()

            class MySession(LucidSession):
                def hold(self, name: str) -> None:
                    HELD.add(name)
            """,
        line=7,
        column=9,
    ),
    Invalid(
        """
            from lucid import LucidSession

            prompt = ""

            class MySession(LucidSession):
                def set_text(self, text: str) -> None:
                    global prompt
                    prompt = text
            """,
        line=7,
        column=9,
    ),
)
