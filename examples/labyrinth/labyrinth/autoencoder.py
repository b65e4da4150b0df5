"""From pictures to latents and back: the world's shape in the latents, its look in the decoder.

A latent is (batch, CHANNELS, tokens), one vector of root mean square 1 a token, and holds what is
seen in these columns whatever the look: the encoder takes any look, the decoder draws the one it
is asked for. Pictures are (batch, 3, 96, 4 * tokens) float from -1 to 1.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from .ring import REACH, ROWS, TOKEN

CHANNELS = 16  # of a latent
WRAP = 12  # tokens of a ring repeated on both sides for the encoder to see across the seam
_COARSE = ROWS // 16
_SHAPES = 64  # waves and edges of a column


def normed(x: Tensor) -> Tensor:
    """Return vectors along dimension 1 brought to a root mean square of 1."""
    return x * (x.square().mean(1, keepdim=True) + 1e-6).rsqrt()


def start(net: nn.Module) -> None:
    """Let every layer keep the size of what goes through it; torch's own start shrinks it.

    Under a norm that comes last, all would begin alike. Layers that start at zero stay there.
    """
    for layer in net.modules():
        if isinstance(layer, nn.Linear | nn.Conv1d | nn.Conv2d | nn.ConvTranspose1d):
            if layer.weight.any():
                fan = layer.weight[0].numel()
                if isinstance(layer, nn.ConvTranspose1d):
                    fan = layer.weight.shape[0]
                nn.init.normal_(layer.weight, std=fan**-0.5)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


class Block(nn.Module):
    """Two convolutions beside a skip, the inner one scaled and shifted by a condition."""

    def __init__(
        self,
        conv: type[nn.Conv1d] | type[nn.Conv2d],
        channels: int,
        condition: int = 0,
        edges: Literal["zeros", "circular"] = "zeros",
    ) -> None:
        super().__init__()
        self.conv_in = conv(channels, channels, 3, padding=1, padding_mode=edges)
        self.modulate = nn.Linear(condition, 2 * channels) if condition else None
        self.conv_out = conv(channels, channels, 3, padding=1, padding_mode=edges)
        nn.init.zeros_(self.conv_out.weight)

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        h = normed(self.conv_in(functional.silu(normed(x))))
        if self.modulate is not None:
            steer = self.modulate(condition)
            scale, shift = steer.view(*steer.shape, *[1] * (x.dim() - 2)).chunk(2, 1)
            h = h * (1 + scale) + shift
        correction: Tensor = self.conv_out(functional.silu(h))
        return x + correction


class Encoder(nn.Module):
    """Pictures in any look to latents."""

    def __init__(self) -> None:
        super().__init__()
        fine, middle, coarse, flat = 48, 64, 96, 192
        self.stages = nn.Sequential(
            nn.Conv2d(3, fine, TOKEN, TOKEN),
            Block(nn.Conv2d, fine),
            nn.Conv2d(fine, middle, (4, 3), (2, 1), 1),
            Block(nn.Conv2d, middle),
            nn.Conv2d(middle, coarse, (4, 3), (2, 1), 1),
            Block(nn.Conv2d, coarse),
            nn.Flatten(1, 2),
            nn.Conv1d(coarse * _COARSE, flat, 1),
            *(Block(nn.Conv1d, flat) for _ in range(4)),
            nn.Conv1d(flat, CHANNELS, 1),
        )
        # Columns stay columns: only the rows are flattened into the channels.

    def forward(self, pictures: Tensor) -> Tensor:
        """Return the latents of pictures; what lies beside them counts as unseen."""
        return normed(self.stages(pictures))

    def ring(self, rings: Tensor) -> Tensor:
        """Return the latents (batch, CHANNELS, 128) of whole rings."""
        side = WRAP * TOKEN
        latents = self(torch.cat([rings[..., -side:], rings, rings[..., :side]], -1))
        middle: Tensor = latents[..., WRAP:-WRAP]
        return middle


class Decoder(nn.Module):
    """Latents to pictures in a look.

    Along a column, all that is seen follows from a few numbers: how far the wall is, where on it
    one looks, where the floor begins. So every column gets waves and edges of its own over the
    rows, of their slope (as a wall has it) and of the floor's distance, and one small network makes
    colors of them.
    """

    def __init__(self, looks: int) -> None:
        super().__init__()
        flat, column, condition = 192, 96, 64
        self.look = nn.Embedding(looks, condition)
        self.enter = nn.Conv1d(CHANNELS, flat, 3, padding=1)
        self.flat = nn.ModuleList(Block(nn.Conv1d, flat, condition) for _ in range(4))
        self.spread = nn.Conv1d(flat, TOKEN * column, 1)
        self.column = nn.ModuleList(Block(nn.Conv1d, column, condition) for _ in range(2))
        self.shapes = nn.Conv1d(column, 3 * _SHAPES, 1)
        self.first = nn.Conv1d(column, _SHAPES, 1)
        self.second = nn.Conv1d(column, _SHAPES, 1)
        self.mix_first = nn.Conv2d(_SHAPES, _SHAPES, 1)
        self.mix_second = nn.Conv2d(_SHAPES, _SHAPES, 1)
        self.leave = nn.Conv2d(_SHAPES, 3, 1)

    def forward(self, latents: Tensor, look: Tensor, rows: slice = slice(0, ROWS)) -> Tensor:
        """Return pictures (batch, 3, 96, 4 * tokens), or some rows of them; look: (batch,)."""
        condition = functional.silu(self.look(look))
        h = self.enter(latents)
        for block in self.flat:
            h = block(h, condition)
        h = self.spread(h).unflatten(1, (TOKEN, -1)).permute(0, 2, 3, 1).flatten(2)
        for block in self.column:
            h = block(h, condition)
        h = normed(h)
        with torch.autocast(h.device.type, enabled=False):
            shapes = self._shapes(self.shapes(h.float()), rows)
        mixed = functional.silu(self.mix_first(shapes) + self.first(h)[:, :, None])
        mixed = functional.silu(self.mix_second(mixed) + self.second(h)[:, :, None])
        picture: Tensor = self.leave(mixed)
        return picture

    def _shapes(self, numbers: Tensor, rows: slice) -> Tensor:
        """Return the waves and edges (batch, _SHAPES, rows, columns), in full precision."""
        by_slope, by_distance, shift = numbers[:, :, None].chunk(3, 1)
        slope = ((torch.arange(ROWS, device=numbers.device) + 0.5) * (2 / ROWS) - 1)[rows, None]
        distance = (0.5 / REACH / slope.abs()).clamp_max(6)  # of the floor and the ceiling
        along = 8 * by_slope * slope + by_distance * distance + 4 * shift
        waves, edges = along.chunk(2, 1)
        return torch.cat([waves.sin(), edges.tanh()], 1)
