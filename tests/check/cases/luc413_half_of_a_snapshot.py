"""What LUC413 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidSession

        class MySession(LucidSession):
            def snapshot(self) -> bytes:
                return self.state.tobytes()

            def restore(self, snapshot: bytes) -> None:
                self.state[:] = snapshot

        class Other:
            def snapshot(self) -> bytes:
                return b""
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidSession

            class MySession(LucidSession):
                def snapshot(self) -> bytes:
                    return self.state.tobytes()
            """,
        line=4,
        column=9,
    ),
    Invalid(
        """
            from lucid import LucidSession

            class MySession(LucidSession):
                def restore(self, snapshot: bytes) -> None:
                    self.state[:] = snapshot
            """,
        line=4,
        column=9,
    ),
)
