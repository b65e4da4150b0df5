from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lucid import InputFile
from lucid.errors import UploadError


def file_of(image: Image.Image, kind: str = "PNG", **options: Any) -> InputFile:
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


RED, WHITE = (255, 0, 0), (255, 255, 255)
GREY = (128, 128, 128)


def cutout(mode: str) -> Image.Image:
    """Red where it is opaque; a hidden green in the transparent left half."""
    picture = Image.new("RGBA", (20, 10), (0, 255, 0, 0))
    picture.paste((*RED, 255), (10, 0, 20, 10))
    return picture.convert(mode)


def palette_with_a_clear_index() -> Image.Image:
    picture = Image.new("P", (20, 10), 0)
    picture.putpalette([0, 255, 0, 255, 0, 0])
    picture.paste(1, (10, 0, 20, 10))
    return picture


@pytest.mark.parametrize(
    "file",
    [
        file_of(cutout("RGBA")),
        file_of(cutout("RGBA"), "WEBP", lossless=True, exact=True),
        file_of(cutout("RGBA"), "TIFF"),
        file_of(palette_with_a_clear_index(), transparency=0),
        file_of(palette_with_a_clear_index(), transparency=b"\x00\xff"),
        file_of(palette_with_a_clear_index(), "GIF", transparency=0),
        file_of(palette_with_a_clear_index().convert("RGB"), transparency=(0, 255, 0)),
    ],
)
def test_what_is_transparent_is_white(file: InputFile) -> None:
    rgb = file.rgb()
    assert (rgb[:, :10] == WHITE).all()
    assert (rgb[:, 10:] == RED).all()
    assert (file.rgb((10, 10))[:, :4] == WHITE).all()


def test_what_is_half_transparent_is_mixed_with_white() -> None:
    grey = Image.new("LA", (4, 4), (0, 127))
    assert (file_of(grey).rgb() == 128).all()
    assert (file_of(Image.new("RGBA", (4, 4), (255, 0, 0, 127))).rgb() == (255, 128, 128)).all()


def of_16_bits(**options: Any) -> InputFile:
    return file_of(Image.fromarray(np.full((4, 4), 32896, np.uint16)), **options)


def pgm() -> InputFile:
    data = b"P5 2 1 65535 " + np.array([32896, 32896], ">u2").tobytes()
    return InputFile("id", "a.pgm", "image/x-portable-graymap", len(data), "0" * 64, data)


@pytest.mark.parametrize(
    ("file", "colour"),
    [
        (file_of(Image.new("1", (4, 4), 1)), WHITE),
        (file_of(Image.new("L", (4, 4), 128)), GREY),
        (of_16_bits(), GREY),
        (of_16_bits(kind="TIFF"), GREY),
        (of_16_bits(transparency=32896), WHITE),
        (pgm(), GREY),
        (file_of(Image.new("P", (4, 4), 0)), (0, 0, 0)),
        (file_of(Image.new("CMYK", (4, 4), (0, 255, 255, 0)), "JPEG", quality=100), RED),
        (file_of(Image.new("CMYK", (4, 4), (0, 255, 255, 0)), "TIFF"), RED),
        (file_of(Image.new("YCbCr", (4, 4), (76, 85, 255)), "TIFF"), RED),
        (file_of(Image.new("LAB", (4, 4), (137, 128, 128)), "TIFF"), GREY),
        (file_of(Image.new("RGB", (4, 4), RED), "MPO", save_all=True, quality=100,
                 append_images=[Image.new("RGB", (4, 4))]), RED),
        (file_of(Image.new("RGB", (4, 4), RED), "GIF", save_all=True,
                 append_images=[Image.new("RGB", (4, 4))]), RED),
        (file_of(Image.new("RGB", (4, 4), RED), "WEBP", save_all=True, lossless=True,
                 append_images=[Image.new("RGB", (4, 4))]), RED),
    ],
)  # fmt: skip
def test_every_mode_becomes_eight_bits_of_rgb(
    file: InputFile, colour: tuple[int, int, int]
) -> None:
    rgb = file.rgb()
    assert rgb.dtype == np.uint8
    assert rgb.shape[2] == 3
    assert abs(rgb.astype(int) - colour).max() <= 2


def test_a_profile_is_turned_into_srgb() -> None:
    wide = display_p3()
    green = Image.new("RGB", (4, 4), (117, 251, 76))  # sRGB's green, as Display P3 writes it
    assert abs(file_of(green, icc_profile=wide).rgb().astype(int) - (0, 255, 0)).max() <= 6
    clear = Image.new("RGBA", (4, 4), (117, 251, 76, 0))
    assert (file_of(clear, icc_profile=wide).rgb() == WHITE).all()
    for broken in (b"no profile", wide[:200]):
        assert (file_of(green, icc_profile=broken).rgb() == (117, 251, 76)).all()
    grey = Image.new("L", (4, 4), 100)  # whose profile is of another kind of picture
    assert (file_of(grey, icc_profile=wide).rgb() == 100).all()


def display_p3() -> bytes:
    """A small ICC profile: the primaries of Display P3, and a curve that is nearly sRGB's."""

    def fixed(*values: float) -> bytes:
        return b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + fixed(*values)

    curve = b"para\0\0\0\0" + struct.pack(">HH", 3, 0) + fixed(
        2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045
    )  # fmt: skip
    text = b"desc\0\0\0\0" + struct.pack(">I", 3) + b"P3\0" + bytes(4 + 4 + 2 + 1 + 67)
    tags = {
        b"desc": text, b"wtpt": xyz(0.9642, 1.0, 0.8249), b"rTRC": curve, b"gTRC": curve,
        b"bTRC": curve, b"rXYZ": xyz(0.51512, 0.2412, -0.00105),
        b"gXYZ": xyz(0.29198, 0.69225, 0.04189), b"bXYZ": xyz(0.1571, 0.06657, 0.78407),
    }  # fmt: skip
    table, body, start = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    size = struct.pack(">I", start + len(body))
    head = size + bytes(4) + b"\x02\x40\0\0" + b"mntrRGB XYZ " + bytes(12) + b"acsp" + bytes(28)
    head += fixed(0.9642, 1.0, 0.8249)
    return head + bytes(128 - len(head)) + table + body


@pytest.mark.parametrize(("mode", "said"), [("F", "floats"), ("I", "32-bit integers")])
def test_pixels_of_no_known_range_are_refused(mode: str, said: str) -> None:
    with pytest.raises(UploadError, match=f"its pixels are {said}") as caught:
        file_of(Image.new(mode, (4, 4)), "TIFF").rgb()
    assert "PNG" in (caught.value.hint or "")


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "AVIF"])
def test_a_broken_file_is_refused_however_pillow_says_so(kind: str) -> None:
    whole = file_of(Image.effect_noise((40, 30), 80), kind).data
    start = max(whole.find(b"mdat") + 4, 40)  # what an AVIF file has of pixels
    overwritten = whole[:start] + b"\xff" * (len(whole) - start)
    for cut in (whole[: len(whole) // 2], whole[:-60] + bytes(60), overwritten):
        try:
            InputFile("id", "a", "image/png", len(cut), "0" * 64, cut).rgb()
        except UploadError as error:
            assert "not an image that Lucid can read" in error.message


def test_what_is_no_image_or_too_many_pixels_is_refused() -> None:
    with pytest.raises(UploadError, match="not an image"):
        InputFile("id", "a.png", "image/png", 3, "0" * 64, b"abc").rgb()
    with pytest.raises(UploadError, match="5000x4000 pixels are too many"):
        file_of(Image.new("1", (5_000, 4_000))).rgb()
