"""Compress a frame without loss."""

from fractions import Fraction

import numpy as np
from av import CodecContext, VideoFrame
from av.video.codeccontext import VideoCodecContext

from lucid.media.i420 import as_rgb


def png_of(pixels: np.ndarray) -> bytes:
    """Return pixels of any format as a PNG file. libav takes about half of Pillow's time."""
    frame = VideoFrame.from_ndarray(as_rgb(pixels), format="rgb24")
    encoder = CodecContext.create("png", "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "rgb24"
    encoder.time_base = encoder.sample_aspect_ratio = Fraction(1)
    encoder.options = {"compression_level": "1", "pred": "paeth"}
    return bytes(encoder.encode(frame)[0])
