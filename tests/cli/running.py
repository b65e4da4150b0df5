"""The command line as a user runs it: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def lucid(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``lucid`` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "lucid", *arguments],
        cwd=cwd,
        env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@contextmanager
def lucid_serve(
    *arguments: str, cwd: Path, **environment: str
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """``lucid serve`` on a free TCP port: the URL that it printed, and the process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "lucid", "serve", *arguments, "--port", "0"],
        cwd=cwd,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url, process.communicate()[1]
        yield url, process
    finally:
        process.terminate()
        process.communicate(timeout=20)
