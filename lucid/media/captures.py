"""Decode the frames of a camera or a microphone into the arrays that an input declares."""

from fractions import Fraction

import numpy as np
from av import AudioFrame, AudioResampler, CodecContext, FFmpegError, Packet, VideoFrame
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import VideoReformatter

from lucid.authoring.captures import CameraFrame, CameraSpec, MicrophoneSound, MicrophoneSpec
from lucid.errors import CaptureError

MediaFrame = VideoFrame | AudioFrame
"""A frame that a track delivers."""
MAX_PIXELS = 4096 * 2304
"""Larger pictures are refused: a few bytes of JPEG can declare a picture of many gigabytes."""


class CameraReader:
    """Converts the frames of one camera to the declared size and layout."""

    def __init__(self, spec: CameraSpec) -> None:
        self._spec = spec
        self._reformatter = VideoReformatter()

    def from_frame(self, frame: MediaFrame) -> CameraFrame:
        """Return a decoded frame of a track, cropped at the centre and resized.

        Raises:
            CaptureError: The frame is too large.
        """
        assert isinstance(frame, VideoFrame)
        return CameraFrame(self._pixels(frame), _ts_ms(frame))

    def from_bytes(self, data: bytes, ts_ms: float) -> CameraFrame:
        """Decode a JPEG file, and crop and resize it.

        Raises:
            CaptureError: The picture is damaged or too large.
        """
        decoder = CodecContext.create("mjpeg", "r")
        assert isinstance(decoder, VideoCodecContext)
        decoder.thread_count = 1
        decoder.options = {"max_pixels": str(MAX_PIXELS)}
        try:
            frames = decoder.decode(Packet(data))
        except FFmpegError as error:
            raise _unreadable(error.strerror) from None
        if not frames:
            raise _unreadable("it holds no picture")
        return CameraFrame(self._pixels(frames[0]), ts_ms)

    def _pixels(self, frame: VideoFrame) -> np.ndarray:
        width, height = self._spec.size
        scale = max(width / frame.width, height / frame.height)
        wide, high = round(frame.width * scale), round(frame.height * scale)
        # A picture of 1x9000 pixels is small, but it is huge once it has the declared width.
        if max(frame.width * frame.height, wide * high) > MAX_PIXELS:
            raise _unreadable(f"{frame.width}x{frame.height} is too large or too narrow")
        rgb = self._reformatter.reformat(frame, wide, high, "rgb24", threads=1).to_ndarray()
        left, top = (wide - width) // 2, (high - height) // 2
        pixels = rgb[top : top + height, left : left + width]
        return np.array(
            pixels if self._spec.layout == "HWC" else pixels.transpose(2, 0, 1), order="C"
        )


class MicrophoneReader:
    """Converts the sound of one microphone to samples at the declared rate."""

    def __init__(self, spec: MicrophoneSpec) -> None:
        self._resampler = AudioResampler("flt", "stereo", spec.sample_rate_hz)

    def from_frame(self, frame: MediaFrame) -> MicrophoneSound:
        """Return the samples of a decoded frame of a track."""
        assert isinstance(frame, AudioFrame)
        ts_ms = _ts_ms(frame)
        frame.pts = None  # otherwise the resampler fills gaps with silence
        blocks = [block.to_ndarray() for block in self._resampler.resample(frame)]
        both = np.concatenate([np.zeros((1, 0), np.float32), *blocks], axis=1).reshape(-1, 2)
        return MicrophoneSound(both.mean(axis=1), ts_ms)

    def from_bytes(self, data: bytes, ts_ms: float) -> MicrophoneSound:
        """Return 16-bit samples, which have the declared rate, as floats.

        Raises:
            CaptureError: ``data`` has an odd number of bytes.
        """
        if len(data) % 2:
            raise _unreadable("16-bit samples have an even number of bytes")
        samples = np.frombuffer(data, "<i2").astype(np.float32) / 32768
        return MicrophoneSound(samples, ts_ms)


def _ts_ms(frame: MediaFrame) -> float:
    return float(1000 * (frame.pts or 0) * (frame.time_base or Fraction(0)))


def _unreadable(why: str | None) -> CaptureError:
    return CaptureError(
        f"what the camera or microphone sent cannot be read: {why or 'it is damaged'}",
        hint="turn it off and on again",
    )
