"""What LUC127 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        from typing import Optional

        from lucid import CameraFrame, LucidSession, MicrophoneSound, camera_input, input
        from lucid import microphone_input

        CAMERA = camera_input(size=(640, 360))

        class MySession(LucidSession):
            @input()
            def see(self, frame: CameraFrame | None = camera_input(size=(640, 360))) -> None: ...

            @input()
            def watch(self, frame: Optional[CameraFrame] = CAMERA) -> None: ...

            @input()
            def hear(self, sound: MicrophoneSound | None = microphone_input()) -> None: ...

            @input()
            def other(self, frame: CameraFrame | None = make()) -> None: ...
        """,
)
INVALID = (
    Invalid(
        """
            from lucid import CameraFrame, LucidSession, camera_input, input

            class MySession(LucidSession):
                @input()
                def see(self, frame: CameraFrame = camera_input(size=(640, 360))) -> None: ...
            """,
        line=5,
        column=19,
        fix=("frame: CameraFrame =", "frame: CameraFrame | None ="),
    ),
    Invalid(
        """
            from lucid import LucidSession, MicrophoneSound, input

            class MySession(LucidSession):
                @input()
                def hear(self, sound: MicrophoneSound | None = None) -> None: ...
            """,
        line=5,
        column=20,
    ),
    Invalid(
        """
            from lucid import CameraFrame, LucidSession, camera_input, input

            class MySession(LucidSession):
                @input()
                def see(
                    self, mirrored: bool, frame: CameraFrame | None = camera_input(size=(64, 48))
                ) -> None: ...
            """,
        line=6,
        column=31,
    ),
)
