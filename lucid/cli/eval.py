"""``lucid eval``: measure what a port makes of recorded inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lucid.cli.printing import echo, echo_json, progress, writing
from lucid.cli.style import PlayablePort, json_option
from lucid.errors import needs_extra


def evaluate(
    clip: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="A .lucid file, an inputs log with an .mp4 beside it, or a dataset of "
            "`lucid rollout`.",
        ),
    ],
    target: PlayablePort = None,
    sheet: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write frames side by side as a PNG.")
    ] = None,
    lpips_weights: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also measure LPIPS, with these AlexNet weights."),
    ] = None,
    json_output: Annotated[bool, json_option("the figures")] = False,
) -> None:
    """Play recorded inputs again, and compare the frames with the recorded ones."""
    from lucid._target import find_port

    location = find_port(target, Path.cwd())
    with needs_extra("data", "lucid eval"):
        from lucid.capsule.port import differences
        from lucid.eval.clips import read_clips
        from lucid.eval.evaluate import Evaluation
        from lucid.eval.perceptual import lpips_distance
        from lucid.rollout.policies import head_of
        from lucid.runtime.stepped_port import SteppedPort
    from rich.console import Console
    from rich.progress import Progress

    distance = None if lpips_weights is None else lpips_distance(lpips_weights)
    with progress(f"Loading {location.entry}"):
        port = SteppedPort(location)
    with port, Progress(console=Console(stderr=True)) as bar:
        clips = read_clips(clip, port)
        for found in differences(clips[0].capsule.head.port, head_of(port, None, 0).port):
            echo(f"This is not the port that was recorded: {found}.", err=True)
        evaluation = Evaluation(port, distance)
        done = bar.add_task("Frames", total=2 * sum(each.capsule.head.frames for each in clips))
        for each in clips:
            evaluation.add(each, lambda: bar.advance(done))
    if sheet is not None:
        with writing(sheet):
            sheet.write_bytes(evaluation.sheet())
    if json_output:
        echo_json(evaluation.figures())
        return
    for name, value in evaluation.figures().items():
        parts = value.items() if isinstance(value, dict) else [("", value)]
        for part, number in parts:
            echo(f"{f'{name} {part}'.replace('_', ' '):44} {_text(number)}")


def _text(value: object) -> str:
    if isinstance(value, list):
        return " ".join(f"{number:8.2f}" for number in value)
    return "-" if value is None else f"{value:8}"
