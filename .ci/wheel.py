"""Test an installed wheel as a new user would use it: wheel.py VENV CHECKOUT."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

VENV, CHECKOUT = Path(sys.argv[1]), Path(sys.argv[2])
sys.path.insert(0, str(CHECKOUT))
from tests.hub_server import hub_server  # noqa: E402 - the path comes first

REPO = "Overworld/Waypoint-1.5-1B"
ENVIRONMENT = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "COLUMNS": "100"}


def lucid(*arguments: str, cwd: Path, expect: int = 0) -> str:
    print("$ lucid", *arguments)
    run = subprocess.run(
        [VENV / "bin" / "lucid", *arguments],
        cwd=cwd,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == expect, f"exit {run.returncode}\n{run.stdout}\n{run.stderr}"
    return run.stdout


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        assert "inspect" in lucid("--help", cwd=here)
        with hub_server(CHECKOUT / "tests" / "data" / "hub") as hub:
            ENVIRONMENT["HF_ENDPOINT"] = hub.endpoint
            report = json.loads(lucid("inspect", REPO, "--json", cwd=here))
            assert (report["repo"], report["family"]) == (REPO, "waypoint")
            lucid("new", "waypoint", "--from-hf", REPO, cwd=here)
        lucid("new", "blank", cwd=here)
        lucid("check", "waypoint", cwd=here)
        lucid("check", "blank", cwd=here)
        lucid("serve", "waypoint", "--stub", cwd=here, expect=4)  # without the serve extra
        pip = [VENV / "bin" / "pip", "install", "-q", "-c", CHECKOUT / "constraints.txt"]
        wheel = next(VENV.parent.glob("*.whl"))
        subprocess.run([*pip, f"{wheel}[serve]"], check=True)
        play(here, ["waypoint", "--stub"])
        play(here, ["blank"])
        print(lucid("sync", "blank", cwd=here))  # a wheel of the installed files, by venv and pip
        play(here, ["blank"])
        elsewhere = Path(tempfile.mkdtemp())
        lucid("serve", cwd=elsewhere, expect=2)  # the bundled world needs torch
        subprocess.run([*pip, f"{wheel}[demo]"], check=True)
        play(elsewhere, [])


def play(cwd: Path, arguments: list[str]) -> None:
    print("$ lucid serve", *arguments)
    server = subprocess.Popen(
        [VENV / "bin" / "lucid", "serve", *arguments, "--port", "0"],
        cwd=cwd,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        for attempt in range(50):
            try:
                with urllib.request.urlopen(url, timeout=60) as page:
                    assert "static/main.js" in page.read().decode()
                with urllib.request.urlopen(f"{url}static/main.js", timeout=60) as script:
                    assert script.status == 200
                break
            except ConnectionError:
                if attempt == 49:
                    raise
                server.poll()
    finally:
        server.terminate()
        server.wait(timeout=20)


if __name__ == "__main__":
    main()
