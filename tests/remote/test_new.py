"""`lucid new NAME --from-url URL`, and the ports that it writes."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import websockets
from typer.testing import CliRunner, Result

from lucid._target import find_port
from lucid.cli import app
from lucid.errors import ChoiceError, RemoteError, ScaffoldError
from lucid.lock import read_lock
from lucid.runtime.stepped_port import SteppedPort
from tests.remote.doubles import FastVideo, FlashDreams, SGLang, VllmOmni, World, served

DOUBLES: dict[str, Any] = {"sglang": SGLang, "vllm_omni": VllmOmni, "fastvideo": FastVideo}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def plays_in_the_long_tests_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `lucid new` only check what it writes: a session on the stub takes seconds."""
    if "LUCID_TEST_LONG" not in os.environ:
        monkeypatch.setattr("lucid.cli.proof.can_play", lambda: False)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


SIZE = ("--set", "width=64", "--set", "height=48", "--set", "fps=20")


async def test_a_port_is_written_checked_and_played_against_its_server(here: Path) -> None:
    world = World(chunk=4)
    async with served(SGLang(world), SGLang.path) as url:
        written = await asyncio.to_thread(run, "new", "far", "--from-url", url, *SIZE)
        assert written.exit_code == 0, written.output
        assert f"play the world at {url}{SGLang.path} (SGLang" in written.stderr
        assert "error" not in written.stderr
        assert run("check", "far").exit_code == 0
        frames = await asyncio.to_thread(play, here / "far")
    assert frames[0].shape == (48, 64, 3)
    assert any(frame[0, 0, 0] > 100 for frame in frames), "the held key shows"
    lock = read_lock(here / "far")
    assert lock.remote and lock.remote.url == url + SGLang.path and lock.family == "remote"
    assert run("update", "far").exit_code == 0, "it is rendered again without the server"


def play(folder: Path) -> list[np.ndarray]:
    with SteppedPort(find_port(str(folder), folder)) as port:
        session = port.session()
        steps = [session.begin([("forward", {"pressed": True})])]
        steps += [session.step() for _ in range(40)]
        return [step.frames["main_video"][0] for step in steps]


@pytest.mark.parametrize("protocol", DOUBLES)
async def test_the_protocol_is_recognised_with_and_without_its_path(protocol: str) -> None:
    double = DOUBLES[protocol](World())
    async with served(double, double.path) as url:
        for name, address in (("bare", url), ("whole", url + double.path)):
            new = ("new", name, "--from-url", address, "--json")
            report = json.loads((await asyncio.to_thread(run, *new)).stdout)
            assert report["remote"]["protocol"] == protocol
            assert report["remote"]["url"] == url + double.path


async def test_flashdreams_is_recognised_by_its_health() -> None:
    async with FlashDreams(World()).serving() as url:
        new = ("new", "far", "--from-url", url, "--json")
        report = json.loads((await asyncio.to_thread(run, *new)).stdout)
    assert report["remote"]["url"] == url.replace("ws", "http") + FlashDreams.path
    assert report["remote"]["inputs"] == ["keyboard"]


def test_a_server_that_cannot_be_asked_is_named_by_its_protocol(here: Path) -> None:
    refused = run("new", "far", "--from-url", "ws://127.0.0.1:9")
    assert isinstance(refused.exception, RemoteError)
    assert "--set protocol=NAME" in str(refused.exception)
    assert not (here / "far").exists()
    assert (
        run("new", "far", "--from-url", "ws://127.0.0.1:9", "--set", "protocol=sglang").exit_code
        == 0
    )


async def refuses(socket: websockets.ServerConnection) -> None:
    await socket.send("welcome")
    await socket.close(1003)


async def echoes(socket: websockets.ServerConnection) -> None:
    async for message in socket:
        await socket.send(message)


@pytest.mark.parametrize("program", [refuses, echoes])
async def test_another_program_is_not_taken_for_an_engine(
    program: Callable[[websockets.ServerConnection], Awaitable[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lucid.remote.recognise.ANSWER_S", 0.5)
    async with served(program, SGLang.path) as url:
        refused = await asyncio.to_thread(run, "new", "far", "--from-url", url)
        assert isinstance(refused.exception, RemoteError)
        assert "does not answer as any of these do" in str(refused.exception)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("127.0.0.1:8000", "is not the URL of a server"),
        ("ftp://host/", "is not the URL of a server"),
        ("ws:///path", "is not the URL of a server"),
        ("ws://host:99999/", "is not the URL of a server"),
        ("ws://me:secret@host/", "holds a password"),
        ('ws://host/"\nimport os', "or has some that no URL has"),
        ("ws://host/" + "a" * 3000, "is longer than 2000 characters"),
    ],
)
def test_a_url_that_is_none_is_refused(url: str, problem: str) -> None:
    refused = run("new", "far", "--from-url", url)
    assert isinstance(refused.exception, ScaffoldError) and problem in refused.exception.message


@pytest.mark.parametrize(
    "setting", ["protocol=morse", "width=7", "fps=nan", "frames_per_step=4", "height=" + "9" * 5000]
)
def test_a_setting_that_a_port_cannot_use_is_refused(setting: str) -> None:
    arguments = ("--set", "protocol=sglang", "--set", setting)
    refused = run("new", "far", "--from-url", "ws://host", *arguments)
    assert isinstance(refused.exception, ChoiceError)


def test_a_url_is_only_ever_text_in_the_files(here: Path) -> None:
    url = 'ws://host/a"b\'c`d{{e}}%7B%0A#?x="""<script>[y](z)'
    assert run("new", "far", "--from-url", url, "--set", "protocol=sglang").exit_code == 0
    code: dict[str, object] = {}
    lines = (here / "far/far/engine.py").read_text().splitlines()
    exec(next(line for line in lines if line.startswith("URL = ")), code)
    assert code["URL"] == url.partition("#")[0]
    assert "<script>" not in (here / "far/README.md").read_text().replace("`", "")
