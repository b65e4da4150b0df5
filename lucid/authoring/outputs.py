"""Output declarations: what a port publishes, in which shape and range."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Layout = Literal["HWC", "CHW"]
PixelRange = Literal["uint8", "[0,1]", "[-1,1]"]


class _Output(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: str
    description: str = ""


class VideoOutput(_Output):
    """Frames, as a WebRTC video track."""

    kind: Literal["video"] = "video"
    width: int
    height: int
    fps: float | None = None
    """Frames per second of the world; None plays frames as the model makes them, at most 60 a
    second."""

    layout: Layout = "HWC"
    pixel_range: PixelRange = "uint8"

    @property
    def frame_shape(self) -> tuple[int, int, int]:
        """The axes of one published frame, in the declared layout."""
        if self.layout == "HWC":
            return (self.height, self.width, 3)
        return (3, self.height, self.width)


class AudioOutput(_Output):
    """Samples, as a WebRTC audio track."""

    kind: Literal["audio"] = "audio"
    sample_rate_hz: int
    channels: Literal[1, 2]


class JsonOutput(_Output):
    """JSON values, as messages."""

    kind: Literal["json"] = "json"


class BytesOutput(_Output):
    """Byte strings of one MIME type, as messages."""

    kind: Literal["bytes"] = "bytes"
    mime_type: str


Output = Annotated[
    VideoOutput | AudioOutput | JsonOutput | BytesOutput, Field(discriminator="kind")
]
