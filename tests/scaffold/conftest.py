"""Forgets the ports that earlier tests of this process have imported."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def forget_other_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide imported ports for one test: `lucid new` refuses a name that can be imported here."""
    roots = [entry for entry in sys.path if entry and (Path(entry) / "lucid.lock").is_file()]
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry not in roots])
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and any(Path(file).is_relative_to(root) for root in roots):
            monkeypatch.delitem(sys.modules, name)
