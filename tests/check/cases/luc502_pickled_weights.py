"""What LUC502 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        import torch

        def load(path):
            torch.load(path, weights_only=True)
            torch.load(path, weights_only=SAFE)
            torch.load(path, **OPTIONS)
        """,
)
INVALID = (
    Invalid(
        "import torch\ndef load(path):\n    return torch.load(path, map_location=on('cpu'))",
        line=3,
        column=12,
        fix=("on('cpu'))", "on('cpu'), weights_only=True)"),
    ),
    Invalid(
        "from torch import load\ndef read(path):\n    return load(path, weights_only=False)",
        line=3,
        column=36,
        fix=("False", "True"),
    ),
)
