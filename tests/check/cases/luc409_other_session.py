"""What LUC409 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidModel, LucidSession

        class MySession(LucidSession): ...
        class Faster(MySession): ...

        class MyModel(LucidModel):
            session_cls = MySession

            def create_session(self, ctx):
                return Faster(self, ctx) if self.fast else MySession(self, ctx)
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidModel, LucidSession

            class MySession(LucidSession): ...
            class Other(LucidSession): ...

            class MyModel(LucidModel):
                session_cls = MySession

                def create_session(self, ctx):
                    return Other(self, ctx)
            """,
        line=10,
        column=16,
    ),
)
