"""A port's own environment: the Python, the packages and the Lucid that run its model."""
