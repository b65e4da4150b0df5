"""Train an agent to walk far in the bundled world: `python examples/ppo.py [UPDATES]`.

PPO in one file, in the style of CleanRL. The agent sees one frame, as 64x64 pixels, and decides
which keys it holds. It needs `pip install "lucid-runtime[demo,gym]"`.
"""

from __future__ import annotations

import sys

import gymnasium
import numpy as np
import torch
from torch import Tensor, nn
from torch.distributions import Bernoulli
from torch.nn import functional

import lucid.gym

STEPS = 64  # per session and update
EPOCHS, MINIBATCHES = 3, 4
GAMMA, LAMBDA, CLIP = 0.99, 0.95, 0.2
LEARNING_RATE, ENTROPY, VALUE, MAX_NORM = 3e-4, 0.01, 0.5, 0.5
SIDE = 64


class Agent(nn.Module):
    """Looks at frames (N, 3, SIDE, SIDE) in 0..1; says how likely it holds each key."""

    def __init__(self, keys: int) -> None:
        super().__init__()
        self.see = nn.Sequential(
            *(nn.Conv2d(3, 16, 8, 4), nn.ReLU(), nn.Conv2d(16, 32, 4, 2), nn.ReLU()),
            *(nn.Flatten(), nn.LazyLinear(128), nn.ReLU()),
        )
        self.act, self.value = nn.Linear(128, keys), nn.Linear(128, 1)

    def forward(self, frames: Tensor) -> tuple[Bernoulli, Tensor]:
        seen = self.see(frames)
        return Bernoulli(logits=self.act(seen)), self.value(seen)[:, 0]


def small(frames: np.ndarray) -> Tensor:
    """Turn frames (N, H, W, 3) uint8 into (N, 3, SIDE, SIDE) in 0..1."""
    pictures = torch.from_numpy(frames).permute(0, 3, 1, 2).float() / 255
    return functional.interpolate(pictures, (SIDE, SIDE), mode="area")


def train(envs: lucid.gym.WorldVectorEnv, updates: int, seed: int = 0) -> list[float]:
    """Train an agent; return the mean reward per step of each update."""
    torch.manual_seed(seed)
    single = envs.single_action_space
    assert isinstance(single, gymnasium.spaces.Dict)
    keys = [name for name, space in single.items() if space == gymnasium.spaces.Discrete(2)]
    nothing = envs.action_space.sample()
    for value in nothing.values():
        value[:] = 0

    frames, _ = envs.reset(seed=seed)
    now, ended = small(frames), torch.zeros(envs.num_envs)
    agent = Agent(len(keys))
    agent(now)
    optimizer = torch.optim.Adam(agent.parameters(), LEARNING_RATE, eps=1e-5)
    rewards_per_step = []
    for _ in range(updates):
        seen, held, chances, values, rewards, starts = [], [], [], [], [], []
        for _ in range(STEPS):
            with torch.no_grad():
                policy, value = agent(now)
                keys_held = policy.sample()
            seen.append(now)
            held.append(keys_held)
            values.append(value)
            chances.append(policy.log_prob(keys_held).sum(1))
            starts.append(ended)
            pressed = zip(keys, keys_held.T.long().numpy(), strict=True)
            frames, reward, terminated, truncated, _ = envs.step({**nothing, **dict(pressed)})
            rewards.append(torch.from_numpy(reward).float())
            now, ended = small(frames), torch.from_numpy(terminated | truncated).float()

        with torch.no_grad():
            last = agent(now)[1]
        advantage = torch.zeros(envs.num_envs)
        advantages: list[Tensor] = []
        for step in reversed(range(STEPS)):
            alive = 1 - (starts[step + 1] if step + 1 < STEPS else ended)
            after = values[step + 1] if step + 1 < STEPS else last
            error = rewards[step] + GAMMA * after * alive - values[step]
            advantage = error + GAMMA * LAMBDA * alive * advantage
            advantages.insert(0, advantage)

        # The step after an end only starts the next episode: its action was ignored.
        real = torch.stack(starts).flatten() == 0
        batch = [torch.cat(some)[real] for some in (seen, held, chances, advantages, values)]
        for _ in range(EPOCHS):
            for rows in torch.randperm(len(batch[0])).chunk(MINIBATCHES):
                pictures, action, chance, gain, value = (part[rows] for part in batch)
                policy, guess = agent(pictures)
                ratio = (policy.log_prob(action).sum(1) - chance).exp()
                better = (gain - gain.mean()) / (gain.std() + 1e-8)
                clipped = ratio.clamp(1 - CLIP, 1 + CLIP)
                loss = -torch.min(better * ratio, better * clipped).mean()
                loss += VALUE * functional.mse_loss(guess, gain + value)
                loss -= ENTROPY * policy.entropy().sum(1).mean()
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(agent.parameters(), MAX_NORM)
                optimizer.step()
        rewards_per_step.append(torch.stack(rewards).mean().item())
        print(f"update {len(rewards_per_step)}: {rewards_per_step[-1]:.4f} per step", flush=True)
    return rewards_per_step


if __name__ == "__main__":
    world = lucid.gym.make_vec(num_envs=2, reward=lucid.gym.distance_walked, max_steps=200)
    try:
        train(world, int(sys.argv[1]) if len(sys.argv) > 1 else 50)
    finally:
        world.close()
