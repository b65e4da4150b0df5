"""Evaluation: play a port on the inputs of recorded clips, and measure its frames."""
