"""LUC003: pyproject.toml names a model class that is not there."""

from lucid.check.entry import EntryFault, entry_fault
from lucid.check.port import Port
from lucid.check.rule import Findings, rule


@rule(
    "LUC003",
    message='the entry point "{entry}" leads nowhere, as {problem}: write {write}',
    why="`lucid serve` loads what [tool.lucid] port names; where that is missing, nothing starts.",
)
def entry_point(port: Port) -> Findings:
    fault = entry_fault(port)
    if port.entry is None or fault is None or fault is EntryFault.NO_MODEL_AT_ALL:
        return
    found = [f'"{model.module.name}:{model.name}"' for model in port.served_models]
    yield entry_point.in_file(
        port.entry.path,
        port.entry.range,
        entry=f"{port.entry.module}:{port.entry.class_name}",
        problem=fault.value,
        write=" or ".join(found) or '"module:Class" of your LucidModel',
    )
