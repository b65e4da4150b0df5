"""What LUC405 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = (
    """
        import random
        import torch
        from lucid import LucidModel, LucidSession

        class MySession(LucidSession):
            def reset(self, rng_seed: int) -> None:
                self.rng = random.Random(rng_seed)

        class MyModel(LucidModel):
            def load(self, ctx) -> None:
                torch.manual_seed(0)
        """,
)
INVALID = (
    Invalid(
        """
            import numpy as np
            from lucid import LucidSession

            class MySession(LucidSession):
                def reset(self, rng_seed: int) -> None:
                    np.random.seed(rng_seed)
            """,
        line=6,
        column=9,
    ),
)
