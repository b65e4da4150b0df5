"""Compare the speed of `lucid check`, Fixit and ruff: `python benchmarks/check.py [ROUNDS]`.

In each round, every tool checks the same files in its own process, one tool after the other, on a
port of three files and on a port of a hundred. Prints wall time and processor time in milliseconds
as JSON: the median and the minimum of the rounds. On a busy machine, compare the processor time (of
the process and its children). Fixit comes from the environment variable FIXIT or from PATH, and
needs its own environment: `python -m venv F && F/bin/pip install fixit==2.2.1`.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path

from lucid.check.rules import RULES

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
FIXIT = os.environ.get("FIXIT") or shutil.which("fixit")
PYPROJECT = '[tool.lucid]\nport = "world.port:WaypointModel"\n\n[tool.fixit]\nroot = true\n'
Command = Callable[[], list[str]]


def make_ports(folder: Path) -> dict[str, Path]:
    """Create a port of three scaffolded files, and one with 97 more files that ship with Lucid."""
    scaffold = ROOT / "scaffolds" / "waypoint-1.5" / "waypoint"
    shipped = sorted(ROOT.glob("[es]*/*/*/*.py"))
    modules = [path for path in shipped if path.parent.name != "tests"]
    ports = {"3 files": folder / "small", "100 files": folder / "large"}
    for port in ports.values():
        shutil.copytree(scaffold, port / "world", ignore=shutil.ignore_patterns("__pycache__"))
        (port / "pyproject.toml").write_text(PYPROJECT, "utf-8")
    for number, path in enumerate(islice(cycle(modules), 97)):
        shutil.copy(path, ports["100 files"] / "world" / f"copy_{number:02}.py")
    return ports


def commands(port: Path, cache: Path) -> dict[str, list[str]]:
    """Return the commands to time; a cold cache is an empty folder."""
    ruff = [str(BIN / "ruff"), "check", "--isolated", "--select=ALL", "--exit-zero", "-q"]
    timed = {
        "lucid, cold": [str(BIN / "lucid"), "check", str(port)],
        "lucid, warm": [str(BIN / "lucid"), "check", str(port)],
        "ruff, cold": [*ruff, "--no-cache", str(port / "world")],
        "ruff, warm": [*ruff, f"--cache-dir={cache / 'ruff'}", str(port / "world")],
    }
    if FIXIT:
        timed["fixit"] = [FIXIT, "lint", str(port / "world")]
    return timed


def measure(port: Path, rounds: int, cache: Path) -> dict[str, dict[str, float]]:
    """Run all tools `rounds` times in turn; Fixit is slow and runs at most twice on many files."""
    times: dict[str, list[tuple[float, float]]] = {}
    run(commands(port, cache)["lucid, warm"], cache)  # fills the caches
    run(commands(port, cache)["ruff, warm"], cache)
    for number in range(rounds):
        for name, command in commands(port, cache).items():
            if name == "fixit" and number > 1 and port.name == "large":
                continue
            home = cache / f"cold-{port.name}-{number}" if name == "lucid, cold" else cache
            wall_s, used_s = time.perf_counter(), used()
            run(command, home)
            taken = ((time.perf_counter() - wall_s) * 1000, (used() - used_s) * 1000)
            times.setdefault(name, []).append(taken)
    return {
        name: {
            f"{kind}_{what}": round(of([each[index] for each in taken]))
            for index, kind in enumerate(("wall_ms", "processor_ms"))
            for what, of in (("median", statistics.median), ("least", min))
        }
        for name, taken in times.items()
    }


def used() -> float:
    """Return the processor time of ended child processes in seconds."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def run(command: list[str], cache: Path) -> None:
    """Run a command without showing its output; exit if it crashes, but not if it has findings."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    if done.returncode not in (0, 1) and "fixit" not in command[0]:  # Fixit's code is a bit mask
        raise SystemExit(f"{command}: {done.stderr.decode()}")


def fixit_rules() -> int | None:
    """Return the number of Fixit's rules."""
    if not FIXIT:
        return None
    python = Path(FIXIT).resolve().parent / "python"
    count = "from fixit.config import collect_rules; from fixit.ftypes import Config"
    code = f"{count}; print(len(list(collect_rules(Config()))))"
    done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False)
    return int(done.stdout) if done.returncode == 0 else None


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        ports = make_ports(Path(folder))
        cache = Path(folder) / "cache"
        result: dict[str, object] = {"rounds": rounds, "python": sys.version.split()[0]}
        result["rules"] = {"lucid": len(RULES), "fixit": fixit_rules()}
        for name, port in ports.items():
            result[name] = measure(port, rounds, cache)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
