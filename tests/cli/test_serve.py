"""``lucid serve`` as a user meets it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import pytest

from lucid.capsule.read import read_capsule
from lucid.cli.printing import JsonFormatter
from tests.cli.running import lucid_here, lucid_serve
from tests.player import playing

HELLO = Path(__file__).resolve().parent.parent.parent / "examples" / "hello"


def left_in(folder: Path, pattern: str = "lucid-*") -> list[Path]:
    return list(folder.glob(pattern))


def test_it_prints_the_url_first_and_ctrl_c_ends_it_cleanly(tmp_path: Path) -> None:
    with lucid_serve(cwd=tmp_path) as (url, process):
        assert url.startswith("http://127.0.0.1:")
        assert "static/main.js" in httpx.get(url).text
        process.send_signal(signal.SIGINT)
        output, messages = process.communicate(timeout=60)
        assert process.returncode == 130
        assert output == ""
        first, *others = messages.splitlines()
        assert first == "Playing landscape.port:LandscapeModel; Ctrl-C ends."
        assert all(line.startswith("INFO: ") for line in others)


async def test_a_player_still_there_does_not_hold_up_ctrl_c(tmp_path: Path) -> None:
    with lucid_serve(str(HELLO), "--record", "kept/here", cwd=tmp_path) as (url, process):
        async with playing(url) as player:
            await player.until_picture(lambda picture: True)
            process.send_signal(signal.SIGINT)
            await player.until(lambda: player.told[-1]["type"] == "closed")
            _, messages = process.communicate(timeout=60)
            assert process.returncode == 130
            assert "Traceback" not in messages
    (saved,) = left_in(tmp_path / "kept" / "here", "*")
    capsule = read_capsule(saved)
    assert capsule.head.port.model == "hello"
    assert capsule.head.rng_seed is not None
    assert capsule.head.frames > 0


def test_a_folder_that_cannot_be_recorded_to_is_refused_before_the_model_loads(
    tmp_path: Path,
) -> None:
    (tmp_path / "taken").touch()
    refused = lucid_here("serve", str(HELLO), "--record", "taken", cwd=tmp_path)
    assert refused.returncode == 4
    assert "--record taken: nothing can be saved there" in refused.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
async def test_sigterm_tells_the_players_and_leaves_nothing(tmp_path: Path) -> None:
    left = tmp_path / "lucid-server-of-a-killed-one"
    left.mkdir()
    os.utime(left, (0, 0))
    with lucid_serve(str(HELLO), cwd=tmp_path, TMPDIR=str(tmp_path)) as (url, process):
        async with playing(url) as player, httpx.AsyncClient() as client:
            assert not left.exists()
            assert (await client.get(f"{url}healthz")).status_code == 200
            assert (await client.get(f"{url}readyz")).status_code == 200
            model = psutil.Process(process.pid).children()
            process.send_signal(signal.SIGTERM)
            await player.until(lambda: bool(player.errors))
            assert player.errors[0]["code"] == "server.stopping"
            assert player.errors[0]["message"] == "the server stops in 5 s"
            assert (await client.get(f"{url}readyz")).status_code == 503
            process.send_signal(signal.SIGTERM)  # at once
            started_s = time.monotonic()
            _, messages = await asyncio.to_thread(process.communicate, timeout=60)
            assert time.monotonic() - started_s < 5
    assert (process.returncode, "Traceback" in messages) == (0, False)
    assert left_in(tmp_path) == []
    assert not any(one.is_running() and one.status() != "zombie" for one in model)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
def test_sigterm_without_players_ends_at_once(tmp_path: Path) -> None:
    with lucid_serve(str(HELLO), cwd=tmp_path, TMPDIR=str(tmp_path)) as (_, process):
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert left_in(tmp_path) == []


def test_json_names_the_url_and_the_port(tmp_path: Path) -> None:
    with lucid_serve("--json", cwd=tmp_path) as (line, _):
        said = json.loads(line)
        assert said["port"] == "landscape.port:LandscapeModel"
        assert said["url"].startswith("http://127.0.0.1:")


def test_each_line_of_a_json_log_is_an_object_and_names_the_session() -> None:
    formatter = JsonFormatter()
    record = logging.LogRecord(
        "a", logging.INFO, "", 0, "session %s: bad \x1b[31m", ("AbC_-123",), None
    )
    line = formatter.format(record)
    assert line.isprintable()
    said = json.loads(line)
    assert (said["level"], said["session"]) == ("INFO", "AbC_-123")
    try:
        raise ValueError("no")
    except ValueError:
        record.exc_info = sys.exc_info()
    record.msg, record.args = "failed", ()
    said = json.loads(formatter.format(record))
    assert said["traceback"].endswith("ValueError: no")
    assert "session" not in said


def test_a_run_on_the_stub_ends_with_what_it_did_not_prove(tmp_path: Path) -> None:
    port = HELLO.parent.parent / "scaffolds" / "oasis"
    with lucid_serve(str(port), "--stub", cwd=tmp_path) as (_, process):
        process.send_signal(signal.SIGINT)
        _, messages = process.communicate(timeout=60)
    assert "engine.py was not run: Lucid's stub engine played instead." in messages


def test_another_address_than_loopback_asks_for_a_token(tmp_path: Path) -> None:
    with lucid_serve(str(HELLO), "--host", "0.0.0.0", cwd=tmp_path) as (url, _):
        address = httpx.URL(url)
        here = f"http://127.0.0.1:{address.port}/"
        assert httpx.get(here).status_code == 401
        with httpx.Client(follow_redirects=True) as client:
            assert client.get(here, params=dict(address.params)).status_code == 200


def test_lan_listens_on_the_address_of_host_and_doctor_knows_its_server(tmp_path: Path) -> None:
    with lucid_serve(str(HELLO), "--lan", "--host", "127.0.0.1", cwd=tmp_path) as (url, _):
        assert url.startswith("https://127.0.0.1:")
        tcp_port = str(httpx.URL(url).port)
        run = lucid_here("doctor", "--port", tcp_port, "--json", cwd=tmp_path)
        findings = {found["id"]: found for found in json.loads(run.stdout)["findings"]}
        assert findings["tcp_port"]["message"].endswith(
            "is in use by a Lucid server on this machine"
        )


def test_a_taken_tcp_port_is_said_and_nothing_loads(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        tcp_port = taken.getsockname()[1]
        port = HELLO.parent.parent / "scaffolds" / "oasis"
        run = lucid_here("serve", str(port), "--stub", "--port", str(tcp_port), cwd=tmp_path)
    assert run.returncode == 4
    assert run.stderr.splitlines() == [
        f"error: TCP port {tcp_port} on 127.0.0.1 is already in use",
        "  pass --port 0 to use a free port, or stop the program that uses this one",
    ]


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (["serve", "nowhere"], 2, "error: nowhere: no such folder"),
        (["serve", "no_module:Model"], 2, "error: there is no module 'no_module'"),
        (["serve", "json:JSONDecoder"], 2, "error: json:JSONDecoder is not a LucidModel"),
        (["serve", str(HELLO), "--stub"], 2, "error: HelloModel has no stub engine"),
        (
            ["serve", str(HELLO), "--host", "no.such.host.invalid"],
            4,
            "is not an address of this machine",
        ),
        (["serve", "--port", "99999"], 2, "--port"),
        (["serve", ""], 2, "error: an argument is empty"),
        (["serve", "--record="], 2, "error: --record is empty"),
        (["check", "--select", ""], 2, "error: --select is empty"),
        (["new", "w", "--from-hf", ""], 2, "error: --from-hf is empty"),
        (["play"], 2, "No such command 'play'"),
        (["check", "nowhere"], 2, "error: nowhere: no such folder"),
        (["new", "a/b"], 2, "a port cannot be named 'a/b'"),
    ],
)
def test_a_users_mistake_is_one_message_without_a_traceback(
    tmp_path: Path, arguments: list[str], exit_code: int, said: str
) -> None:
    run = lucid_here(*arguments, cwd=tmp_path)
    assert run.returncode == exit_code
    assert run.stdout == ""
    assert said in run.stderr
    assert "Traceback" not in run.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_one_message() -> None:
    for command in (["rule"], ["check", "--json"]):
        with Path("/dev/full").open("w") as full:
            run = subprocess.run(
                [sys.executable, "-m", "lucid", *command],
                cwd=HELLO, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
            )  # fmt: skip
        assert run.returncode == 4
        assert "error: the output cannot be written: No space left on device" in run.stderr
        assert "Traceback" not in run.stderr


@pytest.mark.parametrize("command", [[], ["inspect"], ["new"], ["check"], ["serve"], ["bench"]])
def test_every_command_has_help(tmp_path: Path, command: list[str]) -> None:
    run = lucid_here(*command, "--help", cwd=tmp_path)
    assert run.returncode == 0
    assert "usage: " in run.stdout.lower()


def test_the_installed_command_is_there(tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("lucid")
    run = subprocess.run([script, "--version"], capture_output=True, text=True, check=True)
    assert run.stdout.strip()
