"""As fastvideo 0.2.1 on PyPI: its streaming entry point, with its two faults, and no model."""
