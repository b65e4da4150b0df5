"""The world model: what is seen around the player next, from what was seen, a move and noise.

It lives in the latents of rings (ring.py, autoencoder.py), (batch, CHANNELS, 128), and treats every
direction alike: a move reaches each place on the ring as so much ahead and so much to the right of
where that place lies, so what it learns about one direction holds for all.

`Feet` say what comes of a move that is asked for: a wall stops it. `Eyes` denoise the next ring: a
flow model that predicts the clean latent and is trained with an energy score, so that one step
already draws one of the worlds that may come, not their blurred mean (De Bortoli et al. 2025,
arXiv:2502.02483); more steps refine it.
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
AGE = 8  # steps after which a ring can be remembered
APART = 0.25  # cells between places whose rings are kept
MOST = 2000  # rings kept: 16 MB
STILL = 0.004  # cells: a step that makes less makes none
FIRST_STEPS = 8  # denoising steps for a world's first ring
STEPS = 1  # denoising steps, unless asked for others
TEMPERATURE = 1.0  # scale of the noise in play
DOUBT = 0.1  # noise put on what is dreamt before the next step is dreamt from it, against drift
DOUBT_STEPS = 16  # over which it rises to that: what was just seen is not doubted
_SCALE = 10.0  # brings the cells of a step near to 1


class Past(NamedTuple):
    """What was seen, and where from."""

    last: Tensor  # (batch, CHANNELS, 128), the ring before
    known: Tensor  # (batch, 1, 128), where that is more than a guess: 1, else 0
    moved: Tensor  # (batch, 2), from there to the new place
    old: Tensor  # (batch, CHANNELS, 128), a ring of at least AGE frames ago, the nearest by place
    moved_old: Tensor  # (batch, 2), from there to the new place
    doubt: Tensor  # (batch,), the noise that both rings carry


class Feet(nn.Module):
    """What comes of a move."""

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
        """Return the move (batch, 2) that is made where `asked` (batch, 2) is asked for; cells.

        Every place on the ring pushes back, along where it lies and across.
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
        """Return one of the clean rings (batch, CHANNELS, 128) that may lie under a noisy one.

        time: (batch,), 1 for pure noise to 0 for a clean ring. chance: noise of the ring's shape
        that decides which.
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
        """Return the next ring, denoised in `steps` evaluations, at least 1."""
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
    """Return the trained networks; their weights are stored in half precision."""
    weights = {name: tensor.float() for name, tensor in load_file(path).items()}
    model = WorldModel(len(weights["decoder.look.weight"]))
    model.load_state_dict(weights)
    return model.eval().requires_grad_(False)


class Play:
    """One walk through a world: the ring seen now, the place, and the rings remembered.

    The same weights, beginning, rng seed and moves give the same rings.
    """

    def __init__(self, model: WorldModel, ring: Tensor, rng_seed: int = 0) -> None:
        """Begin with a whole ring (1, CHANNELS, 128), seen at the place (0, 0)."""
        self._model = model
        self._random = torch.Generator().manual_seed(rng_seed)
        self.ring = ring
        self.place = torch.zeros(1, 2)
        self._recent = [(self.place, ring)] * AGE
        self._rings, self._places = [ring], self.place
        self._dreamt = 0  # steps since a ring was seen that is no dream

    @classmethod
    def dreamt(cls, model: WorldModel, seen: Tensor, rng_seed: int = 0) -> Play:
        """Begin with what is seen of a ring, (1, CHANNELS, tokens), clockwise from its zero.

        The rest is dreamt; what lies at the borders of what is seen is dreamt anew.
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
        """Walk, as far as walls allow; `move` in cells along the ring's zero and to its left."""
        asked = torch.tensor([move])
        if not asked.any():
            return  # who stands still sees the same
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
        """Take `ring`, which is no dream, as what is seen next, at `place` (1, 2)."""
        self._move(ring, place)
        self._dreamt = 0

    def _move(self, ring: Tensor, place: Tensor) -> None:
        """Be at `place`, seeing `ring`; the ring of AGE steps ago is kept where none is nearby."""
        self.ring, self.place = ring, place
        (place, ring), *recent = self._recent
        self._recent = [*recent, (self.place, self.ring)]
        if (self._places - place).norm(dim=1).min() > APART:
            self._places = torch.cat([self._places, place])[-MOST:]
            self._rings = [*self._rings, ring][-MOST:]

    @torch.inference_mode()
    def strip(self, heading: float, look: int) -> tuple[Tensor, float]:
        """Return what is drawn of the ring around a heading, (1, 3, 96, columns), and its middle.

        Both as `picture` takes them; heading in radians, counter-clockwise from the ring's zero.
        """
        tokens, middle = tokens_in_view(heading)
        seen, chosen = self.ring[..., tokens], torch.tensor([look])
        drawn: Tensor = self._model.decoder(seen, chosen, columns=SHOWN)
        return drawn, middle - SHOWN.start
