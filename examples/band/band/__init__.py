"""A synthesizer that keys play: sound out, no weights."""
