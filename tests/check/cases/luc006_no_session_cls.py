"""What LUC006 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidModel

        class MyModel(LucidModel):
            session_cls = MySession
        """,
    """
        import lucid

        class Base(lucid.LucidModel):
            session_cls = MySession

        class MyModel(Base):
            name = "my-model"
        """,
    """
        import lucid

        class Base(lucid.LucidModel):
            "Its subclasses choose a session."

        class MyModel(Base):
            session_cls = MySession
        """,
    "from lucid import LucidModel\nclass MyModel(LucidModel): ...\nMyModel.session_cls = S",
    "from lucid import LucidModel\nfrom x import Mixin\nclass MyModel(Mixin, LucidModel): ...",
    "from lucid import LucidModel\n@register\nclass MyModel(LucidModel): ...",
)
INVALID = (
    Invalid("from lucid import LucidModel\nclass MyModel(LucidModel): ...", line=2, column=7),
    Invalid(
        """
            from lucid import LucidModel

            class MyModel(LucidModel[Config]):
                session_cls: type[MySession]
            """,
        line=3,
        column=7,
    ),
    Invalid(
        """
            from lucid import LucidModel

            class BallSession: ...

            class MyModel(LucidModel):
                session_cls = BallSession
            """,
        line=3,
        column=7,
    ),
)
