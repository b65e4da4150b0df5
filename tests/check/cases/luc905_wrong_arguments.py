"""What LUC905 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from lucid import LucidSession, hold, input, publish, use_upstream

        class MySession(LucidSession):
            @input(description="Kick", binding=hold(keys=("Space",)))
            def kick(self, pressed: bool) -> None: ...

        FOLDER = use_upstream(__file__)
        OUTPUT = publish.video(name="main_video", width=640, height=360)
        """,
    """
        from lucid import publish, start_pictures, use_upstream

        OUTPUT = publish.video(**SETTINGS)
        FOLDER = use_upstream(*PLACES)
        PICTURES = start_pictures("places")
        """,
    """
        def hold(key): ...

        hold(key="Space")
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import LucidSession, input

            class MySession(LucidSession):
                @input(description="Kick", key="Space")
                def kick(self) -> None: ...
            """,
        line=4,
        column=32,
    ),
    Invalid(
        """
            import lucid

            class MySession(lucid.LucidSession):
                @lucid.input(descripton="Kick")
                def kick(self) -> None: ...
            """,
        line=4,
        column=18,
        fix=("descripton", "description"),
    ),
    Invalid(
        "from lucid import publish\npublish.video('main', name='main_video', width=64, height=64)",
        line=2,
        column=15,
    ),
    Invalid(
        "from lucid import image_input as picture\npicture(sizes=(640, 360))",
        line=2,
        column=9,
        fix=("sizes", "size"),
    ),
    Invalid(
        "from lucid import use_upstream\nuse_upstream(__file__, engine_file=__file__)",
        line=2,
        column=24,
    ),
    Invalid(
        "from lucid import camera_input\ncamera_input(layout='CHW', **{'size': 1}, fps=3)",
        line=2,
        column=43,
    ),
    Invalid(
        "from lucid import pointer\npointer(1)",
        line=2,
        column=9,
    ),
    Invalid(
        "from lucid import publish\npublish.video(name='main_video', width=64)",
        line=2,
        column=1,
    ),
)
