"""LUC410: weights are loaded before `load`."""

import ast
from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.downloads import is_weight_load
from lucid.check.port import Port
from lucid.check.rule import Invalid, Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    foreign = dict(port.foreign_calls())
    for module in port.played:
        for call in module.calls:
            function = call.function
            is_early = function is None or (
                function.name == "__init__" and call.inside in port.models
            )
            if is_early and is_weight_load(port, call, foreign.get(call)):
                when = "when the port is imported" if function is None else "in `__init__`"
                yield RULE.at(module, call.node, call=ast.unparse(call.node.func), when=when)


RULE = Rule(
    code="LUC410",
    name="loads-early",
    message="`{call}` runs {when}: move it into `load` of the model",
    why="The page shows nothing while it runs, and the weights belong to another thread than the "
    "one that steps the model.",
    valid=(
        """
        import torch
        from lucid import LucidModel

        class MyModel(LucidModel):
            def load(self, ctx) -> None:
                self.weights = torch.load("weights.pt", weights_only=True)
        """,
    ),
    invalid=(
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
    ),
    check=_check,
)
