"""How the tests share the machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Test processes run beside each other: with several threads in each, they would wait for each
# other. This must be set before torch is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Run one file, or tests that are named, in this process: workers take a second to start."""
    files = [argument for argument in config.args if not Path(argument).is_dir()]
    one_file = len({argument.partition("::")[0] for argument in files}) == 1
    return 0 if one_file and len(files) == len(config.args) else None
