"""Compare the committed weights with the teacher: `python -m landscape.evaluate`.

All countries are held out from training. Figures are printed as JSON. Pictures are 160x90, drawn
by the same camera from the teacher's map of the place and from the dreamt one.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from rich.progress import track
from torch import Tensor

from landscape.camera import Camera, draw, sky, surface
from landscape.data import HELD_OUT, start
from landscape.engine import RUN, WALK
from landscape.looks import LOOK_NAMES, LOOKS
from landscape.model import WEIGHTS, Dreamer, Play, load
from landscape.teacher import survey
from lucid.media.measures import (  # lucid: noqa[LUC902] this world ships with Lucid
    picture_sheet,
    psnr_db,
    sharpness,
    statistics,
)

SIZE = 160, 90
LOOKED_AT = 5  # every LOOKED_AT-th frame of a long play is examined
SHOWN = (1, 10, 30, 100, 200, 300, 500, 1000)
_SKIES = {name: sky(look) for name, (_, look) in LOOKS.items()}


def picture(land: Tensor, look: str, camera: Camera) -> Tensor:
    """Return a picture (height, width, 3) from 0 to 1."""
    numbers = LOOKS[look][1]
    return draw(surface(land, numbers), _SKIES[look], numbers, camera, *SIZE, squeeze=1) / 255


def truth(seed: int, place: tuple[float, float], look: str, heading: float) -> Tensor:
    """Return the teacher's picture."""
    land = torch.from_numpy(survey(*place, seed))
    return picture(land, look, Camera(heading=heading, origin=place))


class TeacherPlay(Play):
    """A play on the teacher's maps of a country instead of dreamt ones."""

    def __init__(self, place: tuple[float, float], seed: int) -> None:
        self._seed = seed
        super().__init__(Dreamer(), torch.from_numpy(survey(*place, seed)), place)

    def _dream(self, temperature: float) -> None:
        self.land, self.origin = torch.from_numpy(survey(*self.place, self._seed)), self.place
        self.dreamt += 1


class Walker:
    """A play in a held-out country, with a look and a heading.

    Without a network, it is a play on the teacher's maps.
    """

    def __init__(self, net: Dreamer | None, number: int) -> None:
        self.seed, self.look = HELD_OUT + number, LOOK_NAMES[number % len(LOOK_NAMES)]
        self.random = np.random.default_rng([self.seed, 5])
        place = start(self.seed, self.random)
        self.play: Play = TeacherPlay(place, self.seed)
        if net is not None:
            self.play = Play(net, self.play.land, place, number)
        self.heading = float(self.random.uniform(0, 2 * math.pi))

    def walk(self, pace: float) -> float:
        """Walk ahead by one frame; return the distance walked."""
        before = self.play.place
        self.play.step((pace * math.cos(self.heading), pace * math.sin(self.heading)))
        return math.dist(before, self.play.place)

    def wander(self) -> None:
        """Walk on as a player who explores: in gentle curves, and away from obstacles."""
        self.heading += float(self.random.normal(0, 0.04))
        if self.walk(RUN if self.play.dreamt % 40 < 12 else WALK) < 0.3 * WALK:
            self.heading += float(self.random.uniform(0.8, 2) * self.random.choice((-1, 1)))

    def see(self) -> Tensor:
        x, y = self.play.here
        return picture(
            self.play.land, self.look, Camera(x, y, self.heading, origin=self.play.origin)
        )

    def should_see(self) -> Tensor:
        return truth(self.seed, self.play.place, self.look, self.heading)


def decibels(a: Tensor, b: Tensor) -> float:
    """Return the peak signal-to-noise ratio of the pooled error."""
    return round(psnr_db(a.numpy(), b.numpy(), peak=1), 2)


def ahead(net: Dreamer, out: Path, count: int) -> dict[str, Any]:
    """Measure walks ahead against the teacher's pictures of the same places."""
    walkers = [Walker(net, 1000 + n) for n in range(count)]
    first = torch.stack([walker.see() for walker in walkers])
    results: dict[str, Any] = {}
    ratios, rows = [], [first]
    for step in track(range(1, 65), "walks"):
        for walker in walkers:
            walker.walk(WALK)
        if step in (1, 8, 16, 32, 64):
            seen = torch.stack([walker.see() for walker in walkers])
            true = torch.stack([walker.should_see() for walker in walkers])
            results[f"step {step}"] = {
                "psnr_db": decibels(seen, true), "still_picture_db": decibels(first, true)
            }  # fmt: skip
            ratios.append(sharpness(seen.numpy()).mean() / sharpness(true.numpy()).mean())
            rows += [true, seen]
    results["sharpness_ratio_steps_1_to_64"] = round(float(np.mean(ratios)), 3)
    sheet(out / "ahead.png", [[row[n] for row in rows] for n in range(min(8, count))])
    return results


def distances(net: Dreamer, count: int) -> dict[str, float]:
    """Compare the distance of walks of 8 m with that of walks on the teacher's maps."""
    errors = []
    for n in track(range(count), "distances"):
        walked, due = (
            sum(walker.walk(WALK) for _ in range(40))
            for walker in (Walker(net, 2000 + n), Walker(None, 2000 + n))
        )
        errors.append(abs(walked - due) / (40 * WALK))
    return {"mean_error": round(float(np.mean(errors)), 3)}


def returning(net: Dreamer, count: int) -> dict[str, float]:
    """Measure walks over 20 m and back; the comparison is a view of another place in the look."""
    first, back, others = [], [], []
    for n in track(range(count), "returning"):
        walker, other = Walker(net, 3000 + n), Walker(net, 3000 + n + len(LOOK_NAMES))
        heading, begin = walker.heading, walker.play.place
        first.append(walker.see())
        others.append(other.see())
        for _ in range(100):
            walker.walk(WALK)
        for _ in range(160):
            x, y = begin[0] - walker.play.place[0], begin[1] - walker.play.place[1]
            if math.hypot(x, y) < WALK:
                break
            walker.heading = math.atan2(y, x)
            walker.walk(WALK)
        walker.heading = heading
        back.append(walker.see())
    start_views = torch.stack(first)
    return {
        "back_db": decibels(torch.stack(back), start_views),
        "unrelated_db": decibels(torch.stack(others), start_views),
    }


def ranges(frames: int, count: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the minimum and the maximum statistics of plays on the teacher's maps in each look.

    A tenth of the difference is added on both sides.
    """
    found: dict[str, list[np.ndarray]] = {name: [] for name in LOOK_NAMES}
    for n in track(range(count), "the teacher's range"):
        walker = Walker(None, 9000 + n)
        for frame in range(frames):
            if frame % LOOKED_AT == 0:
                for walker.look in LOOK_NAMES:
                    found[walker.look].append(statistics(walker.see().numpy()))
            walker.wander()
    results = {}
    for name, figures in found.items():
        low, high = np.min(figures, 0), np.max(figures, 0)
        results[name] = low - 0.1 * (high - low), high + 0.1 * (high - low)
    return results


def plain(seen: Tensor) -> float:
    """Return the share of the most common color, with 32 levels per channel."""
    levels = (seen * 255).long() // 8
    codes = (levels[..., 0] * 32 + levels[..., 1]) * 32 + levels[..., 2]
    return float(codes.flatten().bincount().max() / codes.numel())


def stability(net: Dreamer, out: Path, frames: int, count: int) -> dict[str, Any]:
    """Measure how long sharpness and colors stay in the teacher's range in long plays."""
    walkers = [Walker(net, 4000 + n) for n in range(count)]
    limits = ranges(frames // 4, count)
    inside, one_color, rows = [], [], []
    for frame in track(range(1, frames + 1), "playing"):
        for walker in walkers:
            walker.wander()
        if frame % LOOKED_AT and frame not in SHOWN:
            continue
        seen = [walker.see() for walker in walkers]
        if frame in SHOWN:
            rows.append(seen[:12])
        good = []
        for walker, one in zip(walkers, seen, strict=True):
            low, high = limits[walker.look]
            figures = statistics(one.numpy())
            good.append(bool(((figures >= low) & (figures <= high)).all()))
        inside.append(good)
        one_color += [plain(one) > 0.6 for one in seen]
    sheet(out / "stability.png", [list(row) for row in zip(*rows, strict=True)])
    shares = np.mean(inside, 0)
    return {
        "plays": count,
        "frames": frames,
        "share_of_frames_in_the_teachers_range": round(float(shares.mean()), 4),
        "worst_play": round(float(shares.min()), 4),
        "share_of_frames_mostly_in_one_color": round(float(np.mean(one_color)), 4),
    }


def sheet(path: Path, rows: list[list[Tensor]]) -> None:
    """Write rows of pictures as one image file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture_sheet([[(one * 255).byte().numpy() for one in row] for row in rows]))


@torch.no_grad()
def main(
    out: Annotated[Path, typer.Option(help="Folder of the sheets.")] = Path("build/sheets"),
    frames: Annotated[int, typer.Option(help="Frames of the long plays.")] = 1000,
    plays: Annotated[int, typer.Option(help="Number of plays of each kind.")] = 20,
    weights: Annotated[Path, typer.Option(help="File of the weights.")] = WEIGHTS,
) -> None:
    """Print the figures as JSON and write the picture sheets."""
    torch.set_num_threads(1)
    net = load(weights)
    print(json.dumps({
        "ahead": ahead(net, out, plays),
        "distances": distances(net, plays),
        "returning": returning(net, plays),
        "stability": stability(net, out, frames, plays),
    }, indent=2))  # fmt: skip


if __name__ == "__main__":
    typer.run(main)
