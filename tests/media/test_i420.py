"""Frames of every layout, range and device become the I420 that swscale makes and browsers show."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from av import VideoFrame

from lucid import publish
from lucid.authoring.outputs import Layout, PixelRange
from lucid.media.i420 import PixelWriter, planes, to_i420, to_rgb

SIZES = [(64, 48), (50, 18), (98, 22), (640, 360)]
"""With and without rows that fill a vector register; rows of U that end inside a row of Y."""
LAYOUTS, RANGES = ["HWC", "CHW"], ["uint8", "[0,1]", "[-1,1]"]


def video(size: tuple[int, int], layout: str = "HWC", pixel_range: str = "uint8") -> Any:
    return publish.video(
        name="v", width=size[0], height=size[1],
        layout=cast(Layout, layout), pixel_range=cast(PixelRange, pixel_range),
    )  # fmt: skip


def scene(size: tuple[int, int]) -> np.ndarray:
    """(H, W, 3) uint8: slopes in every channel, and one hard edge."""
    y, x = np.mgrid[: size[1], : size[0]]
    colours = [x * 255 / size[0], y * 255 / size[1], (x + y) * 255 / sum(size)]
    picture = np.stack(colours, axis=-1).astype(np.uint8)
    picture[:, : size[0] // 4] = (200, 30, 60)
    return picture


def declared(picture: np.ndarray, layout: str, pixel_range: str) -> np.ndarray:
    """The picture as a port with this declaration publishes it."""
    array = picture if layout == "HWC" else np.ascontiguousarray(picture.transpose(2, 0, 1))
    if pixel_range == "[0,1]":
        return (array / 255).astype(np.float32)
    return (array / 127.5 - 1).astype(np.float32) if pixel_range == "[-1,1]" else array


def convert(output: Any, frame: Any) -> np.ndarray:
    writer = PixelWriter(output)
    pixels = np.zeros(writer.shape_of(frame), np.uint8)
    assert writer.write(frame, pixels) is None
    return to_i420(pixels)


def swscale(picture: np.ndarray) -> np.ndarray:
    return VideoFrame.from_ndarray(picture, format="rgb24").to_ndarray(format="yuv420p")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("pixel_range", RANGES)
def test_an_array_becomes_what_swscale_makes_of_it(
    size: tuple[int, int], layout: str, pixel_range: str
) -> None:
    picture = scene(size)
    i420 = convert(video(size, layout, pixel_range), declared(picture, layout, pixel_range))
    assert np.array_equal(i420, swscale(picture))


@pytest.mark.parametrize(
    ("rgb", "yuv"),
    [
        ((0, 0, 0), (16, 128, 128)),
        ((255, 255, 255), (235, 128, 128)),
        ((255, 0, 0), (82, 90, 240)),
        ((0, 255, 0), (145, 54, 34)),
        ((0, 0, 255), (41, 240, 110)),
    ],
)
def test_colours_are_bt601_in_limited_range(rgb: tuple[int, ...], yuv: tuple[int, ...]) -> None:
    i420 = convert(video((64, 48)), np.full((48, 64, 3), rgb, np.uint8))
    for plane, value in zip(planes(i420), yuv, strict=True):
        assert np.abs(plane.astype(int) - value).max() <= 1
    assert np.abs(to_rgb(i420).astype(int) - rgb).max() <= 3


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_out_of_range_are_clipped_and_nan_is_no_warning(layout: str, dtype: Any) -> None:
    size = (64, 48)
    for pixel_range, low, high in (("[0,1]", -3.0, 1.7), ("[-1,1]", -9.0, 9.0)):
        output = video(size, layout, pixel_range)
        assert (to_rgb(convert(output, np.full(output.frame_shape, high, dtype))) > 252).all()
        assert (to_rgb(convert(output, np.full(output.frame_shape, low, dtype))) < 3).all()
        convert(output, np.full(output.frame_shape, np.nan, dtype))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_frame_that_is_not_contiguous_is_read_as_it_looks(layout: str) -> None:
    size = (64, 48)
    picture = scene(size)
    wide = np.repeat(picture, 2, axis=1)[:, ::2]  # every other column of a larger array
    flipped = np.ascontiguousarray(picture[::-1, ::-1])[::-1, ::-1]
    for view in (wide, flipped):
        frame = view if layout == "HWC" else view.transpose(2, 0, 1)
        assert np.array_equal(convert(video(size, layout), frame), swscale(picture))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("pixel_range", RANGES)
def test_the_frame_may_be_drawn_over_as_soon_as_it_is_written(
    layout: str, pixel_range: str
) -> None:
    frame = declared(scene((64, 48)), layout, pixel_range)
    writer = PixelWriter(video((64, 48), layout, pixel_range))
    pixels = np.zeros(frame.shape, np.uint8)
    writer.write(frame, pixels)
    frame[:] = 0
    assert np.array_equal(to_i420(pixels), swscale(scene((64, 48))))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("pixel_range", RANGES)
def test_a_tensor_becomes_the_same_as_an_array(layout: str, pixel_range: str) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    output = video((98, 22), layout, pixel_range)
    array = declared(scene((98, 22)), layout, pixel_range)
    tensor = torch.from_numpy(array.copy())
    assert np.array_equal(convert(output, tensor), convert(output, array))
    if pixel_range != "uint8":
        tensor = tensor.to(torch.bfloat16).requires_grad_()
        expected = convert(output, tensor.detach().float().numpy())
        assert np.array_equal(convert(output, tensor), expected)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("pixel_range", RANGES)
def test_what_a_gpu_computes_is_what_swscale_makes(
    size: tuple[int, int], layout: str, pixel_range: str
) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from lucid.media.tensors import to_i420

    picture = scene(size)
    frame = torch.from_numpy(declared(picture, layout, pixel_range).copy())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        i420 = to_i420(video(size, layout, pixel_range), frame).numpy()
    ours, theirs = planes(i420), planes(swscale(picture))
    assert np.abs(ours[0].astype(int) - theirs[0]).max() <= 1
    edge = size[0] // 8  # of U and V: there, and there alone, the two filter differently
    for plane, wanted in zip(ours[1:], theirs[1:], strict=True):
        apart = np.abs(plane.astype(int) - wanted)
        apart[:, edge - 2 : edge + 2] = 0
        assert apart.max() <= 2


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("pixel_range", RANGES)
def test_a_frame_of_a_gpu_arrives_though_the_next_step_draws_over_it(
    layout: str, pixel_range: str
) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    if not torch.cuda.is_available():
        pytest.skip("torch finds no CUDA device")
    size = (640, 360)
    output = video(size, layout, pixel_range)
    frame = torch.from_numpy(declared(scene(size), layout, pixel_range).copy()).cuda()
    writer = PixelWriter(output)
    i420 = np.zeros(writer.shape_of(frame), np.uint8)
    wait = writer.write(frame, i420)
    frame.zero_()
    assert wait is not None
    wait()
    apart = np.abs(i420[: size[1]].astype(int) - swscale(scene(size))[: size[1]])
    assert apart.max() <= 1
