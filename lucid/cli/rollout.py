"""``lucid rollout``: play a port with a policy, and write a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lucid._text import counted
from lucid.cli.printing import echo, progress
from lucid.cli.style import PlayablePort
from lucid.errors import needs_extra


def rollout(
    frames: Annotated[int, typer.Option(help="How many frames to play in each episode.", min=1)],
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR", help="The dataset's folder. If it exists, episodes are added to it."
        ),
    ],
    target: PlayablePort = None,
    policy: Annotated[
        str,
        typer.Option(
            help="Who plays: random, a .lucid file, an inputs log, or module:function, which gets "
            "(frame, rng) and returns an action."
        ),
    ] = "random",
    episodes: Annotated[int, typer.Option(help="Episodes of the dataset in the end.", min=1)] = 1,
    rng_seed: Annotated[
        int, typer.Option("--seed", help="The rng seed of the first episode.", min=0, max=2**31)
    ] = 0,
) -> None:
    """Play a port and write its frames and actions as a dataset for LeRobot."""
    from lucid._target import find_port

    location = find_port(target, Path.cwd())
    with needs_extra("data", "lucid rollout"):
        from lucid.rollout.dataset import Dataset
        from lucid.rollout.policies import find_policy
        from lucid.runtime.stepped_port import SteppedPort
    from rich.console import Console
    from rich.progress import Progress

    play = find_policy(policy)
    with progress(f"Loading {location.entry}"):
        port = SteppedPort(location)
    with port:
        dataset = Dataset(out, port)
        with Progress(console=Console(stderr=True)) as bar:
            done = bar.add_task("Frames", total=frames * episodes)
            for episode in range(dataset.episodes, episodes):
                bar.update(done, completed=frames * episode)
                dataset.add(play(port, rng_seed + episode), frames, lambda: bar.advance(done))
            bar.update(done, completed=frames * episodes)
    sizes = counted(dataset.episodes, "episode"), counted(dataset.frames, "frame")
    echo(f"{out} has {' with '.join(sizes)}.", err=True)
