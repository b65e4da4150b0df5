"""Train the autoencoder to draw a place in one look from a picture in another look."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from labyrinth.autoencoder import Decoder, Encoder
from labyrinth.data import HELD_OUT, drawn, pairs, pixels
from labyrinth.layers import normed, start
from labyrinth.looks import LOOKS
from labyrinth.measures import psnr
from labyrinth.ring import COLUMNS, ROWS, TOKEN

BAND = 40  # rows of a picture that a training step draws


class Autoencoder(nn.Module):
    """Encoder and decoder, for training."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = Encoder(), Decoder(len(LOOKS))
        start(self)


def picture_loss(drawn: Tensor, truth: Tensor) -> Tensor:
    """Return the L1 error of colors and edges."""
    loss = functional.l1_loss(drawn, truth)
    for axis in (-1, -2):
        loss = loss + 0.5 * functional.l1_loss(drawn.diff(dim=axis), truth.diff(dim=axis))
    return loss


class AutoencoderData:
    """Pairs of rings: the same place in two looks."""

    def __init__(
        self, cache: Path, seed: int, mazes: int, places: int, checked: int, device: str
    ) -> None:
        parts = drawn(pairs, seed * mazes, mazes, places, cache)
        self._rings, self._looks = (torch.from_numpy(part).to(device) for part in parts)
        held = pairs(list(range(HELD_OUT, HELD_OUT + checked)), 1)
        self._held, self._held_looks = pixels(held[0]), torch.from_numpy(held[1])

    def loss(self, net: Autoencoder, batch: int) -> Tensor:
        """Return the error of drawing each look from the other's latents, plus a penalty on the
        difference of the two latents."""
        device = next(net.parameters()).device
        chosen = torch.randint(len(self._rings), (batch,))
        width = TOKEN * int(torch.randint(26, 49, ()))
        columns = (torch.randint(COLUMNS, (batch, 1)) + torch.arange(width)) % COLUMNS
        cut = self._rings[chosen[:, None], :, :, columns].permute(2, 0, 3, 1, 4)
        both = pixels(cut.flatten(0, 1))
        latents = net.encoder(both)
        one, other = latents.float().chunk(2)
        noise = 0.15 * torch.rand(2 * batch, 1, 1, device=device) * torch.randn_like(latents)
        swapped = normed(torch.cat([other, one]) + noise, 1)
        band = some_rows()
        shown = net.decoder(swapped, self._looks[chosen].T.flatten(), band)
        apart: Tensor = (one - other).square().mean()
        return picture_loss(shown, both[..., band, :]) + 0.03 * apart

    @torch.no_grad()
    def measure(self, net: Autoencoder) -> dict[str, float]:
        """Return metrics of held-out rings that are drawn from latents of another look."""
        device = next(net.parameters()).device
        errors, far, noisy = [], [], []
        for rings, looks in zip(self._held, self._held_looks, strict=True):
            latents = net.encoder.ring(rings.to(device))
            shown = net.decoder(latents.flip(0), looks.to(device)).cpu()
            errors.append(psnr(shown, rings))
            far.append((latents[0] - latents[1]).square().mean().sqrt())
            shaken = normed(latents.flip(0) + 0.1 * torch.randn_like(latents), 1)
            noisy.append(psnr(net.decoder(shaken, looks.to(device)).cpu(), rings))
        return {
            "psnr": round(float(torch.cat(errors).mean()), 2),
            "psnr_noise_0.1": round(float(torch.cat(noisy).mean()), 2),
            "between_looks": round(float(torch.stack(far).mean()), 3),
        }


def some_rows() -> slice:
    """Return a random slice of BAND rows."""
    first = int(torch.randint(ROWS - BAND + 1, ()))
    return slice(first, first + BAND)
