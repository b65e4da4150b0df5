"""LUC002: a port without a model class."""

from lucid.check.diagnostics import FILE_START
from lucid.check.entry import EntryFault, entry_fault
from lucid.check.port import Port
from lucid.check.rule import Findings, rule


@rule(
    "LUC002",
    message="no class of this port derives from LucidModel: write `class {model}(LucidModel)`",
    why="The model class is what `lucid serve` loads; without one there is nothing to play.",
)
def no_model(port: Port) -> Findings:
    if port.entry and entry_fault(port) is EntryFault.NO_MODEL_AT_ALL:
        path = port.modules[port.entry.module].path
        yield no_model.in_file(path, FILE_START, model=port.entry.class_name)
