"""What LUC410 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        import torch
        from lucid import LucidModel

        class MyModel(LucidModel):
            def load(self, ctx) -> None:
                self.weights = torch.load("weights.pt", weights_only=True)
        """,
)
INVALID = (
    Invalid(
        """
            import torch
            from lucid import LucidModel

            class MyModel(LucidModel):
                def __init__(self, config=None) -> None:
                    super().__init__(config)
                    self.weights = torch.load("weights.pt", weights_only=True)
            """,
        line=7,
        column=24,
    ),
    Invalid(
        """
            from transformers import AutoModel

            MODEL = AutoModel.from_pretrained("org/name", revision="0" * 40)
            """,
        line=3,
        column=9,
    ),
)
