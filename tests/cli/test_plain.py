"""Text of users, repos and ports is printed as it is: no markup, emoji or control characters."""

from __future__ import annotations

import logging
import sys
import unicodedata
from pathlib import Path

import huggingface_hub.constants  # noqa: F401 - it must not read the environment of these tests
import pytest

from lucid.__main__ import main
from lucid._text import plain
from lucid.cli import fail
from lucid.cli.printing import PlainFormatter

HOSTILE = "[red]:smile:\x1b]0;owned\x07\u202eabc\x9b31m\rx"
PORT = """
from lucid import LucidModel, LucidSession, input, publish


class Session(LucidSession["Model"]):
    @input(description={text!r})
    def jump(self) -> None: ...

    async def run(self) -> None:
        while self.ctx.running:
            await self.ctx.wait_if_paused()


class Model(LucidModel):
    name = "m"
    description = {text!r}
    session_cls = Session
    outputs = (publish.video(name="v", width=16, height=16, description={text!r}),)
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a repo and a port full of hostile text."""
    repo = tmp_path / "repo"
    repo.mkdir()
    (repo / "README.md").write_text(f"---\nlicense: mit\ntags: [{HOSTILE!r}]\n---\n")
    (repo / "config.json").write_text('{"model_type": "llama", "_class_name": "x"}')
    (repo / f"a{HOSTILE.replace('/', '')}.safetensors").write_bytes(b"x")
    port = tmp_path / "bad" / "bad"
    port.mkdir(parents=True)
    (port / "__init__.py").touch()
    (port / "port.py").write_text(PORT.format(text=HOSTILE))
    (port.parent / "pyproject.toml").write_text('[tool.lucid]\nport = "bad.port:Model"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["inspect", "./repo"], ""),
        (["inspect", "./repo", "--evidence"], "[red]:smile:"),
        (["inspect", f"./{HOSTILE}"], "[red]:smile:"),
        (["inspect", HOSTILE], "[red]:smile:"),
        (["inspect", f"https://x.y/{HOSTILE}"], "[red]:smile:"),
        (["new", HOSTILE], "[red]:smile:"),
        (["new", "world", "--from-hf", f"./{HOSTILE}"], "[red]:smile:"),
        (["new", "world", "--from-hf", "./repo", "--family", HOSTILE], "[red]:smile:"),
        (["manifest", "bad"], "[red]:smile:"),
        (["manifest", "bad", "--static"], "[red]:smile:"),
        (["manifest", "bad", "--json"], "[red]:smile:"),
        (["manifest", HOSTILE], "[red]:smile:"),
        (["serve", HOSTILE], "[red]:smile:"),
        (["bench", HOSTILE], "[red]:smile:"),
        (["sync", HOSTILE], "[red]:smile:"),
        (["update", HOSTILE], "[red]:smile:"),
        (["rule", HOSTILE], "[red]:smile:"),
        (["check", HOSTILE], "[red]:smile:"),
        (["check", "bad"], ""),
        (["check", "--conformance", HOSTILE], "[red]:smile:"),
        (["doctor", HOSTILE], "[red]:smile:"),
    ],
)
def test_every_command_prints_text_as_it_is(
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    shown: str,
) -> None:
    monkeypatch.setattr(sys, "argv", ["lucid", *arguments])
    with pytest.raises(SystemExit):
        main()
    output = "".join(capsys.readouterr())
    assert shown in output.replace("\n", "")
    assert "\N{SMILING FACE WITH OPEN MOUTH AND SMILING EYES}" not in output
    assert [char for char in output if steers(char)] == []


def steers(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") and char not in "\n\t"


def test_a_log_line_is_plain_with_its_traceback() -> None:
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        record = logging.LogRecord("n", 40, "p", 1, "%s", (HOSTILE,), sys.exc_info())
    text = PlainFormatter("%(message)s").format(record)
    assert text.count("\\x1b]0;owned\\x07\\u202eabc\\x9b31m\\x0dx") == 2
    assert not any(steers(char) for char in text)


def test_words_of_every_script_are_kept() -> None:
    words = "na\u00efve \u65e5\u672c\u3000\u8a9e \u0641\u0627 \N{VIDEO GAME}\u00a0\t\n"
    assert plain(words) == words


def test_the_traceback_of_a_bug_in_lucid_can_be_reported(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf-tea-and-biscuits")
    with pytest.raises(SystemExit, match="70"):
        fail(KeyError("https://me:biscuits@example.org/?token=tea with hf-tea-and-biscuits"))
    printed = capsys.readouterr().err
    assert "KeyError: 'https://[removed]@example.org/?token=[removed] with [removed]'" in printed
    assert "biscuits" not in printed
