"""What LUC104 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        import numpy as np
        from typing import Annotated, Literal
        from pydantic import Field
        from lucid import InputFile, LucidSession, image_input, input

        class MySession(LucidSession):
            @input()
            def set_seed_frame(self, image: InputFile = image_input()) -> None: ...

            @input()
            def tune(self, a: Annotated[float, Field(ge=0)], b: Literal["x"] = "x") -> None: ...

            def draw(self, frame: np.ndarray) -> None: ...
        """,
)
INVALID = (
    Invalid(
        """
            import numpy as np
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input()
                def set_seed_frame(self, image: np.ndarray) -> None: ...
            """,
        line=6,
        column=37,
    ),
    Invalid(
        """
            from typing import Annotated, Any
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input()
                def tune(self, value: Annotated[Any, "anything"]) -> None: ...
            """,
        line=6,
        column=27,
    ),
)
