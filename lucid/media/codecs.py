"""Which video encoders there are, how each is set up, and which one opens on this machine."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from av.video.codeccontext import VideoCodecContext

Codec = Literal["H264", "VP8"]
"""A codec as SDP names it."""
CODECS: tuple[Codec, ...] = ("H264", "VP8")
"""In the order in which Lucid prefers them: x264 needs half of libvpx's time."""

START_BITS_PER_PIXEL = 0.4
"""Of one frame, before anything is known of the network: 2.8 Mbit/s for 640x360 at 30 fps."""
MIN_BITRATE_BPS = 500_000
MAX_BITRATE_BPS = 12_000_000
MAX_START_BITRATE_BPS = 8_000_000
VBV_BITS = 600_000
"""No frame is larger than this and what the bit rate adds in a frame's time: 75 kB. Small, so that
a keyframe does not delay the frames behind it."""
ENDLESS_GOP = 1_000_000_000

logger = logging.getLogger(__name__)


# CBR at the highest rate is what x264 must be opened with: only then may its bit rate change both
# down and up again while it is open, without a keyframe. The same holds for NVENC.
_VBV = {"maxrate": str(MAX_BITRATE_BPS), "bufsize": str(VBV_BITS)}


@dataclass(frozen=True)
class EncoderKind:
    """One encoder of the codec library, set up to answer within a frame."""

    name: str
    """As libav calls it."""
    codec: Codec
    options: Mapping[str, str]
    """Without those that depend on the bit rate."""
    device: str | None = None
    """The hardware device that libav has to open for it."""
    pixel_format: str = "yuv420p"
    in_place: bool = True
    """Whether a changed bit rate reaches the open encoder; the others are opened anew."""
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
            # One slice: a browser decodes one as fast as many, and each costs bits.
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
)


SMPTE_170M = 6
"""BT.601's matrix, primaries and transfer, by their number in H.264 and libav."""
LIMITED_RANGE = 1


def start_bitrate_bps(width: int, height: int, fps: float) -> int:
    """The bit rate to begin with."""
    wanted_bps = START_BITS_PER_PIXEL * width * height * fps
    return round(min(max(wanted_bps, 2 * MIN_BITRATE_BPS), MAX_START_BITRATE_BPS))


def open_encoder(
    kind: EncoderKind, width: int, height: int, fps: float, bitrate_bps: int
) -> VideoCodecContext:
    """An open encoder.

    Raises:
        av.FFmpegError, ValueError, NotImplementedError: it does not open on this machine.
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
    # As media/i420.py makes it; a stream that does not say so is read as BT.709 by Chromium.
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
    """What makes libvpx keep to a bit rate: the same least and greatest rate."""
    if kind.name != "libvpx":
        return {}
    rate = str(bitrate_bps)
    return {"minrate": rate, "maxrate": rate, "bufsize": str(bitrate_bps // 4)}


@cache
def encoder_kind(codec: Codec, width: int, height: int) -> EncoderKind | None:
    """The best encoder of a codec that has encoded a frame of this size here; None without any.

    An encoder that is listed may lack its hardware, its driver or a free session: each is tried.
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
    """Those that open here and that a browser plays over WebRTC; empty without a codec library."""
    try:
        import av  # noqa: F401 - is it there?
    except ImportError:
        return []
    return [kind.name for kind in reversed(_KINDS) if _works(kind, 640, 360)]
