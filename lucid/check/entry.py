"""Does a port's entry point lead to a model class?"""

from __future__ import annotations

from enum import Enum

from lucid.check.module import Class
from lucid.check.port import Port


class EntryFault(Enum):
    """Why it does not."""

    NO_FILE = "there is no such file"
    NO_CLASS = "that file has no such class"
    NO_MODEL = "that class is no LucidModel"
    NO_MODEL_AT_ALL = "no class of the port is a LucidModel"


def entry_fault(port: Port) -> EntryFault | None:
    """What is wrong with the entry point, where the text tells for certain."""
    if port.entry is None or port.faults:
        return None
    module = port.modules.get(port.entry.module)
    if module is None:
        return EntryFault.NO_FILE
    named = port.follow(f"{port.entry.module}.{port.entry.class_name}")
    if named is None and not module.top(port.entry.class_name):
        if port.hides(module, port.entry.class_name) or module.top("__getattr__"):
            return None
        return EntryFault.NO_CLASS if _may_have_model(port) else EntryFault.NO_MODEL_AT_ALL
    if not isinstance(named, Class) or named in port.models or not port.lineage(named).is_known:
        return None
    return EntryFault.NO_MODEL if _may_have_model(port) else EntryFault.NO_MODEL_AT_ALL


def _may_have_model(port: Port) -> bool:
    return any(cls in port.models or not port.lineage(cls).is_known for cls in port.classes)
