"""What LUC101 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidSession, input

        class MySession(LucidSession):
            @input()
            def set_prompt(self, prompt: str) -> None:
                self.set_text(prompt)

            def set_text(self, text: str) -> None: ...

        class Other:
            def set_prompt(self, prompt: str) -> None: ...
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidSession

            class MySession(LucidSession):
                def set_prompt(self, prompt: str) -> None:
                    self.prompt = prompt
            """,
        line=4,
        column=9,
    ),
)
