"""What is no port, or hardly one: a clear message and an exit code, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.check.example import EXAMPLE
from tests.check.test_port import PYPROJECT, write
from tests.cli.running import lucid_here


def lucid(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = lucid_here("check", *arguments, cwd=folder)
    assert "Traceback" not in done.stderr
    return done


def make(folder: Path, source: str | bytes) -> Path:
    write(folder, {"pyproject.toml": PYPROJECT, "world/port.py": source})
    return folder


def test_a_syntax_error_says_what_the_compiler_says(tmp_path: Path) -> None:
    source = EXAMPLE.replace('hold(keys=("KeyW",))', 'hold(keys=("KeyW",)')
    done = lucid(make(tmp_path, source), "--format", "concise")
    assert done.returncode == 1
    assert done.stdout == (
        f"{Path('world', 'port.py')}:18:11: LUC001 this file cannot be read: '(' was never closed\n"
    )


@pytest.mark.parametrize(
    "line", ["type Speed = float", "def f[T](x: T) -> T: ...", "x = t'{name}'", "class A[T]: ..."]
)
def test_a_file_in_the_syntax_of_a_later_python_is_checked(tmp_path: Path, line: str) -> None:
    broken = EXAMPLE.replace("prompt: str)", "prompt)")
    done = lucid(make(tmp_path, f"{line}\n{broken}"), "--fix", "--unsafe-fixes", "--format=concise")
    assert (done.returncode, done.stdout) == (0, "")
    fixed = (tmp_path / "world" / "port.py").read_text("utf-8")
    assert fixed == f"{line}\n{EXAMPLE.replace('prompt: str)', 'prompt: float)')}"


def test_a_fault_in_such_a_line_is_a_finding(tmp_path: Path) -> None:
    done = lucid(make(tmp_path, f"type Speed = = float\n{EXAMPLE}"), "--format", "concise")
    assert done.returncode == 1
    assert ":1:6: LUC001" in done.stdout or ":1:14: LUC001" in done.stdout


def test_bytes_that_are_not_utf_8_are_a_finding(tmp_path: Path) -> None:
    done = lucid(make(tmp_path, b"NAME = 'caf\xe9'\n"), "--format", "concise")
    assert done.returncode == 1
    assert ":1:12: LUC001" in done.stdout
    assert "save it as UTF-8" in done.stdout


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "no port is here"),
        ({"README.md": "x"}, "no port is here"),
        ({"pyproject.toml": "[project]\nname = 'x'\n"}, "no port is here"),
        ({"pyproject.toml": "[tool.lucid\n"}, "cannot be read"),
        ({"pyproject.toml": b"\xff"}, "cannot be read"),
        ({"pyproject.toml": "[tool.lucid]\nport = 3\n"}, "port must be a string"),
    ],
    ids=["empty folder", "no pyproject", "no table", "broken", "not UTF-8", "number"],
)
def test_a_folder_without_a_port_is_a_mistake_of_usage(
    tmp_path: Path, files: dict[str, str | bytes], words: str
) -> None:
    write(tmp_path, files)
    done = lucid(tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert words in done.stderr


def test_an_empty_folder_that_is_named_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = lucid(tmp_path, "empty")
    assert done.returncode == 2
    assert "empty holds no port" in done.stderr


def test_links_that_lead_round_are_no_trap(tmp_path: Path) -> None:
    make(tmp_path, EXAMPLE)
    (tmp_path / "world" / "again").symlink_to(tmp_path / "world")
    (tmp_path / "world" / "self.py").symlink_to("self.py")
    (tmp_path / "loop").symlink_to("loop")
    assert lucid(tmp_path).returncode == 0
    for target in ("loop", "world/self.py"):
        done = lucid(tmp_path, target)
        assert done.returncode == 2
        assert done.stderr.startswith("error: ")


def test_a_pipe_named_like_a_module_is_not_waited_for(tmp_path: Path) -> None:
    make(tmp_path, EXAMPLE)
    os.mkfifo(tmp_path / "world" / "pipe.py")
    assert lucid(tmp_path).returncode == 0


def test_a_long_file_is_checked(tmp_path: Path) -> None:
    lines = 5_000 if "LUCID_TEST_LONG" in os.environ else 1_000
    table = "\n".join(f"ROW_{n} = ({n}, 'a', 1.5)  # noqa: E501" for n in range(lines))
    done = lucid(make(tmp_path, f"{EXAMPLE.replace('prompt: str)', 'prompt)')}\n{table}\n"))
    assert done.returncode == 1
    assert done.stdout.startswith("LUC103")


@pytest.mark.parametrize("source", ["", "\n", "\ufeff", "#", "\x0c", "'''"])
def test_a_file_with_nothing_in_it_is_a_finding(tmp_path: Path, source: str) -> None:
    done = lucid(make(tmp_path, source), "--format", "concise")
    assert done.returncode == 1
    assert done.stdout.split()[1] in ("LUC001", "LUC002")


def test_surrogates_are_no_crash(tmp_path: Path) -> None:
    source = EXAMPLE + "X = '\\ud800'\n# TODO(lucid): \\ud800\n"
    for name in ("full", "json", "sarif", "junit", "github"):
        assert lucid(make(tmp_path, source), "--select", "LUC901", "--format", name).returncode == 1


DEEP = """
import sys
from lucid.check.engine import check_source
for count in (700, 20_000):
    for source in (
        "x = a" + ".b" * count,
        "x = f" + "()" * count,
        "x = f" + "[0]" * count,
        "x = " + "+".join(["1"] * count),
        "x = " + "**".join(["1"] * count),
        "x = " + " and ".join(["1"] * count),
        "x = " + "not " * count + "1",
        "x = " + "-" * count + "1",
        "x = " + "(" * count + "1" + ")" * count,
        "x = " + "[" * count + "]" * count,
        "x = " + "{1:" * count + "1" + "}" * count,
        "x = " + "1 if a else " * count + "2",
        "x = " + "lambda: " * count + "1",
        "x = (" + " 'a'" * count + ")",
        "x = [a " + "for a in b " * count + "]",
        "x = f'{" + "(" * count + "1" + ")" * count + "}'",
        "import a" + ".b" * count,
        "if a:\\n pass\\n" + "elif b:\\n pass\\n" * count,
        "".join(" " * (n % 700) + "if a:\\n" for n in range(count)) + " " * (count % 700) + "pass",
    ):
        codes = {found.code for found in check_source(source, "port.py")}
        assert codes <= {"LUC001"}, (source[:40], codes)
        assert count < 20_000 or codes, source[:40]
"""


def test_no_kind_of_nesting_ends_the_process() -> None:
    done = subprocess.run([sys.executable, "-c", DEEP], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
