"""The world model: predicts the next ring from past rings, a move and noise.

It works on the latents of rings (ring.py, autoencoder.py), (batch, CHANNELS, 128), and treats all
directions alike: each token gets the move relative to its own direction, so what the model learns
for one direction holds for all.

`Feet` predict the actual move, because a wall may stop the requested move. `Eyes` are a flow model
that denoises the next ring. They predict the clean latent and are trained with an energy score, so
that one step already samples a sharp ring instead of the blurred mean (De Bortoli et al. 2025,
arXiv:2502.02483). More steps refine it.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from .autoencoder import CHANNELS, Decoder, Encoder
from .layers import Attend, Block, Double, Halve, normed, start
from .ring import SHOWN, TOKENS, directions, local, tokens_in_view

WEIGHTS = Path(__file__).with_name("weights.safetensors")
AGE = 8  # minimum age in steps of a ring from memory
APART = 0.25  # minimum distance in cells between the positions of stored rings
MOST = 2000  # maximum number of stored rings: 16 MB
STILL = 0.004  # moves shorter than this, in cells, are ignored
FIRST_STEPS = 8  # denoising steps for the first ring of a rollout
STEPS = 1  # default number of denoising steps
TEMPERATURE = 1.0  # default scale of the noise in play
DOUBT = 0.1  # noise added to generated rings before the next step uses them, against drift
DOUBT_STEPS = 16  # steps over which it rises to that; real rings get no noise
_SCALE = 10.0  # scales the cells of a step to about 1


class Past(NamedTuple):
    """The rings that the model sees, and the moves from their positions."""

    last: Tensor  # (batch, CHANNELS, 128), the previous ring
    known: Tensor  # (batch, 1, 128), 1 where the previous ring is known, else 0
    moved: Tensor  # (batch, 2), from its position to the new one
    old: Tensor  # (batch, CHANNELS, 128), the nearest ring that is at least AGE steps old
    moved_old: Tensor  # (batch, 2), from its position to the new one
    doubt: Tensor  # (batch,), the level of noise in both rings


class Feet(nn.Module):
    """Predicts the actual move for a requested move."""

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Linear(CHANNELS + 2, 64)
        self.stages = nn.Sequential(
            Block(64, around=True),
            Halve(64, 96),
            Block(96, around=True),
            Halve(96, 128),
            Block(128, around=True),
            Attend(128, TOKENS // 4),
            Block(128, around=True),
        )
        self.leave = nn.Linear(128, 8)
        nn.init.zeros_(self.leave.weight)

    def forward(self, latents: Tensor, asked: Tensor) -> Tensor:
        """Return the actual move (batch, 2) for the requested move `asked` (batch, 2), in cells.

        Each token predicts a correction along its direction and across it; they are averaged.
        """
        h = self.enter(torch.cat([latents, local(asked) * _SCALE], 1).transpose(1, 2))
        push = self.leave(functional.silu(normed(self.stages(h)))).float()
        along, across = push.view(len(push), TOKENS, 2).unbind(2)
        ahead, right = directions(push.device)
        made: Tensor = asked + (along @ ahead + across @ right) / (_SCALE * TOKENS)
        return made


class _Stage(nn.Module):
    """Blocks at one resolution of the ring."""

    def __init__(self, width: int, condition: int, blocks: int, places: int = 0) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Block(width, condition, around=True) for _ in range(blocks))
        self.attend = nn.ModuleList(Attend(width, places) for _ in range(blocks if places else 0))

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        for n, block in enumerate(self.blocks):
            x = block(x, condition)
            if self.attend:
                x = self.attend[n](x)
        return x


class Eyes(nn.Module):
    """The denoising network: a U-Net over the ring."""

    waves: Tensor

    def __init__(self) -> None:
        super().__init__()
        fine, middle, coarse, condition = 128, 192, 256, 128
        self.embed = nn.Sequential(
            nn.Linear(2 + 16, condition), nn.SiLU(), nn.Linear(condition, condition), nn.SiLU()
        )
        self.enter_past = nn.Linear(2 * CHANNELS + 5, fine)
        self.enter_noise = nn.Linear(2 * CHANNELS, fine)
        self.fine_in = _Stage(fine, condition, 2)
        self.to_middle = Halve(fine, middle)
        self.middle_in = _Stage(middle, condition, 2)
        self.to_coarse = Halve(middle, coarse)
        self.coarse = _Stage(coarse, condition, 4, TOKENS // 4)
        self.from_coarse = Double(coarse, middle)
        self.join_middle = nn.Linear(2 * middle, middle)
        self.middle_out = _Stage(middle, condition, 2)
        self.from_middle = Double(middle, fine)
        self.join_fine = nn.Linear(2 * fine, fine)
        self.fine_out = _Stage(fine, condition, 2)
        self.leave = nn.Linear(fine, CHANNELS)
        nn.init.zeros_(self.leave.weight)
        self.register_buffer("waves", torch.exp(torch.linspace(0, 4, 8)), persistent=False)

    def forward(self, past: Past, noisy: Tensor, time: Tensor, chance: Tensor) -> Tensor:
        """Return a sample of the clean ring (batch, CHANNELS, 128) for a noisy ring.

        time: (batch,), from 1 for pure noise to 0 for a clean ring. chance: noise of the ring's
        shape that selects the sample.
        """
        wave = time[:, None] * self.waves
        condition = self.embed(
            torch.cat([time[:, None], 4 * past.doubt[:, None], wave.sin(), wave.cos()], 1)
        )
        moves = [_SCALE * local(past.moved), local(past.moved_old)]
        seen = torch.cat([past.last, past.known, past.old, *moves], 1).transpose(1, 2)
        fine = self.enter_past(seen)
        fine = fine + self.enter_noise(torch.cat([noisy, chance], 1).transpose(1, 2))
        fine = self.fine_in(fine, condition)
        middle = self.middle_in(self.to_middle(fine), condition)
        h = self.from_coarse(self.coarse(self.to_coarse(middle), condition))
        h = self.middle_out(self.join_middle(torch.cat([middle, h], -1)), condition)
        h = self.fine_out(self.join_fine(torch.cat([fine, self.from_middle(h)], -1)), condition)
        correction = self.leave(functional.silu(normed(h))).float().transpose(1, 2)
        return normed(past.last * past.known + correction, 1)

    @torch.inference_mode()
    def dream(
        self, past: Past, random: torch.Generator, *, steps: int, temperature: float
    ) -> Tensor:
        """Return the next ring after `steps` denoising steps, at least 1."""
        x = torch.zeros_like(past.last)
        for step in range(steps):
            time, after = 1 - step / steps, 1 - (step + 1) / steps
            noise, chance = (temperature * torch.randn(x.shape, generator=random) for _ in range(2))
            clean: Tensor = self(
                past, noise if step == 0 else x, torch.full_like(past.doubt, time), chance
            )
            x = (1 - after) * clean + after * noise
        return clean


class WorldModel(nn.Module):
    """All networks of the labyrinth."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.encoder, self.decoder = Encoder(), Decoder(looks)
        self.feet, self.eyes = Feet(), Eyes()
        start(self)


def load(path: Path = WEIGHTS) -> WorldModel:
    """Load the trained networks; the file stores their weights in half precision."""
    weights = {name: tensor.float() for name, tensor in load_file(path).items()}
    model = WorldModel(len(weights["decoder.look.weight"]))
    model.load_state_dict(weights)
    return model.eval().requires_grad_(False)


class Play:
    """One rollout: the current ring and position, and the stored rings.

    The same weights, first ring, rng seed and moves give the same rings.
    """

    def __init__(self, model: WorldModel, ring: Tensor, rng_seed: int = 0) -> None:
        """Start with a whole ring (1, CHANNELS, 128) at the position (0, 0)."""
        self._model = model
        self._random = torch.Generator().manual_seed(rng_seed)
        self.ring = ring
        self.place = torch.zeros(1, 2)
        self._recent = [(self.place, ring)] * AGE
        self._rings, self._places = [ring], self.place
        self._dreamt = 0  # steps since the last real ring

    @classmethod
    def dreamt(cls, model: WorldModel, seen: Tensor, rng_seed: int = 0) -> Play:
        """Start with part of a ring, (1, CHANNELS, tokens), clockwise from its zero direction.

        The model generates the rest, and the tokens at both borders of the part again.
        """
        known = torch.zeros(1, 1, TOKENS)
        known[..., 1 : seen.shape[-1] - 1] = 1
        last = functional.pad(seen, (0, TOKENS - seen.shape[-1])) * known
        none = torch.zeros(1, 2)
        past = Past(last, known, none, last, none, torch.zeros(1))
        random = torch.Generator().manual_seed(rng_seed)
        ring = model.eyes.dream(past, random, steps=FIRST_STEPS, temperature=1.0)
        return cls(model, ring, rng_seed)

    @torch.inference_mode()
    def step(
        self, move: tuple[float, float], *, steps: int = STEPS, temperature: float = TEMPERATURE
    ) -> None:
        """Walk as far as walls allow; `move` is (along the zero direction, to its left), cells."""
        asked = torch.tensor([move])
        if not asked.any():
            return  # the view does not change without a move
        made = self._model.feet(self.ring, asked)
        if made.norm() < STILL:
            return
        distances = (self._places - self.place).norm(dim=1)
        nearest = int(distances.argmin())
        place = self.place + made
        moved_old = place - self._places[nearest : nearest + 1]
        doubt = DOUBT * min(1.0, self._dreamt / DOUBT_STEPS)
        last, old = self.ring, self._rings[nearest]
        if doubt:
            last, old = (
                normed(ring + doubt * torch.randn(ring.shape, generator=self._random), 1)
                for ring in (last, old)
            )
        past = Past(
            last, torch.ones(1, 1, TOKENS), made, old, moved_old, torch.full((1,), doubt)
        )  # fmt: skip
        ring = self._model.eyes.dream(past, self._random, steps=steps, temperature=temperature)
        self._move(ring, place)
        self._dreamt += 1

    def see(self, ring: Tensor, place: Tensor) -> None:
        """Set the current ring to a real ring at the position `place` (1, 2)."""
        self._move(ring, place)
        self._dreamt = 0

    def _move(self, ring: Tensor, place: Tensor) -> None:
        """Set the ring and the position; store the ring of AGE steps ago if no other is near."""
        self.ring, self.place = ring, place
        (place, ring), *recent = self._recent
        self._recent = [*recent, (self.place, self.ring)]
        if (self._places - place).norm(dim=1).min() > APART:
            self._places = torch.cat([self._places, place])[-MOST:]
            self._rings = [*self._rings, ring][-MOST:]

    @torch.inference_mode()
    def strip(self, heading: float, look: int) -> tuple[Tensor, float]:
        """Draw the ring around a heading; return the arguments `strip` and `middle` of `picture`.

        heading: radians, counter-clockwise from the ring's zero direction. look: index of LOOKS.
        """
        tokens, middle = tokens_in_view(heading)
        seen, chosen = self.ring[..., tokens], torch.tensor([look])
        drawn: Tensor = self._model.decoder(seen, chosen, columns=SHOWN)
        return drawn, middle - SHOWN.start
