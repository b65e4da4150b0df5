"""Train the world model: predict the ring after a move, and how far the move goes."""

from __future__ import annotations

import copy
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from labyrinth.autoencoder import Decoder, Encoder
from labyrinth.data import HELD_OUT, Arrays, drawn, pixels, plays
from labyrinth.fit import autocast
from labyrinth.layers import normed, start
from labyrinth.measures import psnr, sharpness
from labyrinth.model import AGE, STEPS, TEMPERATURE, Eyes, Feet, Past
from labyrinth.ring import TOKEN, TOKENS, VIEW

SEEN = 24  # tokens that a seed frame covers well


class Sight(nn.Module):
    """Both networks of the world model, for training."""

    def __init__(self) -> None:
        super().__init__()
        self.feet, self.eyes = Feet(), Eyes()
        start(self)


class WorldData:
    """Episodes as latents, with their requested and actual moves."""

    def __init__(self, latents: Tensor, asked: Tensor, made: Tensor) -> None:
        self.latents, self.asked, self.made = latents, asked, made
        self.places = made.cumsum(1)
        self.old = remembered(self.places)

    @classmethod
    def drawn(cls, encoder: Encoder, cache: Path, seed: int, mazes: int, frames: int) -> WorldData:
        """Draw the episodes and encode them, or read them from the cache."""
        device = next(encoder.parameters()).device.type

        @torch.no_grad()
        def encoded(block: Arrays) -> Arrays:
            with autocast(device):
                rings = (torch.from_numpy(ring).to(device) for ring in block[0])
                latents = [encoder.ring(pixels(ring)).half().cpu() for ring in rings]
            return torch.stack(latents).numpy(), block[1], block[2]

        parts = drawn(plays, seed * mazes, mazes, frames, cache, encoded)
        return cls(*(torch.from_numpy(part).float() for part in parts))

    def past(self, latents: Tensor, episode: Tensor, at: Tensor) -> Past:
        """Return the past of frame `at` of the episodes, with rings from `latents`."""
        old = self.old[episode, at]
        return Past(
            latents[episode, at - 1],
            torch.ones(len(at), 1, TOKENS),
            self.made[episode, at],
            latents[episode, old],
            self.places[episode, at] - self.places[episode, old],
            torch.zeros(len(at)),
        )

    def teacher(self, count: int) -> tuple[Past, Tensor, Tensor, Tensor]:
        """Return (past, requested moves, actual moves, target ring) of random frames.

        Some pasts are noisy, and some contain only a window of the target ring.
        """
        episode = torch.randint(len(self.latents), (count,))
        at = torch.randint(1, self.latents.shape[1], (count,))
        past = self.past(self.latents, episode, at)
        target = self.latents[episode, at]
        doubt = torch.where(torch.rand(count) < 0.6, 0.4 * torch.rand(count).square(), 0.0)
        shake = doubt[:, None, None]
        last, old = (normed(p + shake * torch.randn_like(p), 1) for p in (past.last, past.old))
        # Some samples start a rollout: only a window of the target ring is known.
        window = (torch.rand(count) < 0.12)[:, None, None]
        first = torch.randint(TOKENS, (count, 1, 1))
        known = ((torch.arange(TOKENS) - first) % TOKENS < SEEN).float()
        known = torch.where(window, known, 1.0)
        last = torch.where(window, target * known, last)
        old = torch.where(window, last, old)
        still = window[:, 0]
        moved, moved_old = (p.masked_fill(still, 0.0) for p in (past.moved, past.moved_old))
        doubt = doubt.masked_fill(still[:, 0], 0.0)
        asked = self.asked[episode, at].masked_fill(still, 0.0)
        return Past(last, known, moved, old, moved_old, doubt), asked, moved, target

    def loss(self, net: Sight, batch: int) -> Tensor:
        """Return the energy score of `Eyes` plus the error of `Feet`."""
        device = next(net.parameters()).device
        past, asked, made, target = self.teacher(batch)
        past = Past(*(part.to(device) for part in past))
        asked, made, target = asked.to(device), made.to(device), target.to(device)
        time = torch.where(torch.rand(batch) < 0.5, 1.0, 0.1 + 0.8 * torch.rand(batch)).to(device)
        level = time[:, None, None]
        noisy = (1 - level) * target + level * torch.randn_like(target)
        twice = Past(*(torch.cat([part, part]) for part in past))
        chance = torch.randn(2 * batch, *target.shape[1:], device=device)
        shown = net.eyes(twice, torch.cat([noisy, noisy]), torch.cat([time, time]), chance)
        missed: Tensor = (net.feet(past.last, asked) - made).abs().mean()
        one, other = shown.chunk(2)
        return energy_score(one, other, target) + 20 * missed


class WorldCheck:
    """Episodes in held-out mazes, for metrics during training."""

    def __init__(self, encoder: Encoder, decoder: Decoder, mazes: int) -> None:
        rings, asked, made, looks = plays(list(range(HELD_OUT, HELD_OUT + mazes)), 48)
        encoder, self._decoder = copy.deepcopy(encoder).cpu(), copy.deepcopy(decoder).cpu()
        self._looks = torch.from_numpy(looks)
        self._truth = pixels(rings[:, 16:, :, : VIEW * TOKEN])
        with torch.no_grad():
            latents = torch.stack([encoder.ring(pixels(ring)) for ring in rings])
        self._data = WorldData(latents, torch.from_numpy(asked), torch.from_numpy(made))

    @torch.no_grad()
    def measure(self, net: Sight) -> dict[str, float]:
        """Return metrics of rollouts along these episodes, with the actual moves given."""
        latents, data = self._data.latents.clone(), self._data
        here = copy.deepcopy(net).cpu()
        random = torch.Generator().manual_seed(0)
        episode = torch.arange(len(latents))
        frames, missed = [], []
        for n in range(16, 48):
            at = torch.full_like(episode, n)
            past = data.past(latents, episode, at)
            made = here.feet(past.last, data.asked[:, n])
            missed.append((made - past.moved).norm(dim=1).mean())
            latents[:, n] = here.eyes.dream(past, random, steps=STEPS, temperature=TEMPERATURE)
            frames.append(self._decoder(latents[:, n, :, :VIEW], self._looks))
        inner = slice(4 * TOKEN, (VIEW - 4) * TOKEN)
        shown, truth = torch.stack(frames, 1)[..., inner], self._truth[..., inner]
        decibels = psnr(shown, truth).mean(0)
        metrics = {f"psnr_{n}": round(decibels[n - 1].item(), 2) for n in (1, 8, 16, 32)}
        ratio = sharpness(shown).mean() / sharpness(truth).mean()
        return metrics | {
            "sharpness": round(ratio.item(), 3),
            "feet_missed_cells": round(torch.stack(missed).mean().item(), 4),
        }


def energy_score(one: Tensor, other: Tensor, truth: Tensor) -> Tensor:
    """Return the mean distance of two samples to the truth, minus half the distance between them.

    Its expectation is smallest if the samples follow the distribution of the truth. It is averaged
    over single tokens and over windows of 4 and 16 tokens.
    """
    total = torch.zeros((), device=truth.device)
    apart = [
        (a - b).square().mean(1, keepdim=True)
        for a, b in ((one, truth), (other, truth), (one, other))
    ]
    for window in (1, 4, 16):
        near = [(functional.avg_pool1d(a, window) + 1e-5).sqrt().mean() for a in apart]
        total = total + (near[0] + near[1] - near[2]) / 2
    return total / 3


def remembered(places: Tensor) -> Tensor:
    """Return the index of the older frame that each frame uses, (episodes, frames), as in `Play`.

    It is the frame nearest to the previous position among those at least AGE steps old, or the
    first frame.
    """
    frames = places.shape[1]
    apart = torch.cdist(places.roll(1, 1), places)
    at = torch.arange(frames)
    too_young = at[None, :] > (at[:, None] - AGE).clamp_min(0)
    return apart.masked_fill(too_young, float("inf")).argmin(2)
