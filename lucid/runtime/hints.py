"""Give hints for errors of a port: what to publish or declare instead, how to save GPU memory."""

import inspect
from pathlib import Path
from typing import Any

import numpy as np

from lucid._data import data_dir
from lucid.authoring.outputs import VideoOutput

_ORDERS = {
    2: ("HW", "WH"),
    3: ("HWC", "CHW", "WHC", "CWH", "HCW", "WCH"),
    4: ("THWC", "TCHW", "CTHW", "HWCT", "HWTC", "CHWT", "TWHC", "TCWH", "CTWH"),
    5: ("BTHWC", "BTCHW", "BCTHW", "BCTWH", "BTCWH", "BTWHC"),
}
"""Orders of axes that pipelines return, the most common first."""
_NAMES = {"T": "time", "H": "height", "W": "width", "C": "colour"}
_CHANNELS = (3, 4, 1, 2)
EMPTY_CHUNK = "the chunk has no frames: publish only if the step made some"
_CAST = "frame.astype(np.uint8) if its values are 0..255"
_DTYPES = {
    "bool": "publish frame.astype(np.uint8) * 255",
    "uint16": "publish (frame >> 8).astype(np.uint8) if its values are 0..65535",
    "complex": "publish frame.real, if that is the picture",
    "object": "publish an array of numbers: np.stack(frames)",
    "bfloat16": "numpy has no bfloat16: publish frame.astype(np.float32)",
    "float8": "publish frame.to(torch.bfloat16): eight bits are too few for a picture",
}


_OUT_OF_MEMORY = (
    "end other programs that use the GPU, or write the port again with less memory: `lucid new "
    "... --set precision=fp8 --set offload=yes`, or a smaller --variant or picture size; `lucid "
    "inspect` shows what its engine offers"
)


def error_hint(raised: BaseException, model_cls: type) -> str | None:
    """Return the next step after an error of a port's libraries; None if Lucid knows none."""
    if isinstance(raised, ModuleNotFoundError) and raised.name:
        return _install_hint(raised.name, model_cls)
    is_memory = "out of memory" in str(raised).lower() and isinstance(raised, RuntimeError)
    return _OUT_OF_MEMORY if is_memory else None


def _install_hint(module: str, model_cls: type) -> str:
    """Return the command that installs a missing module of the port."""
    parents = Path(inspect.getfile(model_cls)).resolve().parents
    root = next((folder for folder in parents if (folder / "pyproject.toml").is_file()), None)
    if root is None:
        return f"install the package of {module.partition('.')[0]}"
    if root.is_relative_to(data_dir("examples").resolve()):
        return 'run `pip install "lucid-runtime[demo]"`'
    return (
        f"run `lucid sync {root}`. It installs the extra engine of pyproject.toml, which must list "
        f"the package of {module.partition('.')[0]}"
    )


def shape_hint(output: VideoOutput, shape: tuple[int, ...]) -> str:
    """Return a hint for a frame whose shape does not fit the output."""
    if len(shape) in (3, 4, 5) and 0 in shape:
        return EMPTY_CHUNK
    if len(shape) not in _ORDERS:
        axes = "axis" if len(shape) == 1 else "axes"
        return f"it has {len(shape)} {axes}: a frame has 3 axes, a chunk has 4"
    order = _order(shape, output.height, output.width) or _order(shape, None, None)
    if order is None:
        return f"no axis has 3 colour channels: publish RGB as {output.frame_shape}"
    sizes = dict(zip(order, shape, strict=True))
    if "B" in sizes:
        return (
            f"it has a batch axis in front: publish its first item, frames[0]{_then(order, output)}"
        )
    if "C" not in sizes:
        return "the frame has no colour axis: publish RGB, np.stack([frame] * 3, axis=-1)"
    if hint := _order_hint(order, output):
        return hint
    if sizes["C"] == 4:
        return f"the frame has an alpha channel: publish RGB, frame{_slice(order)}"
    if sizes["C"] != 3:
        many = "one channel" if sizes["C"] == 1 else f"{sizes['C']} channels"
        return f"the frame has {many}: publish RGB, which has three"
    return (
        f"declare the size that the port publishes, width={sizes['W']}, height={sizes['H']}: "
        "Lucid does not resize"
    )


def type_hint(sample: Any) -> str | None:
    """Return a hint for a sample that is neither an array nor a tensor."""
    if sample is None:
        return "the step returned nothing"
    if isinstance(sample, list | tuple):
        return _list_hint(sample)
    if isinstance(sample, bytes | bytearray | memoryview):
        return "np.frombuffer(frame, np.uint8).reshape(height, width, 3)"
    if _is_picture(sample):
        return 'np.asarray(image.convert("RGB")), or output_type="np" of the pipeline'
    for name in ("frames", "images", "videos", "sample"):
        if getattr(sample, name, None) is not None:
            return f"it is the result of a pipeline: publish its .{name}, without the batch axis"
    if hasattr(sample, "__array__") or hasattr(sample, "__dlpack__"):
        return "np.asarray(frame), or torch.from_dlpack(frame) to stay on its device"
    if hasattr(sample, "__next__"):
        return "publish each frame by itself: for frame in frames: await ctx.publish(...)"
    return None


def dtype_hint(output: VideoOutput, sample: Any, dtype: str) -> str:
    """Return a hint for an array or tensor whose dtype does not fit the output's pixel range."""
    if dtype.startswith("torch."):
        hint = dtype_hint(output, sample, dtype.removeprefix("torch."))
        return hint.replace(".astype(np.", ".to(torch.")
    name = dtype
    if name == "uint8":
        return 'declare pixel_range="uint8"'
    for start, words in _DTYPES.items():
        if name.startswith(start):
            return words
    if name.startswith("float"):
        return _float_hint(sample)
    if output.pixel_range == "uint8":
        return f"publish {_CAST}"
    return f'declare pixel_range="uint8" and publish {_CAST}'


def _order(shape: tuple[int, ...], height: int | None, width: int | None) -> str | None:
    """Return the likeliest order of axes; with a size, one that has this height and width."""
    if height is None:  # without a size, return only an order that is certain
        usual = [order for order in _ORDERS[len(shape)] if order.endswith(("HWC", "CHW"))]
        return next((order for order in usual if shape[order.find("C")] == 3), None)
    for channels in _CHANNELS if len(shape) > 2 else (None,):
        for order in _ORDERS[len(shape)]:
            sizes = dict(zip(order, shape, strict=True))
            if (sizes["H"], sizes["W"]) == (height, width) and sizes.get("C") == channels:
                return order
    return None


def _order_hint(order: str, output: VideoOutput) -> str | None:
    """Return a hint for axes in another order than the output declares."""
    wanted = ("T" if "T" in order else "") + output.layout
    if order == wanted:
        return None
    if order.replace("T", "", 1) in ("HWC", "CHW") and order.startswith("T") == ("T" in order):
        where = "first" if order.replace("T", "", 1) == "CHW" else "last"
        layout = "CHW" if where == "first" else "HWC"
        return f'channels come {where} in this frame: declare the output with layout="{layout}"'
    axes = ", ".join(str(order.index(axis)) for axis in wanted)
    if "T" in order and not order.startswith("T"):
        return f"time comes first in a chunk: frames.permute({axes}), or np.transpose"
    if order.index("W") < order.index("H"):
        return f"height comes before width: frame.permute({axes}), or np.transpose"
    words = ", ".join(_NAMES[axis] for axis in wanted)
    return f"the axes are {words}: frame.permute({axes}), or np.transpose"


def _then(order: str, output: VideoOutput) -> str:
    """Return a hint for the axes after the batch axis."""
    hint = _order_hint(order.removeprefix("B"), output)
    return f"; then {hint}" if hint else ""


def _slice(order: str) -> str:
    return "[..., :3]" if order.endswith("C") else "[..., :3, :, :]"


def _list_hint(samples: list[Any] | tuple[Any, ...]) -> str:
    if not samples:
        return EMPTY_CHUNK
    first = samples[0]
    if isinstance(first, list | tuple):
        return f"it is a list of lists, a batch: publish its first item; then {type_hint(first)}"
    if _is_picture(first):
        return 'np.stack([np.asarray(f) for f in frames]), or output_type="np" of the pipeline'
    if isinstance(first, np.ndarray):
        return "np.stack(frames)"
    if hasattr(first, "is_floating_point"):
        return "torch.stack(frames)"
    return "np.array(frames, np.uint8)"


def _is_picture(sample: Any) -> bool:
    return any(cls.__module__.startswith("PIL.") for cls in type(sample).__mro__)


def _float_hint(sample: Any) -> str:
    """Return the pixel range that fits the values of a float frame."""
    least, most = float(sample.min()), float(sample.max())
    if most > 2:
        return "its values go up to 255: publish frame.round().clip(0, 255) as uint8"
    return f'declare pixel_range="{"[-1,1]" if least < 0 else "[0,1]"}", which fits its values'
