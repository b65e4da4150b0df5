from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

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
        ("HWC", (W, H, 3), "height comes before width"),
        ("HWC", (3, H, W), 'declare the output with layout="CHW"'),
        ("CHW", (H, W, 3), 'declare the output with layout="HWC"'),
        ("HWC", (H, W, 4), "alpha"),
        ("HWC", (H, W), "no colour axis"),
        ("HWC", (H * 2, W * 2, 3), "Lucid does not resize"),
        ("HWC", (1, 2, H, W, 3), None),
        ("HWC", (0, H, W, 3), None),
    ],
)
def test_a_frame_of_the_wrong_shape_says_what_is_wrong(
    layout: str, shape: tuple[int, ...], hint: str | None
) -> None:
    with pytest.raises(FrameShapeError) as caught:
        to_chunk(video(layout), np.zeros(shape, np.uint8))
    assert caught.value.got == shape
    assert str(shape) in caught.value.message
    if hint is not None:
        assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("pixel_range", "sample", "said"),
    [
        ("uint8", np.zeros((H, W, 3), np.float32), "expected uint8, got float32"),
        ("uint8", np.zeros((H, W, 3), np.int64), "expected uint8, got int64"),
        ("[0,1]", np.zeros((H, W, 3), np.uint8), "expected float in [0,1], got uint8"),
        ("uint8", [[1, 2, 3]], "expected a numpy array or torch tensor, got list"),
        ("uint8", None, "got NoneType"),
    ],
)
def test_a_frame_of_the_wrong_type_says_what_is_wrong(
    pixel_range: str, sample: Any, said: str
) -> None:
    with pytest.raises(FrameTypeError) as caught:
        to_chunk(video(pixel_range=pixel_range), sample)
    assert said in caught.value.message


def test_a_tensor_of_the_wrong_type_says_what_is_wrong() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    assert to_chunk(video(), torch.zeros(H, W, 3, dtype=torch.uint8)).shape == (1, H, W, 3)
    with pytest.raises(FrameTypeError, match=r"expected uint8, got torch.float32"):
        to_chunk(video(), torch.zeros(H, W, 3))


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
