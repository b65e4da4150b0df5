"""How the tests share the machine's cores, and what is the same in every run."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest
from hypothesis import settings

# Test processes run in parallel, so each uses one thread: more threads would compete for the
# cores. This must be set before torch is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Hypothesis tries the same cases in every run. Before a release, it looks for new ones.
settings.register_profile("same", derandomize="LUCID_TEST_LONG" not in os.environ)
settings.load_profile("same")

# Git reads local repositories only, also as submodules. No test asks a server on the network.
os.environ["GIT_ALLOW_PROTOCOL"] = "file"


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Run a single file or named tests in this process, because workers take a second to start.

    Otherwise use one worker more than cores: half of their time, tests wait for a time limit, a
    picture or another process.
    """
    files = [argument for argument in config.args if not Path(argument).is_dir()]
    one_file = len({argument.partition("::")[0] for argument in files}) == 1
    return 0 if one_file and len(files) == len(config.args) else (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the browser's tests, so that one worker runs them while others run the rest.

    An open page takes half a core. Several at once would wait for each other.
    """
    items.sort(key=lambda item: "web" not in item.path.parts)


def pytest_collection_finish() -> None:
    """Spare the garbage collector all that is imported by now, which includes torch.

    Tests that count what is left behind collect garbage many times, at 1 s for so many objects.
    """
    gc.collect()
    gc.freeze()
