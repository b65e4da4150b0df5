"""LUC206: a frame's numbers are visibly of another kind than declared."""

from lucid.check.arrays import looks, made_by
from lucid.check.constants import worth
from lucid.check.outputs import samples
from lucid.check.port import Port
from lucid.check.rule import Findings, rule


@rule(
    "LUC206",
    message='this frame holds {numbers} numbers and "{name}" is declared {declared}: '
    "write pixel_range={write} in its declaration, or convert the frame",
    why="A frame of another kind than declared ends the session with an error; a guess would show "
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
                sample,
                name=output.name,
                numbers=str(numbers),
                declared=declared,
                write=write,
            )
