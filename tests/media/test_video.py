"""Encoding a video: what comes out of the real encoders, and when."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from av import CodecContext, VideoFrame
from av.video.codeccontext import VideoCodecContext

from lucid.media import codecs
from lucid.media.codecs import CODECS, Codec, encoder_kind, start_bitrate_bps
from lucid.media.i420 import to_i420, to_rgb
from lucid.media.video import EncodedFrame, VideoEncoder, VideoStream

WIDTH, HEIGHT, FPS = 320, 192, 30.0
DECODERS = {"H264": "h264", "VP8": "libvpx"}
RNG = np.random.default_rng(0)
NOISE = RNG.integers(68, 188, (HEIGHT * 3 // 2, WIDTH), dtype=np.uint8)


def grey(level: int) -> np.ndarray:
    image = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
    image[:HEIGHT] = level
    return image


def busy(index: int) -> np.ndarray:
    """A picture that costs bits, another for each index."""
    return np.roll(NOISE, 7 * index, axis=1)


Wait = Callable[[], EncodedFrame[int]]


@contextmanager
def streaming(codec: Codec = "H264") -> Iterator[tuple[VideoStream[int], Wait]]:
    """A stream, and what waits for the next frame that it encodes."""
    encoded: queue.Queue[EncodedFrame[int]] = queue.Queue()
    stream = VideoStream[int](codec, (WIDTH, HEIGHT), FPS, encoded.put)
    try:
        yield stream, lambda: encoded.get(timeout=60)
    finally:
        stream.close()


def decoder(codec: Codec) -> Callable[[EncodedFrame[int]], np.ndarray]:
    context = CodecContext.create(DECODERS[codec], "r")
    assert isinstance(context, VideoCodecContext)

    def show(frame: EncodedFrame[int]) -> np.ndarray:
        picture = next(iter(context.decode(frame.packet)))
        assert isinstance(picture, VideoFrame)
        return picture.to_ndarray()

    return show


@pytest.mark.parametrize("codec", CODECS)
def test_what_is_put_in_comes_out_in_order_with_its_time(codec: Codec) -> None:
    show = decoder(codec)
    with streaming(codec) as (stream, encoded):
        for index, level in enumerate((40, 120, 220)):
            assert stream.put(grey(level), 5.0 + index / FPS, index)
            frame = encoded()
            assert (frame.source, frame.packet.pts, frame.fresh) == (index, index * 3000, True)
            assert frame.packet.is_keyframe == (index == 0)
            assert abs(show(frame)[:HEIGHT].mean() - level) < 4


def test_the_caller_may_use_its_memory_again_at_once() -> None:
    show = decoder("H264")
    image = grey(200)
    with streaming() as (stream, encoded):
        stream.put(image, 0.0, 0)
        image[:] = 0
        assert abs(show(encoded())[:HEIGHT].mean() - 200) < 4


def test_the_newest_frame_wins_and_the_others_are_said_to_be_dropped() -> None:
    with streaming() as (stream, encoded):
        in_time = [stream.put(busy(index), index / FPS, index) for index in range(200)]
        sources = [encoded().source]
        while sources[-1] != 199:
            sources.append(encoded().source)
        assert sources == sorted(set(sources))
        assert len(sources) + in_time.count(False) == 200


def test_keyframes_come_when_they_are_asked_for_and_no_closer_than_that() -> None:
    with streaming() as (stream, encoded):
        stream.put(grey(10), 0.0, 0)
        assert encoded().packet.is_keyframe
        stream.put(grey(11), 0.1, 1)
        assert not encoded().packet.is_keyframe
        stream.want_keyframe(apart_s=0)
        stream.put(grey(12), 0.2, 2)
        assert encoded().packet.is_keyframe
        stream.want_keyframe(apart_s=3600)
        stream.put(grey(13), 0.3, 3)
        assert not encoded().packet.is_keyframe


def test_who_comes_while_nothing_moves_gets_the_last_frame_again() -> None:
    with streaming() as (stream, encoded):
        stream.put(grey(10), 0.0, 7)
        first = encoded()
        stream.want_keyframe(apart_s=0)
        again = encoded()
        assert (again.source, again.fresh, again.packet.is_keyframe) == (7, False, True)
        assert again.packet.pts is not None and first.packet.pts is not None
        assert again.packet.pts > first.packet.pts


def bits_a_second(encoder: VideoEncoder, first: int, count: int) -> tuple[float, int]:
    """What so many busy frames take, and how many of them are keyframes."""
    packets = []
    for index in range(first, first + count):
        frame = VideoFrame.from_ndarray(busy(index), format="yuv420p")
        frame.pts = index * 3000
        packets += encoder.encode(frame, index == 0, index / FPS)
    size = sum(packet.size for packet in packets[count // 3 :])
    return size * 8 * FPS / (count - count // 3), sum(packet.is_keyframe for packet in packets)


def test_x264_follows_the_bit_rate_down_and_up_without_a_keyframe() -> None:
    kind = encoder_kind("H264", WIDTH, HEIGHT)
    assert kind is not None
    encoder = VideoEncoder(kind, FPS, 2_000_000)
    keyframes = 0
    for step, bitrate_bps in enumerate((2_000_000, 600_000, 3_000_000)):
        encoder.bitrate_bps = bitrate_bps
        found_bps, keys = bits_a_second(encoder, step * 60, 60)
        keyframes += keys
        assert found_bps == pytest.approx(bitrate_bps, rel=0.25)
    assert keyframes == 1


def test_libvpx_is_opened_anew_for_another_bit_rate_and_not_too_often() -> None:
    kind = encoder_kind("VP8", WIDTH, HEIGHT)
    assert kind is not None
    encoder = VideoEncoder(kind, FPS, 2_000_000)
    bits_a_second(encoder, 0, 30)
    encoder.bitrate_bps = 600_000
    assert bits_a_second(encoder, 30, 30)[1] == 0  # one second after it was opened
    found_bps, keyframes = bits_a_second(encoder, 90, 90)
    assert keyframes == 1
    assert found_bps == pytest.approx(600_000, rel=0.25)


def test_an_encoder_that_does_not_open_is_not_chosen() -> None:
    chosen = encoder_kind("H264", WIDTH, HEIGHT)
    assert chosen is not None
    assert chosen.name in codecs.video_encoders()
    assert encoder_kind("H264", 33, 17) is None  # no encoder takes odd sides


def test_the_first_bit_rate_follows_the_size_within_limits() -> None:
    assert start_bitrate_bps(640, 360, 30) == 2_764_800
    assert start_bitrate_bps(1280, 720, 60) == codecs.MAX_START_BITRATE_BPS
    assert start_bitrate_bps(64, 48, 30) == 2 * codecs.MIN_BITRATE_BPS


@pytest.mark.parametrize("codec", CODECS)
def test_every_format_of_pixels_shows_the_same_picture(codec: Codec) -> None:
    show = decoder(codec)
    rgb = np.full((HEIGHT, WIDTH, 3), (200, 80, 40), np.uint8)
    planar = np.ascontiguousarray(rgb.transpose(2, 0, 1))
    with streaming(codec) as (stream, wait):
        for index, pixels in enumerate((rgb, planar, to_i420(rgb), rgb)):
            stream.put(pixels, index / FPS, index)
            shown = to_rgb(show(wait()))
            assert np.abs(shown.astype(int) - rgb).max() <= 8  # of 160 between two channels
