"""What LUC122 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import InputFile, LucidSession, file_input, image_input, input

        ANY = file_input()

        class MySession(LucidSession):
            @input()
            def put(self, a: InputFile = image_input(), b: InputFile = ANY) -> None: ...

            @input()
            def other(self, c: InputFile = make()) -> None: ...
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import InputFile, LucidSession, input

            class MySession(LucidSession):
                @input()
                def set_seed_frame(self, image: InputFile) -> None: ...
            """,
        line=5,
        column=30,
    ),
    Invalid(
        """
            from lucid import InputFile, LucidSession, image_input, input

            class MySession(LucidSession):
                @input()
                def set_seed_frame(self, image: bytes = image_input()) -> None: ...
            """,
        line=5,
        column=30,
        fix=("bytes", "InputFile"),
    ),
)
