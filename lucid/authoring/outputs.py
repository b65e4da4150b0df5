"""Output declarations: the kind, shape and range of each published stream."""

import re
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from lucid.errors import DeclarationError

_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that reorder the text around them."""
Shown = Annotated[
    str, AfterValidator(lambda text: _STEERING.sub(lambda found: ascii(found[0])[1:-1], text))
]
"""A text that pages show. A character that would steer its display is shown as its escape."""

Layout = Literal["HWC", "CHW"]
PixelRange = Literal["uint8", "[0,1]", "[-1,1]"]

SAMPLE_RATES_HZ = (8_000, 16_000, 24_000, 32_000, 44_100, 48_000)
MAX_MESSAGE_BYTES = 192 * 1024
"""Largest json or bytes sample; a sample of this size fits into one data-channel message."""


class _Output(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: str
    description: Shown = ""


class VideoOutput(_Output):
    """Frames, sent as a WebRTC video track."""

    kind: Literal["video"] = "video"
    width: int
    height: int
    fps: float | None = None
    """Frames per second of the world. None shows frames as soon as the model makes them, at most
    60 per second."""

    layout: Layout = "HWC"
    pixel_range: PixelRange = "uint8"

    @property
    def frame_shape(self) -> tuple[int, int, int]:
        """The shape of one published frame in the declared layout."""
        if self.layout == "HWC":
            return (self.height, self.width, 3)
        return (3, self.height, self.width)


class AudioOutput(_Output):
    """Samples, sent as a WebRTC audio track."""

    kind: Literal["audio"] = "audio"
    sample_rate_hz: int
    channels: Literal[1, 2]


class JsonOutput(_Output):
    """JSON values, sent as messages."""

    kind: Literal["json"] = "json"


class BytesOutput(_Output):
    """Byte strings of one MIME type, sent as messages."""

    kind: Literal["bytes"] = "bytes"
    mime_type: str


Output = Annotated[
    VideoOutput | AudioOutput | JsonOutput | BytesOutput, Field(discriminator="kind")
]


def check_output(where: str, output: Output) -> Output:
    """Validate and return an output.

    ``publish.video()`` and the others do not validate, because only here the error can name the
    model.

    Raises:
        DeclarationError: the message starts with ``where`` and names the output.
    """
    place = f"{where}: publish.{output.kind}(name={output.name!r})"
    if not isinstance(output.name, str) or not re.fullmatch(
        r"[A-Za-z][A-Za-z0-9_-]{0,63}", output.name
    ):
        raise DeclarationError(
            f"{place}: a name must start with a letter and contain letters, digits, - and _ only",
            hint='write for example name="main_video"',
        )
    match output:
        case VideoOutput():
            _check_video(place, output)
        case AudioOutput():
            _check_choice(place, "sample_rate_hz", output.sample_rate_hz, SAMPLE_RATES_HZ)
            _check_choice(place, "channels", output.channels, (1, 2))
        case BytesOutput() if "/" not in str(output.mime_type):
            raise DeclarationError(
                f"{place}: {output.mime_type!r} is not a MIME type",
                hint='write for example mime_type="image/png"',
            )
    try:
        return type(output)(**output.__dict__)
    except ValidationError as error:
        problem = error.errors()[0]
        raise DeclarationError(
            f"{place}: {problem['loc'][0]}: {problem['msg']}", hint="fix the type of the argument"
        ) from None


def _check_video(place: str, output: VideoOutput) -> None:
    for axis, size in (("width", output.width), ("height", output.height)):
        if type(size) is not int or size < 16 or size % 2:
            raise DeclarationError(
                f"{place}: {axis} must be an even number of pixels, 16 or more, got {size!r}",
                hint="pad or crop the frame: video codecs halve the size of the colour planes",
            )
    if output.fps is not None and not (type(output.fps) in (int, float) and 0 < output.fps <= 240):
        raise DeclarationError(
            f"{place}: fps must be above 0 and at most 240, got {output.fps!r}",
            hint="leave fps out to show frames as the model makes them",
        )
    _check_choice(place, "layout", output.layout, get_args(Layout))
    _check_choice(place, "pixel_range", output.pixel_range, get_args(PixelRange))


def _check_choice(place: str, option: str, value: object, allowed: tuple[object, ...]) -> None:
    if value not in allowed:
        choices = ", ".join(map(repr, allowed))
        raise DeclarationError(
            f"{place}: {option} is {value!r}", hint=f"set {option} to one of {choices}"
        )
