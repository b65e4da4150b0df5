"""As SkyworkAI/Matrix-Game at 756776d: as many parts as the decoder has causal convolutions."""

ZERO_VAE_CACHE = [0] * 4
