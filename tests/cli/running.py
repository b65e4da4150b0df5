"""The command line as a user runs it: in a process of its own, or sooner in this one."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from lucid.__main__ import main


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


def lucid_here(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``lucid`` to its end in this process, which saves the second that a start takes.

    A variable that a library reads when it is imported (HF_HOME) needs a process of its own.
    """
    output, messages = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patched,
        redirect_stdout(output),
        redirect_stderr(messages),
    ):
        patched.chdir(cwd)
        patched.syspath_prepend(cwd)  # as `python -m` does
        patched.setattr(sys, "argv", ["lucid", *arguments])
        for name, value in {"COLUMNS": "100", "NO_COLOR": "1", **environment}.items():
            patched.setenv(name, value)
        try:
            main()
            code: object = 0
        except SystemExit as end:
            code = end.code or 0
    assert isinstance(code, int)
    return subprocess.CompletedProcess(arguments, code, output.getvalue(), messages.getvalue())


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
        process.communicate(timeout=60)
