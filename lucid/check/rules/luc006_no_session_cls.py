"""LUC006: a model without session_cls."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    session = port.sessions[0].name if len(port.sessions) == 1 else "MySession"
    for model in port.served_models:
        if port.lacks(model, "session_cls"):
            yield RULE.at(model.module, model.node, model=model.name, session=session)


RULE = Rule(
    code="LUC006",
    name="no-session-cls",
    message="{model} has no session_cls: write `session_cls = {session}` in its body",
    why="The session class says what a player can do; without it the port does not start.",
    valid=(
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
    ),
    invalid=(
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
    ),
    check=_check,
)
