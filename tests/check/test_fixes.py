"""``--fix``, ``--diff`` and ``--add-noqa``: what is written, and that all else stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from lucid.cli import app
from lucid.errors import TargetError
from tests.check.example import EXAMPLE
from tests.check.test_port import PYPROJECT, write

LOCK = '{"source": {"repo": "org/name", "commit": "c0735f86ba7453dfcb5aaea660f32d1b86dc4a98"}}'
BROKEN = (
    EXAMPLE.replace("await self.ctx.publish", "self.ctx.publish")  # safe
    .replace('keys=("KeyW",)', "keys=('w',)")  # safe
    .replace("prompt: str)", "prompt)")  # unsafe
)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["check", *arguments])


@pytest.fixture(autouse=True)
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {"pyproject.toml": PYPROJECT, "world/port.py": BROKEN, "lucid.lock": LOCK})
    return tmp_path / "world" / "port.py"


def test_fix_writes_the_safe_fixes_and_leaves_the_rest(port: Path) -> None:
    result = run("--fix", "--format", "concise")
    assert port.read_text("utf-8") == EXAMPLE.replace("prompt: str)", "prompt)").replace(
        '("KeyW",)', '("KeyW",)'
    )
    assert result.exit_code == 1
    assert [line.split()[1] for line in result.stdout.splitlines()] == ["LUC103"]
    assert result.stderr == (
        "Fixed 2 findings. 1 finding in 1 file\nCan be fixed: 1 with --fix --unsafe-fixes\n"
    )


def test_a_second_run_changes_nothing(port: Path) -> None:
    run("--fix", "--unsafe-fixes")
    once = port.read_bytes()
    result = run("--fix", "--unsafe-fixes")
    assert port.read_bytes() == once
    assert result.exit_code == 0
    assert result.stderr == "No findings: 1 file checked\n"


def test_unsafe_fixes_alone_change_nothing(port: Path) -> None:
    before = port.read_bytes()
    assert run("--unsafe-fixes").exit_code == 1
    assert port.read_bytes() == before


def test_a_diff_is_printed_and_nothing_is_written(port: Path) -> None:
    before = port.read_bytes()
    result = run("--diff")
    assert port.read_bytes() == before
    assert result.exit_code == 1
    changed = [line for line in result.stdout.splitlines() if line[0] in "+-"]
    name = str(Path("world", "port.py"))
    assert changed == [
        f"--- {name}",
        f"+++ {name}",
        "-    @input(binding=hold(keys=('w',)))",
        '+    @input(binding=hold(keys=("KeyW",)))',
        '-            self.ctx.publish("main_video", frame)',
        '+            await self.ctx.publish("main_video", frame)',
    ]
    assert result.stderr == "Would change 1 file\n"


def test_a_diff_of_a_right_port_is_empty(port: Path) -> None:
    port.write_text(EXAMPLE, "utf-8")
    result = run("--diff")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "Nothing to fix\n")


@pytest.mark.parametrize(
    ("encoding", "header", "newline"),
    [
        ("utf-8", "", "\n"),
        ("utf-8", "", "\r"),
        ("utf-8-sig", "", "\r\n"),
        ("latin-1", "# -*- coding: latin-1 -*-\n", "\n"),
        ("latin-1", "# -*- coding: latin-1 -*-\n", "\r\n"),
    ],
)
def test_no_other_byte_changes(port: Path, encoding: str, header: str, newline: str) -> None:
    def data(source: str) -> bytes:
        text = f"{header}# caf\N{LATIN SMALL LETTER E WITH ACUTE}\t \n{source}\x0c\nx = 1 \\\n  + 2"
        return text.replace("\n", newline).encode(encoding)

    broken = EXAMPLE.replace("await self.ctx.publish", "self.ctx.publish")
    port.write_bytes(data(broken))
    assert run("--fix").exit_code == 0
    assert port.read_bytes() == data(EXAMPLE)


def test_a_download_is_pinned_to_the_locks_commit(port: Path) -> None:
    download = "\n\ndef fetch():\n    from huggingface_hub import snapshot_download\n\n"
    source = f"{EXAMPLE}{download}    return snapshot_download('org/name')\n"
    port.write_text(source, "utf-8")
    assert run("--fix").exit_code == 0
    pinned = "('org/name', revision=\"c0735f86ba7453dfcb5aaea660f32d1b86dc4a98\")"
    assert port.read_text("utf-8") == source.replace("('org/name')", pinned)


def test_a_link_stays_a_link_and_a_mode_its_mode(port: Path, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere.txt"
    port.rename(real)
    real.chmod(0o640)
    port.symlink_to(real)
    run("--fix")
    assert port.is_symlink()
    assert "await self.ctx.publish" in real.read_text("utf-8")
    assert real.stat().st_mode & 0o777 == 0o640


def test_what_cannot_be_written_is_said(port: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    error = run("--fix").exception
    assert isinstance(error, TargetError)
    assert "port.py cannot be written: Permission denied" in error.message


# Accepting


def test_add_noqa_accepts_all_with_a_reason(port: Path) -> None:
    result = run("--add-noqa", "as upstream")
    assert result.exit_code == 0
    assert result.stderr == "Accepted 3 of 3 findings\n"
    lines = port.read_text("utf-8").splitlines()
    assert [line for line in lines if "noqa" in line] == [
        "    def set_prompt(self, prompt) -> None:  # lucid: noqa[LUC103] as upstream",
        "    @input(binding=hold(keys=('w',)))  # lucid: noqa[LUC109] as upstream",
        '            self.ctx.publish("main_video", frame)  # lucid: noqa[LUC302] as upstream',
    ]
    assert run().exit_code == 0


def test_add_noqa_adds_to_the_noqa_that_is_there(port: Path) -> None:
    source = BROKEN.replace("prompt) -> None:", "prompt) -> None:  # lucid: noqa[LUC102] why")
    port.write_text(source, "utf-8")
    run("--select", "LUC103", "--add-noqa")
    assert "# lucid: noqa[LUC102, LUC103] why" in port.read_text("utf-8")


def test_add_noqa_says_what_it_cannot_accept(port: Path) -> None:
    source = "from lucid import hold\nUP = hold(keys=('w',  \\\n  'KeyS'))\nX = (\n"
    port.write_text(source.replace("X = (\n", ""), "utf-8")
    result = run("--select", "LUC109", "--add-noqa")
    assert result.exit_code == 1
    assert result.stderr == "Accepted 0 of 1 findings\n"
