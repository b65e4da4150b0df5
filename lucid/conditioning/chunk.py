"""How many frames a causal video autoencoder makes of a chunk of latents."""

from __future__ import annotations


def frames_of_latents(latents: int, *, first: bool, frames_per_latent: int = 4) -> int:
    """Frames of a chunk: a latent is ``frames_per_latent`` of them, but a rollout's very first
    one is a single frame."""
    return latents * frames_per_latent - (frames_per_latent - 1 if first else 0)
