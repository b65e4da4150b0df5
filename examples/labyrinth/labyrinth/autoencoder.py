"""The autoencoder: latents hold the geometry of the world, and the decoder adds the look.

Latents are (batch, CHANNELS, tokens), with a root mean square of 1 per token. A token describes the
geometry in its columns, independent of the look: the encoder accepts pictures in any look, and the
decoder draws the requested look. Pictures are (batch, 3, 96, 4 * tokens) float in [-1, 1].
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .layers import Block, Near, PictureBlock, normed
from .ring import REACH, ROWS, TOKEN

CHANNELS = 16  # of a latent
WRAP = 12  # tokens repeated on both sides of a ring, so that the encoder sees across the seam
_COARSE = ROWS // 16
_SHAPES = 64  # basis functions per column, sines and edges


class Encoder(nn.Module):
    """Encodes pictures in any look."""

    def __init__(self) -> None:
        super().__init__()
        fine, middle, coarse, flat = 48, 64, 96, 192
        self.stages = nn.Sequential(
            nn.Conv2d(3, fine, TOKEN, TOKEN),
            PictureBlock(fine),
            nn.Conv2d(fine, middle, (4, 3), (2, 1), 1),
            PictureBlock(middle),
            nn.Conv2d(middle, coarse, (4, 3), (2, 1), 1),
            PictureBlock(coarse),
        )
        # The rows are flattened into the channels; columns remain an axis.
        self.flat = nn.Sequential(
            nn.Linear(coarse * _COARSE, flat),
            *(Block(flat) for _ in range(4)),
            nn.Linear(flat, CHANNELS),
        )

    def forward(self, pictures: Tensor) -> Tensor:
        """Return the latents of pictures, with zero padding at both sides."""
        seen = self.stages(pictures.contiguous(memory_format=torch.channels_last))
        return normed(self.flat(seen.flatten(1, 2).transpose(1, 2))).transpose(1, 2)

    def ring(self, rings: Tensor) -> Tensor:
        """Return the latents (batch, CHANNELS, 128) of whole rings."""
        side = WRAP * TOKEN
        latents = self(torch.cat([rings[..., -side:], rings, rings[..., :side]], -1))
        middle: Tensor = latents[..., WRAP:-WRAP]
        return middle


class Decoder(nn.Module):
    """Decodes latents to pictures in a given look.

    A few numbers determine a column of the picture: the distance of the wall, the position on the
    wall, and where the floor begins. So the decoder predicts sines and edges per column, as
    functions of the slope (for walls) and of the floor's distance. One small network turns them
    into colors.
    """

    def __init__(self, looks: int) -> None:
        super().__init__()
        flat, column, condition = 192, 96, 64
        self.look = nn.Embedding(looks, condition)
        self.enter = Near(CHANNELS, flat, around=False)
        self.flat = nn.ModuleList(Block(flat, condition) for _ in range(4))
        self.spread = nn.Linear(flat, TOKEN * column)
        self.column = nn.ModuleList(Block(column, condition) for _ in range(2))
        self.shapes = nn.Linear(column, 3 * _SHAPES)
        self.first = nn.Linear(column, _SHAPES)
        self.second = nn.Linear(column, _SHAPES)
        self.mix_first = nn.Linear(_SHAPES, _SHAPES)
        self.mix_second = nn.Linear(_SHAPES, _SHAPES)
        self.leave = nn.Linear(_SHAPES, 3)

    def forward(
        self,
        latents: Tensor,
        look: Tensor,
        rows: slice = slice(None),
        columns: slice = slice(None),
    ) -> Tensor:
        """Return pictures (batch, 3, 96, 4 * tokens), or only some rows and columns of them.

        look: (batch,), an index of LOOKS.
        """
        condition = functional.silu(self.look(look))
        h = self.enter(latents.transpose(1, 2))
        for block in self.flat:
            h = block(h, condition)
        h = self.spread(h).unflatten(2, (TOKEN, -1)).flatten(1, 2)
        for block in self.column:
            h = block(h, condition)
        h = normed(h[:, columns])
        with torch.autocast(h.device.type, enabled=False):
            shapes = _shapes(self.shapes(h.float()), rows)
        mixed = functional.silu(self.mix_first(shapes) + self.first(h)[:, None])
        mixed = functional.silu(self.mix_second(mixed) + self.second(h)[:, None])
        picture: Tensor = self.leave(mixed)
        return picture.permute(0, 3, 1, 2)


def _shapes(numbers: Tensor, rows: slice) -> Tensor:
    """Return the values (batch, rows, columns, _SHAPES) of the sines and edges at each pixel.

    numbers: (batch, columns, 3 * _SHAPES) float32, the factors of slope and distance, and a shift.
    """
    slope = ((torch.arange(ROWS, device=numbers.device) + 0.5) * (2 / ROWS) - 1)[rows]
    distance = (0.5 / REACH / slope.abs()).clamp_max(6)  # of the floor and the ceiling
    basis = torch.stack([8 * slope, distance, torch.full_like(slope, 4)], 1)
    parts = numbers.view(*numbers.shape[:2], 3, 2, _SHAPES // 2).permute(0, 3, 2, 1, 4)
    along = (basis @ parts.flatten(3)).view(*parts.shape[:2], len(slope), *parts.shape[3:])
    waves, edges = along.unbind(1)
    return torch.cat([waves.sin(), 2 * (2 * edges).sigmoid() - 1], -1)  # a faster tanh
