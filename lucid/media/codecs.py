"""The supported video encoders, their settings, and which of them work on this machine."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from av.video.codeccontext import VideoCodecContext

Codec = Literal["H264", "VP8", "JPEG"]
"""The name of a codec in SDP, or JPEG, for browsers whose scripts cannot decode video."""
CODECS: tuple[Codec, ...] = ("H264", "VP8")
"""The WebRTC codecs in order of preference: x264 needs half the time of libvpx."""

START_BITS_PER_PIXEL = 0.4
"""The bitrate until the network reports, such as 2.8 Mbit/s for 640x360 at 30 fps."""
MIN_BITRATE_BPS = 500_000
MAX_BITRATE_BPS = 12_000_000
MAX_START_BITRATE_BPS = 8_000_000
VBV_BITS = 600_000
"""Size of the rate control buffer (75 kB), which limits the size of a frame. It is small so that a
keyframe does not delay the next frames."""
ENDLESS_GOP = 1_000_000_000

logger = logging.getLogger(__name__)


# x264 must be opened with CBR at the highest bitrate. Only then can its bitrate go down and up
# again without a keyframe. The same is true for NVENC.
_VBV = {"maxrate": str(MAX_BITRATE_BPS), "bufsize": str(VBV_BITS)}


@dataclass(frozen=True)
class EncoderKind:
    """An encoder of libav and its settings for low latency."""

    name: str
    """The encoder's name in libav."""
    codec: Codec
    options: Mapping[str, str]
    """Options that do not depend on the bitrate."""
    device: str | None = None
    """The hardware device that libav must open."""
    pixel_format: str = "yuv420p"
    in_place: bool = True
    """Whether an open encoder accepts a new bitrate; otherwise it must be opened again."""
    vbv: Mapping[str, str] = field(default_factory=_VBV.copy)


_KINDS = (
    EncoderKind(
        "h264_nvenc",
        "H264",
        {
            "preset": "p1",
            "tune": "ull",
            "zerolatency": "1",
            "delay": "0",
            "rc": "cbr",
            "forced-idr": "1",
            "profile": "baseline",
        },
    ),
    EncoderKind(
        "h264_videotoolbox",
        "H264",
        {
            "realtime": "1",
            "prio_speed": "1",
            "profile": "constrained_baseline",
            "max_ref_frames": "1",
        },
        in_place=False,
        vbv={},
    ),
    EncoderKind(
        "h264_vaapi",
        "H264",
        {"rc_mode": "CBR", "async_depth": "1", "profile": "constrained_baseline"},
        device="vaapi",
        pixel_format="nv12",
        in_place=False,
        vbv={"bufsize": str(VBV_BITS)},
    ),
    EncoderKind(
        "libx264",
        "H264",
        {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "profile": "baseline",
            "forced-idr": "1",
            # One slice: browsers decode more slices no faster, and each slice costs bits.
            "x264-params": "threads=1:sliced-threads=0:slices=1:scenecut=0:keyint=infinite",
        },
    ),
    EncoderKind(
        "libvpx",
        "VP8",
        {
            "deadline": "realtime",
            "cpu-used": "-12",
            "lag-in-frames": "0",
            "error-resilient": "0",
            "static-thresh": "1",
            "undershoot-pct": "100",
            "overshoot-pct": "15",
        },
        in_place=False,
        vbv={},
    ),
    EncoderKind("mjpeg", "JPEG", {}, pixel_format="yuvj420p", in_place=False, vbv={}),
)


SMPTE_170M = 6
"""The number of the BT.601 matrix, primaries and transfer function in H.264 and libav."""
LIMITED_RANGE = 1


def start_bitrate_bps(width: int, height: int, fps: float) -> int:
    """Return the bitrate to use until the network reports."""
    wanted_bps = START_BITS_PER_PIXEL * width * height * fps
    return round(min(max(wanted_bps, 2 * MIN_BITRATE_BPS), MAX_START_BITRATE_BPS))


def open_encoder(
    kind: EncoderKind, width: int, height: int, fps: float, bitrate_bps: int
) -> VideoCodecContext:
    """Open an encoder.

    Raises:
        av.FFmpegError, ValueError, NotImplementedError: The encoder does not open on this machine.
    """
    from av import CodecContext
    from av.codec.hwaccel import HWAccel
    from av.video.codeccontext import VideoCodecContext

    hwaccel = None if kind.device is None else HWAccel(kind.device)
    context = CodecContext.create(kind.name, "w", hwaccel)
    assert isinstance(context, VideoCodecContext)
    context.width, context.height = width, height
    context.pix_fmt = kind.pixel_format
    context.framerate = Fraction(fps).limit_denominator(1001)
    context.time_base = Fraction(1, 90_000)
    # media/i420.py converts to BT.601. Without these fields, Chromium would assume BT.709.
    context.colorspace = context.color_primaries = context.color_trc = SMPTE_170M
    context.color_range = LIMITED_RANGE
    context.gop_size = ENDLESS_GOP
    context.max_b_frames = 0
    context.thread_count = 1
    context.bit_rate = MAX_BITRATE_BPS if kind.in_place else bitrate_bps
    context.options = {**kind.options, **kind.vbv, **_fixed_rate(kind, bitrate_bps)}
    context.open()
    context.bit_rate = bitrate_bps
    return context


def _fixed_rate(kind: EncoderKind, bitrate_bps: int) -> dict[str, str]:
    """Return the options that make libvpx use a constant bitrate."""
    if kind.name != "libvpx":
        return {}
    rate = str(bitrate_bps)
    return {"minrate": rate, "maxrate": rate, "bufsize": str(bitrate_bps // 4)}


@cache
def encoder_kind(codec: Codec, width: int, height: int) -> EncoderKind | None:
    """Return the first encoder of a codec that works here for this frame size, or None.

    Each encoder must encode a test frame, because its hardware or driver may be missing or busy.
    """
    for kind in _KINDS:
        if kind.codec == codec and _works(kind, width, height):
            return kind
    return None


def _works(kind: EncoderKind, width: int, height: int) -> bool:
    from av import FFmpegError, VideoFrame

    try:
        context = open_encoder(kind, width, height, 30.0, MIN_BITRATE_BPS)
        frame = VideoFrame(width, height, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.pts = 0
        packets = context.encode(frame.reformat(format=kind.pixel_format))
    except (FFmpegError, ValueError, NotImplementedError) as error:
        logger.debug("%s does not open here: %s", kind.name, error)
        return False
    return len(packets) == 1 and packets[0].is_keyframe


def video_encoders() -> list[str]:
    """Return the names of the encoders that work here; an empty list if av is not installed."""
    try:
        import av  # noqa: F401 - is it installed?
    except ImportError:
        return []
    return [kind.name for kind in reversed(_KINDS) if _works(kind, 640, 360)]
