"""LUC205: a frame's axes visibly come in another order than declared."""

from lucid.check.arrays import looks, made_by
from lucid.check.constants import worth
from lucid.check.outputs import samples
from lucid.check.port import Port
from lucid.check.rule import Findings, rule


@rule(
    "LUC205",
    message='this frame is {layout} and "{name}" is declared {declared}: '
    'write layout="{layout}" in its declaration',
    why="A frame of another shape than declared ends the session with an error; Lucid never "
    "guesses which axis is which.",
)
def frame_layout(port: Port) -> Findings:
    for _, sample, output in samples(port, ("video",)):
        given = output.call.argument("layout")
        declared = worth(port, given) if given else "HWC"
        layout = looks(port, made_by(port, sample)).layout
        if layout and declared in ("HWC", "CHW") and layout != declared:
            yield frame_layout.of(sample, name=output.name, layout=layout, declared=declared)
