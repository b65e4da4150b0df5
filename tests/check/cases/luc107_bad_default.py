"""What LUC107 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from typing import Annotated, Literal
        from pydantic import Field
        from lucid import LucidSession, input

        STEPS = 4

        class MySession(LucidSession):
            @input()
            def tune(
                self,
                a: Annotated[int, Field(ge=1, le=8)] = STEPS,
                b: float = 1,
                c: Literal["x", "y"] = "x",
                d: int | None = None,
                e: Mode = "walk",
                f: bool = True,
                g: float = compute(),
            ) -> None: ...
        """,
)
INVALID = (
    Invalid(
        """
            from typing import Annotated
            from pydantic import Field
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input()
                def tune(self, steps: Annotated[int, Field(ge=1, le=8)] = 0) -> None: ...
            """,
        line=7,
        column=63,
    ),
    Invalid(
        """
            from typing import Literal
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input()
                def go(self, place: Literal["hall", "cave"] = "attic") -> None: ...
            """,
        line=6,
        column=51,
    ),
    Invalid(
        """
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input()
                def tune(self, steps: int = 2.5) -> None: ...
            """,
        line=5,
        column=33,
    ),
)
