"""What every test here starts with: no imported ports, and a `lucid new` that plays nothing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

SCAFFOLDS = Path(__file__).resolve().parents[2] / "scaffolds"


@pytest.fixture(autouse=True)
def forget_other_ports(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Hide imported ports for one test: `lucid new` refuses a name that can be imported here."""
    others = (str(SCAFFOLDS), str(tmp_path_factory.getbasetemp()))
    monkeypatch.setattr(sys, "path", [path for path in sys.path if not path.startswith(others)])
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and file.startswith(others):
            monkeypatch.delitem(sys.modules, name)


@pytest.fixture
def plays_new_ports() -> None:
    """Let `lucid new` play what it writes. Starting its process takes longer than most tests."""


@pytest.fixture(autouse=True)
def checks_new_ports(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `lucid new` only check what it writes, as without the extra `serve`."""
    if "plays_new_ports" not in request.fixturenames:
        monkeypatch.setattr("lucid.cli.proof.can_play", lambda: False)
