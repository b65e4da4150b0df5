from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from PIL import Image

from lucid import FrameShapeError, FrameTypeError, publish
from lucid.authoring.outputs import Layout, PixelRange
from lucid.runtime.samples import to_audio, to_bytes, to_chunk, to_json

H, W = 16, 32


def video(layout: str = "HWC", pixel_range: str = "uint8") -> Any:
    return publish.video(
        name="v", width=W, height=H, layout=cast(Layout, layout),
        pixel_range=cast(PixelRange, pixel_range),
    )  # fmt: skip


def test_a_frame_becomes_a_chunk_of_one() -> None:
    assert to_chunk(video(), np.zeros((H, W, 3), np.uint8)).shape == (1, H, W, 3)
    assert to_chunk(video("CHW"), np.zeros((5, 3, H, W), np.uint8)).shape == (5, 3, H, W)


@pytest.mark.parametrize(
    ("layout", "shape", "hint"),
    [
        ("HWC", (W, H, 3), "height comes before width: frame.permute(1, 0, 2)"),
        ("CHW", (3, W, H), "height comes before width: frame.permute(0, 2, 1)"),
        ("HWC", (H, 3, W), "the axes are height, width, colour: frame.permute(0, 2, 1)"),
        ("HWC", (3, H, W), 'declare the output with layout="CHW"'),
        ("CHW", (H, W, 3), 'declare the output with layout="HWC"'),
        ("CHW", (5, H, W, 3), 'declare the output with layout="HWC"'),
        ("CHW", (3, 5, H, W), "time comes first in a chunk: frames.permute(1, 0, 2, 3)"),
        ("HWC", (3, 5, H, W), "time comes first in a chunk: frames.permute(1, 2, 3, 0)"),
        ("CHW", (3, 1, H, W), "time comes first in a chunk"),
        ("HWC", (H, W, 3, 5), "time comes first in a chunk: frames.permute(3, 0, 1, 2)"),
        ("CHW", (1, 1, 3, H, W), "it has a batch axis in front: publish its first item, frames[0]"),
        ("CHW", (1, 3, 5, H, W), "frames[0]; then time comes first in a chunk: frames.permute(1,"),
        ("HWC", (1, 2, H, W, 3), "it has a batch axis in front"),
        ("HWC", (H, W, 4), "the frame has an alpha channel: publish RGB, frame[..., :3]"),
        ("CHW", (5, 4, H, W), "the frame has an alpha channel: publish RGB, frame[..., :3, :, :]"),
        ("HWC", (H, W, 1), "the frame has one channel: publish RGB"),
        ("HWC", (H, W, 2), "the frame has 2 channels"),
        ("HWC", (H, W), "no colour axis"),
        ("HWC", (480, 640), "no axis has 3 colour channels"),
        ("HWC", (H * 2, W * 2, 3), "width=64, height=32: Lucid does not resize"),
        ("CHW", (7, 3, 480, 640), "width=640, height=480: Lucid does not resize"),
        ("CHW", (1, 16, 4, 8), "no axis has 3 colour channels"),
        ("HWC", (0, H, W, 3), "the chunk has no frames"),
        ("CHW", (1, 0, 3, H, W), "the chunk has no frames"),
        ("HWC", (H * W * 3,), "it has 1 axis: a frame has 3 axes"),
        ("HWC", (1, 1, 1, H, W, 3), "it has 6 axes"),
    ],
)
def test_a_frame_of_the_wrong_shape_says_what_is_wrong(
    layout: str, shape: tuple[int, ...], hint: str
) -> None:
    with pytest.raises(FrameShapeError) as caught:
        to_chunk(video(layout), np.zeros(shape, np.uint8))
    assert caught.value.got == shape
    assert str(shape) in caught.value.message
    assert hint in (caught.value.hint or "")


RED = np.zeros((H, W, 3), np.uint8)
PICTURE = Image.fromarray(RED)


class Returned:
    frames = (RED,)


class OfJax:
    def __array__(self) -> Any:
        return RED


@pytest.mark.parametrize(
    ("pixel_range", "sample", "said", "hint"),
    [
        ("uint8", RED / 255, "uint8, got float64", 'pixel_range="[0,1]", which fits its values'),
        ("uint8", RED / 127.5 - 1, "uint8, got float64", 'pixel_range="[-1,1]"'),
        ("uint8", RED + np.float32(200), "uint8, got float32", "its values go up to 255"),
        ("uint8", RED.astype(np.int64), "expected uint8, got int64", "frame.astype(np.uint8)"),
        ("uint8", RED.astype(np.uint16), "expected uint8, got uint16", "frame >> 8"),
        ("uint8", RED > 3, "expected uint8, got bool", "* 255"),
        ("uint8", RED.astype(np.complex64), "got complex64", "frame.real"),
        ("uint8", RED.astype(object), "got object", "an array of numbers"),
        ("[0,1]", RED, "expected float in [0,1], got uint8", 'pixel_range="uint8"'),
        ("[0,1]", RED.astype(np.int32), "got int32", 'pixel_range="uint8" and publish'),
        ("uint8", np.ma.masked_array(RED), "a masked array", "filled(0)"),
        ("uint8", [[1, 2, 3]], "expected a numpy array or torch tensor, got list", "lists"),
        ("uint8", [PICTURE, PICTURE], "got list", 'np.asarray(f) for f in frames]), or'),
        ("uint8", [[PICTURE]], "got list", "its first item; then np.stack"),
        ("uint8", (RED, RED), "got tuple", "np.stack(frames)"),
        ("uint8", [], "got list", "the chunk has no frames"),
        ("uint8", PICTURE, "got Image", "np.asarray(image.convert"),
        ("uint8", RED.tobytes(), "got bytes", "np.frombuffer"),
        ("uint8", (frame for frame in [RED]), "got generator", "for frame in frames"),
        ("uint8", Returned(), "got Returned", "publish its .frames"),
        ("uint8", OfJax(), "got OfJax", "np.asarray(frame)"),
        ("uint8", None, "got NoneType", "the step returned nothing"),
    ],
)  # fmt: skip
def test_a_frame_of_the_wrong_type_says_what_is_wrong(
    pixel_range: str, sample: Any, said: str, hint: str
) -> None:
    with pytest.raises(FrameTypeError) as caught:
        to_chunk(video(pixel_range=pixel_range), sample)
    assert said in caught.value.message
    assert hint in (caught.value.hint or "")


def test_a_tensor_of_the_wrong_type_says_what_is_wrong() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    frame = torch.zeros(H, W, 3)
    assert to_chunk(video(), frame.to(torch.uint8)).shape == (1, H, W, 3)
    cases = [
        (video(), frame, "expected uint8, got torch.float32", 'pixel_range="[0,1]"'),
        (video(), frame > 1, "got torch.bool", "frame.to(torch.uint8) * 255"),
        (video(), [frame, frame], "got list", "torch.stack(frames)"),
        (video(), frame.to("meta"), "on meta", "load the weights"),
        (video(), frame.to_sparse(), "torch.sparse_coo", "to_dense()"),
    ]
    for kind in ("float8_e4m3fn", "float8_e5m2"):
        eight = frame.to(getattr(torch, kind))
        cases.append((video(pixel_range="[0,1]"), eight, f"got torch.{kind}", "torch.bfloat16"))
    for output, sample, said, hint in cases:
        with pytest.raises(FrameTypeError) as caught:
            to_chunk(output, sample)
        assert said in caught.value.message
        assert hint in (caught.value.hint or "")


def test_audio_becomes_int16_frames_of_channels() -> None:
    mono, stereo = publish.audio(name="a"), publish.audio(name="a", channels=2)
    assert to_audio(mono, np.array([0.0, 1.0, -1.0, 2.0, np.nan])).tolist() == [
        [0], [32767], [-32767], [32767], [0],
    ]  # fmt: skip
    assert to_audio(stereo, np.array([[1, 2], [3, 4]], np.int16)).tolist() == [[1, 2], [3, 4]]
    with pytest.raises(FrameShapeError):
        to_audio(stereo, np.zeros(4, np.float32))
    with pytest.raises(FrameTypeError, match="int16 or float samples, got int64"):
        to_audio(mono, np.zeros(4, np.int64))


def test_json_and_bytes_are_checked() -> None:
    score, blob = publish.json(name="s"), publish.bytes(name="b")
    assert to_json(score, {"a": [1, None]}) == '{"a":[1,null]}'
    assert to_bytes(blob, bytearray(b"ab")) == b"ab"
    for wrong in (float("nan"), object(), "x" * 200_000):
        with pytest.raises(FrameTypeError):
            to_json(score, wrong)
    for wrong in ("text", b"x" * 200_000):
        with pytest.raises(FrameTypeError):
            to_bytes(blob, wrong)
