"""LUC002: a port without a model class."""

from collections.abc import Iterator

from lucid.check.diagnostics import FILE_START, Diagnostic
from lucid.check.entry import EntryFault, entry_fault
from lucid.check.port import Port
from lucid.check.rule import Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    if port.entry and entry_fault(port) is EntryFault.NO_MODEL_AT_ALL:
        path = port.modules[port.entry.module].path
        yield RULE.in_file(path, FILE_START, model=port.entry.class_name)


RULE = Rule(
    code="LUC002",
    name="no-model",
    message="no class of this port derives from LucidModel: write `class {model}(LucidModel)`",
    why="The model class is what `lucid serve` loads; without one there is nothing to play.",
    check=_check,
)
