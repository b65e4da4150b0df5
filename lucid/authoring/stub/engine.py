"""An engine without weights that draws a scene reacting to the actions of a port."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:  # a port that does not use the stub must not import its dependencies
    import numpy as np
    from numpy.typing import NDArray

    from lucid.authoring.model import LoadContext
    from lucid.authoring.outputs import Layout, PixelRange
    from lucid.authoring.stub.action import Drive

_WALK_PER_FRAME = 0.12
_DRIFT_PER_FRAME = 0.02
_TURN_PER_FRAME = 0.04
_LOOK_PER_FRAME = 0.12
_LIFT_EASE = 0.3


class StubEngine:
    """Replaces a port's engine: the same calls and frame size, but no model.

    A lamp or a gauge shows each field of the Action (a dataclass of bools, numbers, sets and tuples
    of numbers). Fields with a known name or type also move the camera. The prompt sets the colours
    and appears in the corner. The seed frame becomes the sky. A field that is a CameraFrame appears
    in the other corner. The camera of the scene drifts without input, so
    a frozen stream is easy to notice. The same calls draw the same frames.
    """

    longest_chunk: ClassVar[int | None] = None
    """Maximum number of frames per step. Conformance sets it to save time, because a port handles
    short and long chunks alike."""

    def __init__(
        self,
        width: int,
        height: int,
        frames_per_step: int = 1,
        layout: Layout = "HWC",
        pixel_range: PixelRange = "uint8",
    ) -> None:
        self._width, self._height = width, height
        self._frames_per_step = min(frames_per_step, self.longest_chunk or frames_per_step)
        self._layout, self._pixel_range = layout, pixel_range
        self._prompt = ""
        self._seed_frame: NDArray[np.uint8] | None = None

    def load(self, ctx: LoadContext) -> None:
        """Prepare the scene; this takes well under a second."""
        from lucid.authoring.stub.hud import Hud
        from lucid.authoring.stub.scene import Scene

        ctx.progress("stub engine: nothing to download")
        self._scene = Scene(self._width, self._height)
        self._hud = Hud(self._width, self._height)
        self.reset()

    def reset(self, prompt: str | None = None, seed_frame: NDArray[np.uint8] | None = None) -> None:
        """Start a rollout at ``seed_frame``, (H, W, 3) uint8, or at the last frame of a clip,
        (T, H, W, 3). Without ``prompt``, keep the current prompt.

        Raises:
            ValueError: the seed frame has another shape or dtype.
        """
        from lucid.authoring.stub.scene import Camera

        if seed_frame is not None and seed_frame.ndim == 4:
            seed_frame = seed_frame[-1]
        expected = (self._height, self._width, 3)
        if seed_frame is not None and not (
            seed_frame.shape == expected and seed_frame.dtype == "uint8"
        ):
            raise ValueError(
                f"a seed frame must be uint8 of shape {expected}, "
                f"got {seed_frame.dtype} of shape {seed_frame.shape}"
            )
        self._camera = Camera()
        self._seed_frame = seed_frame
        if prompt is not None:
            self._prompt = prompt
        self._paint()

    def set_prompt(self, prompt: str) -> None:
        """Change the prompt within the rollout; an unchanged prompt costs nothing."""
        if prompt != self._prompt:
            self._prompt = prompt
            self._paint()

    def step(self, action: Any = None) -> NDArray[Any]:
        """Return the next chunk, (frames_per_step, H, W, 3) in the layout and range of the engine.

        ``action`` is None for a model that only has a prompt.
        """
        import numpy as np

        from lucid.authoring.stub.action import drive, read_pictures, read_signals

        signals = () if action is None else read_signals(action)
        push = drive(signals)
        frames = np.empty((self._frames_per_step, self._height, self._width, 3), np.uint8)
        for frame in frames:
            self._move(push)
            self._scene.draw(frame, self._camera)
        plate_height, plate_width = self._plate.shape[:2]
        frames[:, :plate_height, :plate_width] = self._plate
        corner = (self._width // 4, self._height // 4)
        for picture in () if action is None else read_pictures(action, corner):
            frames[:, : len(picture), -picture.shape[1] :] = picture
        self._hud.draw(frames, signals)
        return self._as_declared(frames)

    def _move(self, push: Drive) -> None:
        """Move the camera by one frame."""
        camera = self._camera
        camera.yaw += _TURN_PER_FRAME * push.yaw
        camera.look = _clamp(camera.look - _LOOK_PER_FRAME * push.pitch)
        camera.lift += _LIFT_EASE * (_clamp(push.lift) - camera.lift)
        speed = _WALK_PER_FRAME * push.boost
        camera.walk(push.forward * speed + _DRIFT_PER_FRAME, push.strafe * speed)

    def _as_declared(self, frames: NDArray[np.uint8]) -> NDArray[Any]:
        import numpy as np

        chunk: NDArray[Any] = frames
        if self._layout == "CHW":
            chunk = chunk.transpose(0, 3, 1, 2)
        if self._pixel_range == "uint8":
            return chunk
        scaled: NDArray[Any] = np.divide(
            chunk, 255 if self._pixel_range == "[0,1]" else 127.5, dtype="float32"
        )
        if self._pixel_range == "[-1,1]":
            scaled -= 1
        return scaled

    def _paint(self) -> None:
        from lucid.authoring.stub.hud import caption

        self._scene.paint(self._prompt, self._seed_frame)
        lines = ["STUB ENGINE: NO MODEL IS LOADED", self._prompt]
        self._plate = caption(lines, self._height, self._width)[: self._height // 4]


def _clamp(value: float) -> float:
    return max(-1.0, min(1.0, value))
