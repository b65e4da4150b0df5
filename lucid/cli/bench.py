"""``lucid bench``: measure how fast a port is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lucid.cli.printing import check_folder_of, echo, progress, writing
from lucid.cli.style import PlayablePort, json_option


def bench(
    target: PlayablePort = None,
    stub: Annotated[
        bool, typer.Option("--stub", help="Use the stub engine, to measure Lucid's own part.")
    ] = False,
    seconds: Annotated[
        float, typer.Option(help="How long to measure, once the model is loaded.", min=1, max=3600)
    ] = 20.0,
    rng_seed: Annotated[
        int, typer.Option("--seed", help="The rng seed of the rollout.", min=0)
    ] = 0,
    script: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Inputs to send in a loop, as a JSON list of {step, input, args}."
        ),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a plot of the figures as a PNG.")
    ] = None,
    json_output: Annotated[bool, json_option("the figures")] = False,
) -> None:
    """Measure a port's frames per second, step time, action latency and memory."""
    from lucid._target import find_port
    from lucid.conformance.bench import Job, measure, summary

    if plot is not None:
        check_folder_of(plot)
    location = find_port(target, Path.cwd())
    with progress(f"Measuring {location.entry} for {seconds:g} s"):
        found = measure(Job(location, stub, seconds, rng_seed, script))
    if plot is not None:
        from lucid.conformance.plot import plot as draw

        with writing(plot):
            draw(found, plot)
    if json_output:
        echo(found.as_json())
        return
    width = max(map(len, summary(found)))
    for name, figure in summary(found).items():
        echo(f"{name:{width}}  {figure}")
