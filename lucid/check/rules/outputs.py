"""Rules about the declaration of outputs, and about what is published to them."""

import difflib

import libcst as cst

from lucid.check.arrays import looks, made_by
from lucid.check.constants import worth
from lucid.check.module import Module, Value
from lucid.check.nodes import below, dotted, is_literal, literal
from lucid.check.outputs import is_declaration, output_calls, published, samples, session_outputs
from lucid.check.port import Port
from lucid.check.rule import Findings, fixed, rule


@rule(
    "LUC201",
    message="{model} declares no tuple of outputs: write "
    '`outputs = (publish.video(name="main_video", width=640, height=360),)` in its body',
    why="The page shows the outputs that the port declares. Without outputs the port does not "
    "start.",
)
def no_outputs(port: Port) -> Findings:
    for model in port.served_models:
        outputs = port.attribute(model, "outputs")
        if port.lacks(model, "outputs") or (outputs and port.elements(outputs) == []):
            yield no_outputs.of(model, model=model.name)
        elif outputs and is_declaration(port, outputs):  # the comma of a tuple is missing
            yield no_outputs.of(outputs, model=model.name)


@rule(
    "LUC202",
    message='"{name}" is published but not declared: write one of {declared}, or add it to the '
    "outputs of the model",
    why="Publishing it raises an error, which ends the player's session.",
)
def undeclared_output(port: Port) -> Findings:
    outputs = session_outputs(port)
    for found in published(port):
        declared = outputs.get(found.call.inside) if found.call.inside else None
        name = worth(port, found.name)
        names = sorted({output.name for output in declared or ()})
        if names and isinstance(name, str) and name not in names:
            near = names if len(names) == 1 else difflib.get_close_matches(name, names, n=1)
            fix = None
            if near and is_literal(found.name.node):
                edit = found.module.replace(found.name.node, cst.parse_expression(f'"{near[0]}"'))
                fix = fixed(f'Publish to "{near[0]}"', edit, is_safe=False)
            shown = ", ".join(f'"{known}"' for known in names)
            yield undeclared_output.of(found.name, fix, name=name, declared=shown)


@rule(
    "LUC203",
    message='nothing publishes to "{name}": publish to it in `run`, or remove it',
    why="The page makes a place for the output, and the place stays empty.",
)
def never_published(port: Port) -> Findings:
    names: set[str] = set()
    for found in published(port):
        name = worth(port, found.name)
        if not isinstance(name, str):
            return
        names.add(name)
    if not names or any(map(_gives_context_away, port.modules.values())):
        return
    declared = session_outputs(port)
    if names - {output.name for outputs in declared.values() for output in outputs}:
        return  # LUC202 reports a wrong name
    for session, outputs in declared.items():
        for output in outputs if port.lineage(session).is_known else ():
            if output.name not in names:
                yield never_published.of(output.call.value, name=output.name)


def _gives_context_away(module: Module) -> bool:
    """Return whether ``self.ctx`` is used as a value, so that other code may publish."""
    used = sum(dotted(node) == "self.ctx" for node, _ in module.attributes)
    members = sum(dotted(node.value) == "self.ctx" for node, _ in module.attributes)
    return used > members or any(literal(text) == "ctx" for text in module.strings)


_VIDEO_CHOICES = {"layout": ("HWC", "CHW"), "pixel_range": ("uint8", "[0,1]", "[-1,1]")}


@rule(
    "LUC204",
    message="a video output has {name}={value}: write {must}",
    why="A port that declares a video which cannot be sent does not start. Width and height must "
    "be even, because video codecs halve the colour planes.",
)
def video_size(port: Port) -> Findings:
    for model in port.served_models:
        for call in output_calls(port, model):
            if call.name != "lucid.publish.video":
                continue
            for name in ("width", "height", "fps", *_VIDEO_CHOICES):
                given = call.argument(name)
                value = worth(port, given)
                must = None if value is None else _video_problem(name, value)
                if given and must:
                    yield video_size.of(given, name=name, value=repr(value), must=must)


def _video_problem(name: str, value: str | int | float) -> str | None:
    if name in _VIDEO_CHOICES:
        choices = _VIDEO_CHOICES[name]
        return None if value in choices else f"one of {', '.join(map(repr, choices))}"
    if name == "fps":
        is_right = isinstance(value, int | float) and 0 < value <= 240
        return None if is_right else "a number above 0 and at most 240, or leave it out"
    is_right = type(value) is int and value >= 16 and value % 2 == 0
    return None if is_right else "an even number of at least 16, and pad or crop the frame"


@rule(
    "LUC205",
    message='this frame is {layout} and "{name}" is declared {declared}: '
    'write layout="{layout}" in its declaration',
    why="A frame with another shape than declared ends the session with an error. Lucid never "
    "guesses which axis is which.",
)
def frame_layout(port: Port) -> Findings:
    for _, sample, output in samples(port, ("video",)):
        given = output.call.argument("layout")
        declared = worth(port, given) if given else "HWC"
        layout = looks(port, made_by(port, sample)).layout
        if layout and declared in ("HWC", "CHW") and layout != declared:
            yield frame_layout.of(sample, name=output.name, layout=layout, declared=declared)


@rule(
    "LUC206",
    message='this frame holds {numbers} numbers and "{name}" is declared {declared}: '
    "write pixel_range={write} in its declaration, or convert the frame",
    why="A frame of another type than declared ends the session with an error. A guess would show "
    "black or noise.",
)
def frame_range(port: Port) -> Findings:
    for _, sample, output in samples(port, ("video",)):
        given = output.call.argument("pixel_range")
        declared = worth(port, given) if given else "uint8"
        numbers = looks(port, made_by(port, sample)).numbers
        is_right = numbers is None or (numbers == "uint8") == (declared == "uint8")
        if isinstance(declared, str) and not is_right and numbers != "other":
            write = '"[0,1]" or "[-1,1]"' if numbers == "float" else '"uint8"'
            yield frame_range.of(
                sample, name=output.name, numbers=str(numbers), declared=declared, write=write
            )


@rule(
    "LUC207",
    message='this sample for "{name}" is on the GPU: write `.cpu()` before it becomes an array, '
    "JSON or bytes",
    why="A tensor on the GPU is not an array: the first frame ends the session with an error.",
)
def gpu_sample(port: Port) -> Findings:
    for found, sample, output in samples(port, ("video", "audio", "json", "bytes")):
        made = made_by(port, sample)
        array = _tensor_on_gpu(port, made)
        if array:
            copied = cst.Call(cst.Attribute(array, cst.Name("cpu")))
            fix = fixed("Copy it to memory first", made.module.replace(array, copied), is_safe=True)
            same_file = fix if made.module is found.module else None
            yield gpu_sample.of(sample, same_file, name=output.name)
        elif output.kind in ("json", "bytes") and looks(port, made).device == "cuda":
            yield gpu_sample.of(sample, name=output.name)


def _tensor_on_gpu(port: Port, value: Value) -> cst.BaseExpression | None:
    """Return the CUDA tensor on which an expression calls ``.numpy()``."""
    for node in below(value.node):
        match node:
            case cst.Call(func=cst.Attribute(value=array, attr=cst.Name("numpy"))):
                if looks(port, value.part(array)).device == "cuda":
                    return array
    return None


@rule(
    "LUC208",
    message='two outputs are named "{name}": rename one of them',
    why="Each name must belong to one output. Otherwise the port does not start.",
)
def duplicate_output(port: Port) -> Findings:
    for model in port.served_models:
        seen: set[str] = set()
        for call in output_calls(port, model):
            given = call.argument("name")
            name = worth(port, given)
            if given and isinstance(name, str):
                if name in seen:
                    yield duplicate_output.of(given, name=name)
                seen.add(name)


_AUDIO_CHOICES = {
    "sample_rate_hz": (8_000, 16_000, 24_000, 32_000, 44_100, 48_000),
    "channels": (1, 2),
}


@rule(
    "LUC209",
    message="{name} is {value}: write one of {choices}",
    why="Sound in this format cannot be sent, so the port does not start.",
)
def audio_format(port: Port) -> Findings:
    for model in port.served_models:
        for call in output_calls(port, model):
            for name, allowed in (
                _AUDIO_CHOICES.items() if call.name == "lucid.publish.audio" else ()
            ):
                given = call.argument(name)
                value = worth(port, given)
                if given and value is not None and value not in allowed:
                    choices = ", ".join(map(str, allowed))
                    yield audio_format.of(given, name=name, value=repr(value), choices=choices)
