"""What LUC504 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        import requests
        from lucid import LucidModel

        class MyModel(LucidModel):
            def load(self, ctx) -> None:
                self.sky = requests.get(URL, timeout=10).content
        """,
)
INVALID = (
    Invalid(
        """
            import requests
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input()
                def set_sky(self, url: str) -> None:
                    self.sky = requests.get(url).content
            """,
        line=7,
        column=20,
    ),
)
