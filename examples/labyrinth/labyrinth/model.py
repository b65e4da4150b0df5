"""The world model: the next frame from past frames, an action and a look, by few denoising steps.

Frames are (batch, 3, 96, 128) float from -1 to 1. An action is (forward, right, turn): the cells
asked for along the new heading and to its right, and the turn to the left in radians, before the
walk; what a wall stops, the network has to see for itself.

A camera's turn moves a picture in a way that is known (a homography that needs no depth), and so
does a walk for what lies at one depth. So past frames reach the network already moved to where the
new frame looks: the last one as if all of it were far away, near, nearer, or on the floor and the
ceiling; older ones turned only. What is left to learn is which of them holds at each pixel, and
what to draw where none does. The network is a U-Net that predicts the clean frame from a noisy one
(flow matching with x-prediction): a blend of the moved frames and its own correction of them.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

HEIGHT, WIDTH = 96, 128
FOCAL = 0.68  # focal length over the frame's width, as the teacher's
LAGS = (1, 2, 4, 8, 16)  # which past frames the network sees, counted back from the new one
HISTORY = LAGS[-1]
DEPTHS = (1.6, 0.8, 0.45)  # cells: at these the last frame is moved along with a walk
EYE = 0.5  # height of the eye over the floor, and of the ceiling over it
VIEWS = 2 + len(DEPTHS)  # of the last frame
PATCH = 4  # pixels along each side that the network takes together
STEPS = 1  # denoising steps, unless asked for others
TEMPERATURE = 0.5  # scale of the noise in play: of all of it, some would stay as grain
WEIGHTS = Path(__file__).with_name("weights.safetensors")


def _rays(like: Tensor) -> tuple[Tensor, Tensor]:
    """Return each pixel's ray per unit of depth, to the right and down: (96, 128) each."""
    across = (torch.arange(WIDTH, device=like.device) + 0.5 - WIDTH / 2) / (FOCAL * WIDTH)
    down = (torch.arange(HEIGHT, device=like.device) + 0.5 - HEIGHT / 2) / (FOCAL * WIDTH)
    return across[None, :].expand(HEIGHT, WIDTH), down[:, None].expand(HEIGHT, WIDTH)


def _moved(action: Tensor, depth: Tensor | float | None) -> Tensor:
    """Return where in the frame before a new frame's pixels lie, for `grid_sample`.

    action: (batch, 3). depth: of what is seen, one or per pixel; None is infinitely far.
    Returns (batch, 96, 128, 2), from -1 to 1 inside the frame.
    """
    across, down = _rays(action)
    forward, right, turn = (part[:, None, None] for part in action.unbind(1))
    ahead, aside, below = torch.ones_like(down), across, down
    if depth is not None:
        ahead, aside, below = depth + forward, depth * across + right, depth * down
    cos, sin = turn.cos(), turn.sin()
    before = (ahead * cos + aside * sin).clamp_min(0.05)
    scale = 2 * FOCAL / before
    to_right = (aside * cos - ahead * sin) * scale
    return torch.stack([to_right, (below * scale * WIDTH / HEIGHT).expand_as(to_right)], -1)


def _sample(frames: Tensor, grid: Tensor, mode: str) -> Tensor:
    return functional.grid_sample(frames, grid, mode, "border", align_corners=False)


def move(frames: Tensor, turns: Tensor, action: Tensor) -> tuple[Tensor, Tensor]:
    """Return past frames as the new frame's camera would see them.

    frames: (batch, lags, 3, 96, 128), the newest first. turns: (batch, lags), each frame's turn to
    the new heading, the action's included. action: (batch, 3).
    Returns the last frame's views (batch, VIEWS, 3, 96, 128), and what was in sight and the older
    frames (batch, channels, 96, 128).
    """
    batch, lags = turns.shape
    _, down = _rays(frames)
    last = frames[:, 0]
    depths = (*DEPTHS, EYE / down.abs())
    grids = [_moved(action, depth) for depth in (None, *depths)]
    grid = torch.cat(grids)
    views = _sample(last.repeat(VIEWS, 1, 1, 1), grid, "bicubic").clamp(-1, 1)
    views = views.view(VIEWS, batch, 3, HEIGHT, WIDTH).transpose(0, 1)
    still = torch.zeros(batch * (lags - 1), 3, device=frames.device)
    still[:, 2] = turns[:, 1:].reshape(-1)
    turned = _moved(still, None)
    older = _sample(frames[:, 1:].reshape(-1, 3, HEIGHT, WIDTH), turned, "bilinear")
    seen = torch.cat(
        [
            (g.abs().amax(-1) <= 1).float().view(batch, -1, HEIGHT, WIDTH)
            for g in (grids[0], turned)
        ],
        1,
    )
    return views, torch.cat([seen, older.view(batch, -1, HEIGHT, WIDTH)], 1)


def _silence(layer: nn.Module) -> None:
    """Let a layer begin by giving zeros."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)


class _Block(nn.Module):
    """Two convolutions beside a skip, scaled and shifted by the condition."""

    def __init__(self, channels: int, condition: int) -> None:
        super().__init__()
        self.norm_in = nn.GroupNorm(8, channels)
        self.conv_in = nn.Conv2d(channels, channels, 3, padding=1)
        self.modulate = nn.Linear(condition, 2 * channels)
        self.norm_out = nn.GroupNorm(8, channels)
        self.conv_out = nn.Conv2d(channels, channels, 3, padding=1)
        _silence(self.conv_out)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        scale, shift = self.modulate(condition)[..., None, None].chunk(2, 1)
        h = self.conv_in(functional.silu(self.norm_in(x)))
        h = self.norm_out(h) * (1 + scale) + shift
        correction: Tensor = self.conv_out(functional.silu(h))
        return x + correction


class _Layer(nn.Module):
    """A transformer layer over the coarsest grid, so that both ends of a corridor agree."""

    def __init__(self, width: int, condition: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.norm_attend = nn.LayerNorm(width, elementwise_affine=False)
        self.norm_think = nn.LayerNorm(width, elementwise_affine=False)
        self.modulate = nn.Linear(condition, 4 * width)
        self.qkv = nn.Linear(width, 3 * width)
        self.attended = nn.Linear(width, width)
        self.think = nn.Linear(width, 4 * width)
        self.thought = nn.Linear(4 * width, width)
        _silence(self.attended)
        _silence(self.thought)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        batch, places, width = x.shape
        scales = self.modulate(condition)[:, None].chunk(4, -1)
        h = self.norm_attend(x) * (1 + scales[0]) + scales[1]
        qkv = self.qkv(h).view(batch, places, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        h = functional.scaled_dot_product_attention(*qkv)
        x = x + self.attended(h.transpose(1, 2).reshape(batch, places, width))
        h = self.norm_think(x) * (1 + scales[2]) + scales[3]
        thought: Tensor = self.thought(functional.silu(self.think(h)))
        return x + thought


class WorldModel(nn.Module):
    """The denoising network."""

    waves: Tensor

    def __init__(self, looks: int) -> None:
        super().__init__()
        top, middle, bottom, condition = 40, 112, 192, 128
        channels = 3 * VIEWS + 4 * (len(LAGS) - 1) + 1
        self.look = nn.Embedding(looks, condition)
        self.embed = nn.Sequential(
            nn.Linear(3 + 1 + 1 + 16, condition), nn.SiLU(), nn.Linear(condition, condition)
        )
        self.enter_past = nn.Conv2d(PATCH**2 * channels, top, 1)
        self.enter_noisy = nn.Conv2d(PATCH**2 * 3, top, 1)
        self.top_in = _Block(top, condition)
        self.to_middle = nn.Conv2d(top, middle, 3, stride=2, padding=1)
        self.middle_in = _Block(middle, condition)
        self.to_bottom = nn.Conv2d(4 * middle, bottom, 1)
        places = HEIGHT * WIDTH // (4 * PATCH) ** 2
        self.place = nn.Parameter(torch.randn(1, places, bottom) * 0.1)
        self.bottom = nn.ModuleList(_Layer(bottom, condition) for _ in range(3))
        self.from_bottom = nn.Conv2d(bottom, 4 * middle, 1)
        self.join_middle = nn.Conv2d(2 * middle, middle, 1)
        self.middle_out = _Block(middle, condition)
        self.from_middle = nn.Conv2d(middle, 4 * top, 1)
        self.join_top = nn.Conv2d(2 * top, top, 1)
        self.top_out = nn.ModuleList(_Block(top, condition) for _ in range(2))
        self.leave = nn.Conv2d(top, PATCH**2 * (3 + VIEWS + 1), 1)
        _silence(self.leave)
        self.register_buffer("waves", torch.exp(torch.linspace(0, 4, 8)), persistent=False)

    def condition(self, time: Tensor, action: Tensor, look: Tensor, doubt: Tensor) -> Tensor:
        """Return the vector (batch, condition) that steers every block.

        time: (batch,), 1 for pure noise to 0 for a clean frame. look: (batch,) indices.
        doubt: (batch,), the noise that the past frames carry.
        """
        scaled = action * action.new_tensor((10.0, 10.0, 10.0))
        wave = time[:, None] * self.waves
        parts = (scaled, time[:, None], 4 * doubt[:, None], wave.sin(), wave.cos())
        return functional.silu(self.embed(torch.cat(parts, 1)) + self.look(look))

    def see(self, views: Tensor, rest: Tensor) -> Tensor:
        """Return what the network makes of the past, the same at every denoising step.

        views and rest as `move` returns them.
        """
        past = torch.cat([views.flatten(1, 2), rest], 1)
        seen: Tensor = self.enter_past(functional.pixel_unshuffle(past, PATCH))
        return seen

    def forward(self, noisy: Tensor, views: Tensor, seen: Tensor, condition: Tensor) -> Tensor:
        """Return the clean frame (batch, 3, 96, 128) expected under a noisy one of that shape.

        views as `move` returns them; seen and condition as the methods of those names do.
        """
        top = self.enter_noisy(functional.pixel_unshuffle(noisy, PATCH)) + seen
        top = self.top_in(top, condition)
        middle = self.middle_in(self.to_middle(top), condition)
        h = self.to_bottom(functional.pixel_unshuffle(middle, 2))
        grid = h.shape[2:]
        h = h.flatten(2).transpose(1, 2) + self.place
        for layer in self.bottom:
            h = layer(h, condition)
        h = self.from_bottom(h.transpose(1, 2).unflatten(2, grid))
        h = self.join_middle(torch.cat([middle, functional.pixel_shuffle(h, 2)], 1))
        h = self.middle_out(h, condition)
        h = functional.pixel_shuffle(self.from_middle(h), 2)
        h = self.join_top(torch.cat([top, h], 1))
        for block in self.top_out:
            h = block(h, condition)
        out = functional.pixel_shuffle(self.leave(functional.silu(h)), PATCH)
        blend = out[:, 3:].softmax(1)[:, :, None]
        return (torch.cat([noisy[:, None], views], 1) * blend).sum(1) + out[:, :3]

    @torch.no_grad()
    def dream(
        self,
        past: Tensor,
        turns: Tensor,
        action: Tensor,
        look: Tensor,
        noise: Tensor,
        *,
        steps: int = STEPS,
    ) -> Tensor:
        """Return the next frame (batch, 3, 96, 128), denoised from `noise` of that shape.

        past: (batch, lags, 3, 96, 128), the frames LAGS back, and turns: (batch, lags), the turn
        from each to the new frame. action: (batch, 3). look: (batch,). steps: evaluations of the
        network, at least 1.
        """
        views, rest = move(past, turns, action)
        seen = self.see(views, rest)
        sure = torch.zeros_like(turns[:, 0])
        x = noise
        for step in range(steps):
            time, after = 1 - step / steps, 1 - (step + 1) / steps
            condition = self.condition(torch.full_like(sure, time), action, look, sure)
            clean = self(x, views, seen, condition)
            x = clean + (after / time) * (x - clean)
        return x.clamp(-1, 1)


def load(path: Path = WEIGHTS) -> WorldModel:
    """Return the trained network; its weights are stored in half precision."""
    weights = {name: tensor.float() for name, tensor in load_file(path).items()}
    model = WorldModel(len(weights["look.weight"]))
    model.load_state_dict(weights)
    return model.eval().requires_grad_(False)


class Memory:
    """The past of one play: the frames and headings of the last HISTORY steps."""

    def __init__(self, frame: Tensor) -> None:
        """Begin standing still before `frame` (3, 96, 128)."""
        self._frames = [frame] * HISTORY
        self._headings = [0.0] * HISTORY
        self._heading = 0.0

    def recall(self, turn: float) -> tuple[Tensor, Tensor]:
        """Return `past` and `turns` as `WorldModel.dream` takes them, for a step with `turn`."""
        heading = self._heading + turn
        past = torch.stack([self._frames[-lag] for lag in LAGS])[None]
        turns = past.new_tensor([[heading - self._headings[-lag] for lag in LAGS]])
        return past, turns

    def keep(self, frame: Tensor, turn: float) -> None:
        """Add the frame that a step with `turn` led to."""
        self._heading += turn
        self._frames = [*self._frames[1:], frame]
        self._headings = [*self._headings[1:], self._heading]
