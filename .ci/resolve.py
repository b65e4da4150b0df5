"""Resolve what the environment of every scaffold installs, without installing it: resolve.py UV.

Left out and named: requirements from git, and packages that need torch to say what they need.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lucid.environment.find import read_needs
from lucid.environment.sync import CUDA_ONLY, REQUIREMENTS

ROOT = Path(__file__).resolve().parent.parent
UV = sys.argv[1]
PYTHONS = ("3.11",)
JOBS = 8


def main() -> int:
    names = defaultdict(list)
    for port in sorted((ROOT / "scaffolds").iterdir()):
        needs = read_needs(port)
        if needs is None:
            continue
        left_out = [text for text in needs.packages if "git+" in text or CUDA_ONLY.match(text)]
        for text in left_out:
            print(f"{port.name}: not resolved: {text}")
        names[tuple(text for text in needs.packages if text not in left_out)].append(port.name)
    tasks = [(packages, python) for packages in names for python in PYTHONS]
    with ThreadPoolExecutor(JOBS) as pool:
        runs = list(pool.map(resolve, tasks))
    failed = 0
    for (packages, python), run in zip(tasks, runs, strict=True):
        ports = ", ".join(names[packages])
        if run.returncode:
            failed += 1
            print(f"{ports}: cannot be resolved on Python {python}\n{run.stderr}")
        else:
            print(f"{ports}: {len(run.stdout.split())} packages on Python {python}")
    return 1 if failed else 0


def resolve(task: tuple[tuple[str, ...], str]) -> subprocess.CompletedProcess[str]:
    packages, python = task
    return subprocess.run(
        [UV, "pip", "compile", "-", "--quiet", "--no-annotate", "--no-header",
         "--python-version", python, "--python-platform", "x86_64-manylinux_2_28"],
        input="\n".join((*packages, *REQUIREMENTS)),
        env={"UV_NATIVE_TLS": "1", **os.environ},  # trust the machine's certificates, as pip does
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
