"""LUC003: pyproject.toml names a model class that is not there."""

from collections.abc import Iterator

from lucid.check.diagnostics import Diagnostic
from lucid.check.entry import EntryFault, entry_fault
from lucid.check.port import Port
from lucid.check.rule import Rule


def _check(port: Port) -> Iterator[Diagnostic]:
    fault = entry_fault(port)
    if port.entry is None or fault is None or fault is EntryFault.NO_MODEL_AT_ALL:
        return
    found = [f'"{model.module.name}:{model.name}"' for model in port.served_models]
    yield RULE.in_file(
        port.entry.path,
        port.entry.range,
        entry=f"{port.entry.module}:{port.entry.class_name}",
        problem=fault.value,
        write=" or ".join(found) or '"module:Class" of your LucidModel',
    )


RULE = Rule(
    code="LUC003",
    name="entry-point",
    message='the entry point "{entry}" leads nowhere, as {problem}: write {write}',
    why="`lucid serve` loads what [tool.lucid] port names; where that is missing, nothing starts.",
    check=_check,
)
