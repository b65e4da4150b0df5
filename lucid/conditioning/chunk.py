"""Convert numbers of latents to numbers of frames for a causal video autoencoder."""


def frames_of_latents(latents: int, *, first: bool, frames_per_latent: int = 4) -> int:
    """Return the number of frames in a chunk of latents.

    Each latent decodes to ``frames_per_latent`` frames, except the first latent of a rollout, which
    decodes to one frame. ``first`` says whether the chunk starts the rollout.
    """
    return latents * frames_per_latent - (frames_per_latent - 1 if first else 0)
