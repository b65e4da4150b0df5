from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from lucid import InputFile
from lucid.errors import UploadError


def file_of(image: Image.Image, kind: str = "PNG", **options: object) -> InputFile:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    data = buffer.getvalue()
    return InputFile("id", "a.png", "image/png", len(data), "0" * 64, data)


def test_a_file_opens_as_a_stream_and_hides_its_bytes_from_logs() -> None:
    file = InputFile("id", "a.txt", "text/plain", 5, "0" * 64, b"hello")
    assert file.open().read() == b"hello"
    assert "hello" not in repr(file)


def test_an_image_is_cropped_to_the_middle_and_resized() -> None:
    wide = Image.new("RGB", (300, 100), (0, 0, 255))
    wide.paste((255, 0, 0), (100, 0, 200, 100))
    rgb = file_of(wide).rgb((50, 50))
    assert rgb.shape == (50, 50, 3)
    assert rgb.dtype == np.uint8
    assert (rgb[5:45, 5:45] == (255, 0, 0)).all()


def test_an_image_is_turned_upright_and_has_no_alpha() -> None:
    turned = Image.new("RGBA", (20, 10), (1, 2, 3, 255))
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: rotated by 90 degrees
    assert file_of(turned, exif=exif).rgb().shape == (20, 10, 3)


def test_what_is_no_image_or_too_many_pixels_is_refused() -> None:
    with pytest.raises(UploadError, match="not an image"):
        InputFile("id", "a.png", "image/png", 3, "0" * 64, b"abc").rgb()
    with pytest.raises(UploadError, match="5000x4000 pixels are too many"):
        file_of(Image.new("1", (5_000, 4_000))).rgb()
