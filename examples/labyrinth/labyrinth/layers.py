"""The layers of the networks.

Ring tensors have their channels last, (batch, places, channels), so each layer is one matrix
product.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


def normed(x: Tensor, axis: int = -1) -> Tensor:
    """Scale the vectors along an axis to a root mean square of 1."""
    return x * (x.square().mean(axis, keepdim=True) + 1e-6).rsqrt()


def start(net: nn.Module) -> None:
    """Initialize layers so that they keep the scale of their input; torch's default shrinks it.

    Layers whose weights are zero keep them.
    """
    for layer in net.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            if layer.weight.any():
                nn.init.normal_(layer.weight, std=layer.weight[0].numel() ** -0.5)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


class Near(nn.Linear):
    """A convolution of width 3 along the places."""

    def __init__(self, channels: int, out: int, *, around: bool) -> None:
        """around: whether the places form a ring; otherwise they are padded with zeros."""
        super().__init__(3 * channels, out)
        self._around = around

    def forward(self, x: Tensor) -> Tensor:
        if self._around:
            wider = torch.cat([x[:, -1:], x, x[:, :1]], 1)
        else:
            wider = functional.pad(x, (0, 0, 1, 1))
        return super().forward(torch.cat([wider[:, :-2], x, wider[:, 2:]], -1))


class Halve(nn.Linear):
    """Merges each two places into one."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__(2 * channels, out)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.reshape(len(x), -1, self.in_features))


class Double(nn.Linear):
    """Splits each place into two."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__(channels, 2 * out)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).reshape(len(x), -1, self.out_features // 2)


class Block(nn.Module):
    """A residual block of two convolutions; a condition scales and shifts the first."""

    def __init__(self, channels: int, condition: int = 0, *, around: bool = False) -> None:
        super().__init__()
        self.conv_in = Near(channels, channels, around=around)
        self.modulate = nn.Linear(condition, 2 * channels) if condition else None
        self.conv_out = Near(channels, channels, around=around)
        nn.init.zeros_(self.conv_out.weight)

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        h = normed(self.conv_in(functional.silu(normed(x))))
        if self.modulate is not None:
            scale, shift = self.modulate(condition)[:, None].chunk(2, -1)
            h = h * (1 + scale) + shift
        correction: Tensor = self.conv_out(functional.silu(h))
        return x + correction


class PictureBlock(nn.Module):
    """A residual block for pictures (batch, channels, rows, columns)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv_out = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.conv_out.weight)

    def forward(self, x: Tensor) -> Tensor:
        h = normed(self.conv_in(functional.silu(normed(x, 1))), 1)
        correction: Tensor = self.conv_out(functional.silu(h))
        return x + correction


class Attend(nn.Module):
    """Attention around a ring, with a learned bias for the angle between two places."""

    apart: Tensor

    def __init__(self, channels: int, places: int, heads: int = 4) -> None:
        super().__init__()
        self._heads = heads
        self.qkv = nn.Linear(channels, 3 * channels)
        self.bias = nn.Parameter(torch.zeros(heads, places))
        self.leave = nn.Linear(channels, channels)
        nn.init.zeros_(self.leave.weight)
        apart = (torch.arange(places)[:, None] - torch.arange(places)) % places
        self.register_buffer("apart", apart, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        parts = self.qkv(normed(x)).unflatten(2, (3, self._heads, -1))
        q, k, v = parts.permute(2, 0, 3, 1, 4).unbind()
        bias = self.bias[:, self.apart].to(q.dtype)
        h = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        attended: Tensor = self.leave(h.transpose(1, 2).flatten(2))
        return x + attended
