"""Decode uploaded pictures of any mode, depth, colour profile and orientation to 8-bit sRGB."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lucid.errors import UploadError

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

MAX_IMAGE_PIXELS = 16_000_000
"""Fewer for formats whose decoders take more memory."""
_STRIP_PIXELS = 1_000_000
"""Pictures are converted in strips of at most so many pixels, to save memory."""
BACKGROUND = (255, 255, 255)
"""The colour behind transparent pixels, here and in the page: white, as browsers show them."""
_SIXTEEN_BITS = ("I;16", "I;16L", "I;16B", "I;16N")
_NO_RANGE = {"I": "32-bit integers", "F": "floats"}
_CHANNELS = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK", "LAB": "Lab"}
"""The colour space of a usable ICC profile, by Pillow's image mode."""
UNREADABLE = (
    OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, EOFError,
    RuntimeError, AttributeError, struct.error,
)  # fmt: skip
"""What Pillow's readers raise on broken or malicious files."""


def open_picture(name: str, data: bytes | bytearray) -> Image:
    """Read the header of a picture; its pixels are read later.

    Raises:
        UploadError: the bytes are not an image, or it has more than 16 million pixels (8 million
            for WebP, 10 million for a progressive JPEG).
    """
    from PIL import Image

    try:
        picture = Image.open(io.BytesIO(data))
    except (*UNREADABLE, Image.DecompressionBombError) as error:
        raise _unreadable(name, error) from error
    limit = MAX_IMAGE_PIXELS * 8 // _decoding_bytes(picture)
    if picture.width * picture.height > limit:
        raise UploadError(
            f"{name}: {picture.width}x{picture.height} pixels are too many",
            hint=f"send at most {limit // 1_000_000} million pixels",
        )
    return picture


def decode(name: str, data: bytes) -> Image:
    """Return the first frame upright, as 8-bit sRGB, with white behind transparent pixels.

    Raises:
        UploadError: the bytes are not an image, or it is too large, or its pixels are floats or
            32-bit integers.
    """
    from PIL import ImageOps

    upright = _decode_in_strips(name, data)
    ImageOps.exif_transpose(upright, in_place=True)
    return upright


def _decoding_bytes(picture: Image) -> int:
    """Return how much memory each pixel takes while a picture is decoded and converted."""
    if picture.format == "WEBP":
        return 16  # libwebp keeps two more frames, and Pillow copies one
    if picture.format in ("JPEG", "MPO") and picture.info.get("progressive"):
        return max(8, 4 + 2 * len(picture.getbands()))  # the coefficients of all bands
    return 8


def _decode_in_strips(name: str, data: bytes) -> Image:
    """Return the first frame as ``decode`` does, but not upright yet."""
    from PIL import Image

    with open_picture(name, data) as picture:
        if picture.mode in _NO_RANGE and not _is_sixteen_bits(picture):
            raise UploadError(
                f"{name}: its pixels are {_NO_RANGE[picture.mode]}, and their range is unknown",
                hint="save it as a PNG, JPEG or WebP file",
            )
        try:
            picture.load()
            whole = Image.new("RGB", picture.size)
            whole.info = picture.info  # it may say how to turn the picture
            for top, strip in _strips(picture):
                whole.paste(_on_background(_to_srgb(*_split(strip))), (0, top))
            return whole
        except (*UNREADABLE, Image.DecompressionBombError) as error:
            raise _unreadable(name, error) from error


def as_array(picture: Image) -> np.ndarray:
    """Return an RGB picture as (H, W, 3) uint8; it takes no further memory meanwhile."""
    import numpy as np

    pixels = np.empty((picture.height, picture.width, 3), np.uint8)
    for top, strip in _strips(picture):
        pixels[top : top + strip.height] = np.asarray(strip)
    return pixels


def _strips(picture: Image) -> Iterator[tuple[int, Image]]:
    """Cut a picture into strips, each with its first row."""
    rows = max(1, _STRIP_PIXELS // picture.width)
    for top in range(0, picture.height, rows):
        yield top, picture.crop((0, top, picture.width, min(top + rows, picture.height)))


def as_png(rgb: np.ndarray) -> bytes:
    """Return a picture, (H, W, 3) uint8 RGB, as a PNG file."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "PNG")
    return file.getvalue()


def _split(picture: Image) -> tuple[Image, Image | None]:
    """Return the colours, in a mode that can have a profile, and the alpha channel (mode L).

    The alpha channel is None for an opaque picture.
    """
    if picture.mode in (*_SIXTEEN_BITS, "I"):
        return _eight_bits(picture)
    if picture.mode in ("La", "RGBa"):  # Pillow cannot convert these to every mode directly
        profile = picture.info.get("icc_profile")
        picture = picture.convert("LA" if picture.mode == "La" else "RGBA")
        picture.info["icc_profile"] = profile
    if picture.has_transparency_data:
        grey = picture.mode in ("L", "LA")
        rgba = picture.convert("RGBA")
        colours = rgba.convert("RGB").getchannel(0) if grey else rgba.convert("RGB")
        return _with_profile(colours, picture), rgba.getchannel("A")
    if picture.mode in _CHANNELS:
        return picture, None
    mode = "L" if picture.mode == "1" else "RGB"
    return _with_profile(picture.convert(mode), picture), None


def _eight_bits(picture: Image) -> tuple[Image, Image | None]:
    """Convert 16-bit grey to 8-bit; a PNG may declare one of its values transparent."""
    import numpy as np
    from PIL import Image

    values = np.asarray(picture).astype(np.uint32)
    grey = Image.fromarray(((values * 255 + 32767) // 65535).astype(np.uint8))
    clear = picture.info.get("transparency")
    alpha = None
    if isinstance(clear, int):
        alpha = Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8))
    return _with_profile(grey, picture), alpha


def _to_srgb(picture: Image, alpha: Image | None) -> Image:
    """Convert to RGB or RGBA in sRGB, through the picture's own profile if it is usable."""
    from PIL import ImageCms

    data = picture.info.get("icc_profile")
    srgb = ImageCms.createProfile("sRGB")
    profile = None
    if picture.mode == "LAB":
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    elif data:
        try:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(data))
        except (OSError, ImageCms.PyCMSError):
            profile = None  # browsers ignore a broken profile too
    rgb = None
    if profile and profile.profile.xcolor_space.strip() == _CHANNELS[picture.mode]:
        try:
            rgb = ImageCms.profileToProfile(picture, profile, srgb, outputMode="RGB")
        except ImageCms.PyCMSError:
            rgb = None
    rgb = rgb or picture.convert("RGB")
    if alpha:
        rgb.putalpha(alpha)
    return rgb


def _on_background(picture: Image) -> Image:
    from PIL import Image

    if picture.mode == "RGB":
        return picture
    behind = Image.new("RGBA", picture.size, (*BACKGROUND, 255))
    return Image.alpha_composite(behind, picture).convert("RGB")


def _with_profile(picture: Image, source: Image) -> Image:
    if profile := source.info.get("icc_profile"):
        picture.info["icc_profile"] = profile
    return picture


def _is_sixteen_bits(picture: Image) -> bool:
    """Return whether a picture of mode ``I`` has values in 0..65535, as from a PNG or PGM file."""
    return picture.mode == "I" and picture.format in ("PNG", "PPM")


def _unreadable(name: str, error: Exception) -> UploadError:
    why = "" if "BytesIO" in str(error) else f" ({error})"
    return UploadError(
        f"{name}: not an image that Lucid can read{why}", hint="send a PNG, JPEG or WebP file"
    )
