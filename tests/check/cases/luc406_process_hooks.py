"""What LUC406 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        import sys
        from lucid import LucidModel

        class MyModel(LucidModel):
            def unload(self) -> None: ...

        def main() -> None:
            sys.exit(1)
        """,
)
INVALID = (
    Invalid(
        """
            import signal
            from lucid import LucidModel

            class MyModel(LucidModel):
                def load(self, ctx) -> None:
                    signal.signal(signal.SIGTERM, self.stop)
            """,
        line=6,
        column=9,
    ),
)
