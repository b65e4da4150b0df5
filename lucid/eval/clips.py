"""Clips: recorded inputs, and the frames that were seen then."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from lucid.authoring.pictures import decode
from lucid.capsule.read import read_capsule, read_played
from lucid.capsule.schema import Capsule
from lucid.errors import CapsuleError, DatasetError, reason
from lucid.media.movie import frames_of
from lucid.rollout.dataset import CAPSULES, INFO, video_of
from lucid.rollout.policies import head_of
from lucid.runtime.stepped_port import SteppedPort


@dataclass(frozen=True)
class Clip:
    """A recorded rollout."""

    capsule: Capsule
    frames: Callable[[], Iterator[np.ndarray | None]]
    """Yields its frames, (H, W, 3) uint8 RGB; None for a frame that was not saved."""


def read_clips(path: Path, port: SteppedPort) -> list[Clip]:
    """Read a ``.lucid`` file, an inputs log with its MP4, or the folder of a dataset.

    Raises:
        CapsuleError: the file cannot be read.
        DatasetError: the folder is no dataset of ``lucid rollout``, or a video is missing.
    """
    if path.is_dir():
        return _of_dataset(path)
    if not path.exists():
        raise CapsuleError(
            f"{path} does not exist",
            hint="pass a .lucid file, an .ndjson file with its .mp4, or the folder of a dataset",
        )
    played = read_played(path)
    if isinstance(played, Capsule):
        return [Clip(played, partial(_saved, played))]
    video = path.with_suffix(".mp4")
    count = sum(1 for _ in frames_of(video))
    return [Clip(Capsule(head_of(port, 0, count), played, {}, {}), partial(frames_of, video))]


def _of_dataset(folder: Path) -> list[Clip]:
    try:
        info = json.loads((folder / INFO).read_text("utf-8"))
        episodes = range(int(info["total_episodes"]))
        videos = [folder / video_of(episode) for episode in episodes]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise DatasetError(
            f"{folder} is no dataset of `lucid rollout`: {reason(error)}",
            hint="name another folder",
        ) from None
    return [
        Clip(read_capsule(folder / CAPSULES.format(episode)), partial(frames_of, videos[episode]))
        for episode in episodes
    ]


def _saved(capsule: Capsule) -> Iterator[np.ndarray | None]:
    for index in range(capsule.head.frames):
        saved = capsule.frames.get(index)
        yield None if saved is None else np.asarray(decode(f"frames/{index:08}.png", saved))
