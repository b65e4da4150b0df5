"""Learn the kernels from a simulated pond, by least squares. Takes a second."""

import numpy as np
from model import HEIGHT, WEIGHTS, WIDTH, Ripples, drop, patches

SPEED, DAMPING = 0.25, 0.002


def simulate(count: int, rng: np.random.Generator) -> np.ndarray:
    """Frames of a pond into which stones fall: the wave equation, (count, HEIGHT, WIDTH)."""
    frames = np.zeros((count, HEIGHT, WIDTH), np.float32)
    for t in range(2, count):
        last, before = frames[t - 1], frames[t - 2]
        if t % 20 == 2:
            last += drop(rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT), 5)
        around = np.pad(last, 1, mode="edge")
        curve = (
            around[:-2, 1:-1] + around[2:, 1:-1] + around[1:-1, :-2] + around[1:-1, 2:] - 4 * last
        )
        frames[t] = last + (1 - DAMPING) * (last - before) + SPEED * curve
    return frames


def main() -> None:
    """Write weights.npz."""
    frames = simulate(60, np.random.default_rng(0))
    pairs = [(frames[t - 2 : t][::-1], frames[t]) for t in range(2, len(frames))]
    inputs = np.concatenate([np.stack([p.ravel() for p in patches(pair)], 1) for pair, _ in pairs])
    targets = np.concatenate([target.ravel() for _, target in pairs])
    weights, *_ = np.linalg.lstsq(inputs[::7], targets[::7], rcond=None)
    np.savez(WEIGHTS, kernels=weights.reshape(2, 3, 3).astype(np.float32))

    model = Ripples.load()
    model.frames = frames[21:23][::-1].copy()  # a stone has just fallen
    for _ in range(18):
        predicted = model.step(np.zeros((HEIGHT, WIDTH), np.float32))
    error = np.abs(predicted - frames[40]).max() / np.abs(frames[40]).max()
    print(f"wrote {WEIGHTS.name}; after 18 frames the prediction is {error:.1%} off")


if __name__ == "__main__":
    main()
