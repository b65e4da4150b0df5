"""LUC405: a session seeds the random numbers of everybody."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule

_SEEDERS = {
    "numpy.random.seed": "self.rng = np.random.default_rng(rng_seed)",
    "random.seed": "self.rng = random.Random(rng_seed)",
    "torch.cuda.manual_seed": "self.rng = torch.Generator(device).manual_seed(rng_seed)",
    "torch.cuda.manual_seed_all": "self.rng = torch.Generator(device).manual_seed(rng_seed)",
    "torch.manual_seed": "self.rng = torch.Generator(device).manual_seed(rng_seed)",
}


def _check(port: Port) -> Iterator[Diagnostic]:
    for call, foreign in port.foreign_calls():
        if foreign.name in _SEEDERS and call.inside in port.sessions:
            name = ast.unparse(call.node.func)
            write = _SEEDERS[foreign.name]
            yield RULE.at(foreign.module, call.node, name=name, write=write)


RULE = Rule(
    code="LUC405",
    name="global-rng",
    message="`{name}` seeds every session's random numbers: write for example `{write}`",
    why="Another player's world jumps when this one is reset, and no two plays of one rng seed are "
    "alike.",
    valid=(
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
    ),
    invalid=(
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
    ),
    check=_check,
)
