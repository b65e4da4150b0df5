"""Convert and encode frames and audio, with all constants of the codecs."""
