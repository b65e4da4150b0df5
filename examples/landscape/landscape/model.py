"""The world model: dreams the map of the land around a player who walks.

A map (polar.py) is first moved to the new position, which is geometry. `Dreamer` then draws what
changed: what comes into sight, and the details of what comes near. It treats all directions alike.
It is trained with an energy score, so one pass already samples a sharp map instead of the blurred
mean of all possible ones (De Bortoli et al. 2025, arXiv:2502.02483).
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from lucid import WeightsError, read_weights

from .polar import BINS, CHANNELS, HIGHEST, LOWEST, allowed, moved

WEIGHTS = Path(__file__).with_name("weights.safetensors")
PATCH = 4  # columns and bins of a token
NOISE = 4  # channels of noise
STRIDE = 7.0  # meters that a player walks on a map before the next one is dreamt
APART = 3.0  # minimum distance in meters between the positions of stored maps
REMEMBERED = 6.0  # maximum distance in meters of a stored map that is used
AGE = 3  # minimum age of a stored map that is used, in maps
MOST = 300  # maximum number of stored maps: 100 MB
EVER = 2 * MOST  # maximum number of maps to which a walk can go back
SCALES = torch.tensor([0.04, 0.05, 0.12, 0.1, 0.3])[:, None, None]  # of errors, by channel


def _around(x: Tensor) -> Tensor:
    """Pad a ring of tokens (batch, channels, columns, bins) by one on each side."""
    x = torch.cat([x[:, :, -1:], x, x[:, :, :1]], 2)
    return functional.pad(x, (1, 1, 0, 0), "replicate")


def _silence(layer: nn.Module) -> None:
    for values in layer.parameters():
        nn.init.zeros_(values)


class Block(nn.Module):
    """A residual block of two convolutions around the ring."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(channels, channels, 3)
        self.conv_out = nn.Conv2d(channels, channels, 3)
        _silence(self.conv_out)

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv_in(_around(x * (x.square().mean(1, keepdim=True) + 1e-4).rsqrt()))
        correction: Tensor = self.conv_out(_around(functional.silu(h)))
        return x + correction


class Dreamer(nn.Module):
    """Turns a moved map into the map of the new position: a U-Net over directions and distances."""

    def __init__(self, fine: int = 40, coarse: int = 80, sharp: int = 12) -> None:
        super().__init__()
        self.enter = nn.Conv2d(2 * CHANNELS + 1, fine, PATCH, PATCH)
        self.place = nn.Parameter(torch.zeros(fine, 1, BINS // PATCH))
        self.chance = nn.Conv2d(NOISE, fine, 1)
        self.fine_in = Block(fine)
        self.down = nn.Conv2d(fine, coarse, 2, 2)
        self.chance_coarse = nn.Conv2d(NOISE, coarse, 2, 2)
        self.coarse = nn.Sequential(Block(coarse), Block(coarse))
        self.up = nn.ConvTranspose2d(coarse, fine, 2, 2)
        self.fine_out = Block(fine)
        self.leave = nn.ConvTranspose2d(fine, sharp, PATCH + 2, PATCH, 1)
        self.sharp_in = nn.Conv2d(sharp + CHANNELS, sharp, 3)
        self.sharp_out = nn.Conv2d(sharp, CHANNELS, 3)
        _silence(self.sharp_out)

    def forward(self, last: Tensor, old: Tensor, trust: Tensor, chance: Tensor) -> Tensor:
        """Return a sample of the map (batch, CHANNELS, COLUMNS, BINS) at the new position.

        last: the map of the previous position, moved. old: a map of an earlier position nearby,
        moved. trust: (batch,), from 1 where `old` is from the same place to 0 for none. chance:
        noise (batch, NOISE, COLUMNS / PATCH, BINS / PATCH) that selects the sample.
        """
        scales = SCALES.to(last.device)
        known = trust[:, None, None, None]
        change = (old - last) / scales * (known > 0)
        seen = torch.cat([last / (4 * scales), change, known.expand_as(last[:, :1])], 1)
        fine = self.enter(seen.contiguous(memory_format=torch.channels_last)) + self.place
        fine = self.fine_in(fine + self.chance(chance))
        h = self.coarse(self.down(fine) + self.chance_coarse(chance))
        h = self.fine_out(fine + self.up(h))
        h = self.leave(_around(functional.silu(h)))[:, :, PATCH:-PATCH, PATCH:-PATCH]
        h = self.sharp_in(_around(torch.cat([h, last / (4 * scales)], 1)))
        correction = self.sharp_out(_around(functional.silu(h)))
        result: Tensor = last + 0.2 * scales * correction
        return result


def noise_like(maps: Tensor, random: torch.Generator | None = None) -> Tensor:
    """Return noise for a batch of maps."""
    size = len(maps), NOISE, maps.shape[2] // PATCH, BINS // PATCH
    return torch.randn(size, generator=random).to(maps.device)


def bounded(maps: Tensor) -> Tensor:
    """Return maps whose values are within the range of each channel."""
    return maps.clamp(LOWEST.to(maps.device), HIGHEST.to(maps.device))


def load(path: Path = WEIGHTS) -> Dreamer:
    """Load the trained network; the file stores its weights in half precision.

    Raises:
        WeightsError: the file is missing or damaged, or belongs to another network.
    """
    weights = {name: tensor.float() for name, tensor in read_weights(path).items()}
    net = Dreamer()
    try:
        net.load_state_dict(weights)
    except RuntimeError as error:
        raise WeightsError(
            f"{path} does not fit the network: {str(error).splitlines()[1].strip()}",
            hint="restore the file, or train the network with python -m landscape.train",
        ) from None
    return net.to(memory_format=torch.channels_last).eval().requires_grad_(False)  # type: ignore[call-overload,no-any-return]


@dataclass(frozen=True)
class Stored:
    """A map that a walk remembers."""

    land: Tensor  # in half precision
    place: tuple[float, float]
    number: int  # of dreamt maps before it
    id: int


_IDS = count()


class Play:
    """One walk: the current map, the player's place, and the stored maps.

    The same weights, first map, rng seed and moves give the same maps.
    """

    def __init__(
        self,
        net: Dreamer,
        land: Tensor,
        place: tuple[float, float] = (0.0, 0.0),
        rng_seed: int = 0,
        ever: deque[Stored] | None = None,
    ) -> None:
        """Start on a map (CHANNELS, COLUMNS, BINS) at a place in the world, in meters.

        ``ever`` gets every stored map, so that ``remember`` finds them.
        """
        self._net = net
        self._ever = deque(maxlen=EVER) if ever is None else ever
        self.random = torch.Generator().manual_seed(rng_seed)
        self.land, self.origin, self.place = land, place, place
        self.dreamt = 0  # number of dreamt maps
        self._stored: list[Stored] = []
        self._store()

    @property
    def here(self) -> tuple[float, float]:
        """The player's place relative to the origin of the map."""
        return self.place[0] - self.origin[0], self.place[1] - self.origin[1]

    @torch.inference_mode()
    def step(self, move: tuple[float, float], temperature: float = 1.0) -> None:
        """Walk by `move` meters as far as the land allows; dream the next map when it is due."""
        made = allowed(self.land, self.here, move)
        self.place = self.place[0] + made[0], self.place[1] + made[1]
        if math.hypot(*self.here) > STRIDE:
            self._dream(temperature)

    def _dream(self, temperature: float) -> None:
        last = moved(self.land[None], torch.tensor([self.here]))
        old, trust = last, torch.zeros(1)
        known = [s for s in self._stored if s.number <= self.dreamt - AGE]
        if known:
            nearest = min(known, key=lambda s: math.dist(s.place, self.place))
            far = math.dist(nearest.place, self.place)
            if far < REMEMBERED:
                move = torch.tensor(
                    [[a - b for a, b in zip(self.place, nearest.place, strict=True)]]
                )
                old, trust = (
                    moved(nearest.land[None].float(), move),
                    torch.tensor([math.exp(-far / 4)]),
                )
        chance = temperature * noise_like(last, self.random)
        self.land = bounded(self._net(last, old, trust, chance))[0]
        self.origin = self.place
        self.dreamt += 1
        if all(math.dist(s.place, self.place) > APART for s in self._stored):
            self._store()

    def _store(self) -> None:
        stored = Stored(self.land.half(), self.place, self.dreamt, next(_IDS))
        self._ever.append(stored)
        self._stored = [*self._stored, stored][-MOST:]

    @property
    def stored(self) -> list[int]:
        """The ids of the maps that the walk remembers."""
        return [stored.id for stored in self._stored]

    def remember(self, ids: Iterable[int]) -> None:
        """Remember exactly these maps.

        Raises:
            ValueError: one of them is gone.
        """
        known = {stored.id: stored for stored in [*self._ever, *self._stored]}
        try:
            self._stored = [known[id] for id in ids]
        except KeyError:
            raise ValueError("a map of this walk is gone: it is too long ago") from None
