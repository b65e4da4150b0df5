"""Train the labyrinth's networks: `python -m labyrinth.train`.

First train the autoencoder, on places in two looks each. Then train the world model, on episodes in
its latents. Each training writes checkpoints and metrics to FOLDER, and resumes from a checkpoint.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated

import torch
import typer
from safetensors.torch import save_file

from labyrinth.fit import Schedule, fit
from labyrinth.looks import LOOKS
from labyrinth.model import WEIGHTS, WorldModel
from labyrinth.train_autoencoder import Autoencoder, AutoencoderData
from labyrinth.train_world import Sight, WorldCheck, WorldData


@dataclass(frozen=True)
class Config:
    """The settings of a training."""

    seed: int = 0
    pair_mazes: int = 512  # mazes for the autoencoder
    pair_places: int = 8  # places per maze, each in two looks
    mazes: int = 512  # mazes for the world model, with one episode each
    frames: int = 48  # frames per episode
    checked: int = 16  # held-out mazes for the metrics
    autoencoder: Schedule = field(default_factory=lambda: Schedule(6000, 16, 1.5e-3))
    world: Schedule = field(default_factory=lambda: Schedule(2600, 64, 1e-3, decay=600 / 2600))


def train(config: Config, folder: Path, device: str, save: int) -> WorldModel:
    """Train and return all networks; write checkpoints, metrics and data to `folder`."""
    torch.manual_seed(config.seed)
    pairs = AutoencoderData(
        folder, config.seed, config.pair_mazes, config.pair_places, config.checked, device
    )
    both = fit(
        "autoencoder", Autoencoder(), lambda net: pairs.loss(net, config.autoencoder.batch),
        pairs.measure, config.autoencoder, folder=folder, device=device, save=save,
    )  # fmt: skip
    world = WorldData.drawn(both.encoder, folder, config.seed, config.mazes, config.frames)
    check = WorldCheck(both.encoder, both.decoder, config.checked)
    sight = fit(
        "world", Sight(),
        lambda net: world.loss(net, config.world.batch),
        check.measure, config.world, folder=folder, device=device, save=save,
    )  # fmt: skip
    model = WorldModel(len(LOOKS))
    for name, net in (("encoder", both.encoder), ("decoder", both.decoder),
                      ("feet", sight.feet), ("eyes", sight.eyes)):  # fmt: skip
        getattr(model, name).load_state_dict(net.state_dict())
    return model


def main(
    folder: Annotated[Path, typer.Option(help="Data, checkpoints and metrics.")] = Path("build"),
    out: Annotated[Path, typer.Option(help="File for the weights.")] = WEIGHTS,
    save: Annotated[int, typer.Option(help="Steps between checkpoints.")] = 400,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    seed: Annotated[int, typer.Option(help="Seed of the data, the weights and the noise.")] = 0,
) -> None:
    """Train the networks, or resume from the checkpoints in FOLDER, and write the weights."""
    config = Config(seed=seed)
    model = train(config, folder, device, save)
    weights = {name: value.half().cpu().contiguous() for name, value in model.state_dict().items()}
    save_file(weights, out, metadata={"config": json.dumps(asdict(config))})
    print(f"{out}: {out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    typer.run(main)
