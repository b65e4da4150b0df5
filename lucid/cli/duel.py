"""``lucid duel``: play one log of inputs on two ports, and compare them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lucid.cli.printing import echo, echo_json, progress, update_progress, write_report, writing
from lucid.cli.style import json_option
from lucid.errors import CapsuleError, TargetError, needs_extra

if TYPE_CHECKING:
    from lucid.capsule.duel import Report
    from lucid.capsule.schema import Capsule

PORT = "A port's folder or module:Class."
SET = "A field of the config_cls of {0}; can be repeated."


def duel(
    one: Annotated[str, typer.Argument(metavar="A", help=PORT)],
    other: Annotated[str, typer.Argument(metavar="B", help=PORT + " It may be A again.")],
    inputs: Annotated[
        Path, typer.Option(metavar="FILE", help="A .lucid file, or the inputs.ndjson of one.")
    ],
    frames: Annotated[
        int | None,
        typer.Option(
            help="How many frames to play; by default all of the .lucid file.",
            min=1,
            max=2**31 - 1,
        ),
    ] = None,
    set_a: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help=SET.format("A"))
    ] = None,
    set_b: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help=SET.format("B"))
    ] = None,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where to write duel.html and its files.")
    ] = Path("duel"),
    json_output: Annotated[bool, json_option("the report")] = False,
) -> None:
    """Play the same inputs on two ports, one after the other, and compare their frames."""
    from lucid._target import find_port

    with needs_extra("serve", "lucid duel"):
        from lucid.capsule.duel import Side
        from lucid.capsule.duel import duel as play
        from lucid.runtime.stepped_port import SteppedPort

    log = _read(inputs, frames)

    def side(label: str, target: str, pairs: Sequence[str]) -> Side:
        location, settings = find_port(target, Path.cwd()), _settings(pairs)
        load = partial(SteppedPort, location, stub=log.head.port.stub, settings=settings)
        return Side(label, settings, load)

    a, b = side("A", one, set_a or ()), side("B", other, set_b or ())
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
    with progress("Loading A") as status:
        report = play(log, a, b, out / "duel.mp4", lambda text: update_progress(status, text))
    figures = asdict(report)
    write_report(out / "duel.json", json.dumps(figures, indent=2) + "\n")
    page = (files("lucid.capsule") / "duel.html").read_text("utf-8")
    data = json.dumps(figures).replace("<", "\\u003c")  # nothing in it ends the script
    write_report(out / "duel.html", page.replace("REPORT", data))
    if json_output:
        echo_json(figures)
    else:
        _print(report)
    echo(f"Open {out / 'duel.html'} to see both side by side.", err=True)


def _read(path: Path, frames: int | None) -> Capsule:
    from dataclasses import replace

    from lucid.capsule.read import read_played
    from lucid.capsule.schema import Capsule, Head, PlayedPort

    log = read_played(path)
    if not isinstance(log, Capsule):
        if frames is None:
            raise TargetError(
                f"{path} does not say how many frames were played", hint="add --frames 240"
            )
        nobody = PlayedPort(model="", manifest_sha256="0" * 64)
        head = Head(lucid_version="", port=nobody, rng_seed=0, frames=frames)
        return Capsule(head, log, {}, {})
    played = log.head.frames
    if not played or (frames is not None and frames > played):
        raise CapsuleError(f"{path} has {played} frames", hint="choose a longer log")
    return replace(log, head=log.head.model_copy(update={"frames": frames or played}))


def _settings(pairs: Sequence[str]) -> dict[str, str]:
    for pair in pairs:
        if "=" not in pair:
            raise TargetError(f"{pair!r} has no value", hint="write it as NAME=VALUE")
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs)}


def _print(report: Report) -> None:
    columns = [("", "port", "settings", "picture", "step, p50", "step, p95")]
    columns += [
        (
            side.label,
            side.port,
            " ".join(f"{name}={value}" for name, value in side.settings.items()),
            f"{side.width}x{side.height}",
            f"{side.step_p50_ms:.1f} ms",
            f"{side.step_p95_ms:.1f} ms",
        )
        for side in report.sides
    ]
    widths = [max(map(len, column)) for column in columns]
    for cells in zip(*columns, strict=True):
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        echo("  ".join(padded).rstrip())
    for note in report.notes:
        echo(f"Note: {note}.")
    if report.first_difference is None:
        echo(f"All {report.frames} frames are equal bit for bit.")
        return
    worst = min((db, index) for index, db in enumerate(report.psnr_db) if db is not None)
    differing = [db for db in report.psnr_db if db is not None]
    echo(
        f"{len(differing)} of {report.frames} frames differ, the first is frame "
        f"{report.first_difference}. PSNR of these: mean {sum(differing) / len(differing):.1f} dB, "
        f"lowest {worst[0]:.1f} dB (frame {worst[1]})."
    )
