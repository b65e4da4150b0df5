"""No message ends or disturbs another session. Uses a real server and real peer connections."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
import zipfile
from pathlib import Path
from typing import Any, NoReturn

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lucid import manifest
from lucid._target import PortLocation
from lucid.errors import InputError
from lucid.runtime.input_validator import InputValidator
from lucid.runtime.messages import Input
from lucid.runtime.process_worker import ProcessWorker
from lucid.server import wire
from lucid.server.protocol import parse_control, parse_page
from tests.malformed import malformed
from tests.player import Player, playing
from tests.ports import EverythingModel
from tests.servers import RunningServer, serving, serving_worker

LONG = "LUCID_TEST_LONG" in os.environ
HELLO = Path(__file__).resolve().parents[2] / "examples" / "hello"
STRING = 51
"""The SCTP payload protocol identifier for text."""


class SharedModel(EverythingModel):
    max_sessions = 2


def test_every_malformed_message_is_refused() -> None:
    validator = InputValidator(manifest(EverythingModel))
    taken = []
    for text in malformed(wire.CONTROL, manifest(EverythingModel)):
        try:
            message = parse_control(text)
            assert isinstance(message, Input), text[:200]
            taken.append(validator.validate(message, {}))
        except InputError:
            continue
    assert taken == []
    for text in malformed(wire.FROM_PAGE, manifest(EverythingModel)):
        with pytest.raises(InputError):
            parse_page(text)
    with pytest.raises(InputError, match="binary"):
        parse_page(b"{}")


@pytest.mark.parametrize(
    ("text", "seq", "said"),
    [
        ('{"type": "input", "seq": 7, "name": 1, "args": {}}', 7, "name: input should be a valid"),
        ('{"type": "input", "seq": 0, "name": "look", "args": {}}', None, "greater than or equal"),
        ('{"type": "align", "shift_ms": 51}', None, "less than or equal to 50"),
        ('{"type": "pause", "why": 1}', None, "why: no such argument"),
        ('{"type": "\\ud800"}', None, "not JSON"),
        ("[]", None, "a message must be a JSON object with a `type`"),
        ("{}", None, "a message must be a JSON object with a `type`"),
        ('{"type": "nod"}', None, "no message has the type 'nod'"),
        ("x" * 65_537, None, "a message of 65,537 bytes is too large"),
    ],
)
def test_a_refusal_names_the_message_and_the_field(text: str, seq: int | None, said: str) -> None:
    with pytest.raises(InputError, match=said) as refused:
        parse_control(text)
    assert refused.value.seq == seq


async def test_a_binary_or_undecodable_message_is_refused_and_the_session_goes_on() -> None:
    async with serving(EverythingModel) as server, playing(server.url) as player:
        assert player.channel is not None and player._socket is not None
        sctp = player.channel.transport  # no public method sends invalid UTF-8
        sctp._data_channel_queue.append((player.channel, STRING, b'{"type": "\xff"}'))
        player.channel.send(b"\x00\xff")
        await player._socket.send(b"\x00\xff")
        await player.until(lambda: len(player.errors) == 2)
        assert {error["message"] for error in player.errors} == {
            "binary messages are not supported",
            "binary messages are accepted only after `connect`",
        }
        await still_plays(player)


async def test_refused_inputs_are_not_logged_and_the_log_is_strict_json() -> None:
    async with serving(EverythingModel) as server, playing(server.url) as player:
        player.send("look", dx=10**400, dy=0.0)
        player.send("look", dx=float("nan"), dy=0.0)
        player.send("set_prompt", prompt="\ud800")
        player.send("look", dx=1.5, dy=0.0)
        player.send("set_prompt", prompt="one line\u2028two lines")
        await player.until(lambda: len(player.errors) == 3)
        await still_plays(player)
        logged = [line["args"] for line in await log(server, player)]
        assert logged[:2] == [{"dx": 1.5, "dy": 0.0}, {"prompt": "one line\u2028two lines"}]


TEXTS = st.text(st.characters(exclude_categories=()), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.sampled_from([10**400, -(2**64)]) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=4,
)
INPUTS = [spec for spec in manifest(SharedModel).inputs if spec.name != "break_down"]
ARGS = st.sampled_from(INPUTS).flatmap(
    lambda spec: st.dictionaries(st.sampled_from([*spec.arguments["properties"], "more"]), JSON)
)
NAMES = st.sampled_from([spec.name for spec in INPUTS]) | TEXTS
FIELDS = {"seq": st.integers(1) | JSON, "name": NAMES | JSON, "args": ARGS | JSON}
TYPES = [model.model_fields["type"].default for model in (*wire.CONTROL, *wire.FROM_PAGE)]
MESSAGES = st.fixed_dictionaries(
    {"type": st.sampled_from(TYPES) | JSON},
    optional={**FIELDS, "shift_ms": st.floats(-50, 50) | JSON, "sdp": TEXTS | JSON},
)


@settings(
    max_examples=200 if LONG else 4,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(MESSAGES.map(json.dumps), min_size=3, max_size=12))
def test_whatever_a_player_sends_both_sessions_go_on(texts: list[str]) -> None:
    asyncio.run(send_and_play_on(texts))


async def send_and_play_on(texts: list[str]) -> None:
    async with (
        serving(SharedModel) as server,
        playing(server.url) as bystander,
        playing(server.url) as player,
    ):
        assert player._socket is not None
        for text in texts:
            player.send_raw(text)
            await player._socket.send(text)
        player.send_raw('{"type": "resume"}')
        await still_plays(player)
        await still_plays(bystander)
        assert bystander.errors == []
        await log(server, player)


@pytest.mark.skipif(sys.platform == "win32", reason="the writer's pipe is POSIX's")
async def test_a_flood_of_malformed_messages_ends_no_session_and_logs_no_traceback(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    # Players, flood and server share one loop here. On a busy machine it is too late for ICE's
    # checks, each of which waits 0.5 s, and after six of them a connection would end.
    monkeypatch.setattr("aioice.ice.CONSENT_FAILURES", 1_000)
    monkeypatch.syspath_prepend(HELLO)
    source = (
        "from hello.port import HelloModel\n\n\nclass Four(HelloModel):\n    max_sessions = 4\n"
    )
    (tmp_path / "four.py").write_text(source)
    location = PortLocation(tmp_path, "four", "Four")
    worker = await asyncio.to_thread(ProcessWorker, location)
    async with serving_worker(worker) as server:
        players = [Player(server.url) for _ in range(4)]
        try:
            for player in players:
                await player.play()
            count = 3 if "LUCID_TEST_LONG" in os.environ else 1
            flooders, bystanders = players[:count], players[count:]
            await asyncio.gather(*(flood(player) for player in flooders))
            for player in players:
                await still_plays(player, "move_fwd")
            assert [player.state for player in players] == ["running"] * 4
            assert [player.errors for player in bystanders] == [[]] * len(bystanders)
            assert all(player.errors for player in flooders)
        finally:
            for player in players:
                await player.leave()
    assert [record for record in caplog.records if record.exc_info] == []
    assert "Traceback" not in caplog.text + capfd.readouterr().err


async def flood(player: Player) -> None:
    """Send every malformed message once. `python -m benchmarks.flood 100 1` sends 20,000."""
    assert player._socket is not None and player.channel is not None
    described = manifest_of(player)
    for text in malformed(wire.CONTROL, described):
        player.send_raw(text)
        await asyncio.sleep(0)  # the server shares this loop
    for text in malformed(wire.FROM_PAGE, described):
        await player._socket.send(text)


def manifest_of(player: Player) -> Any:
    from lucid.authoring.manifest import Manifest

    return Manifest.model_validate(player.hello["manifest"])


async def still_plays(player: Player, hold: str = "forward") -> None:
    """Wait for a frame with the player's input: all earlier messages were handled by then."""
    player._seq += 1_000_000  # above every seq sent so far
    seq = player.send(hold, pressed=True)
    await player.until(lambda: any(one["input_seq"] == seq for one in player.receipts[-50:]), 60)
    count = player.picture_counts.get("main_video", 0)
    await player.until(lambda: player.picture_counts.get("main_video", 0) > count, 60)
    await player.until(lambda: player.state == "running")


async def log(server: RunningServer, player: Player) -> list[dict[str, Any]]:
    """Return the inputs of the saved session; check that each line is strict JSON in UTF-8."""
    path = f"api/sessions/{player.hello['session_id']}/capsule.lucid"
    async with httpx.AsyncClient() as client:
        data = (await client.get(server.url + path)).content
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        text = archive.read("inputs.ndjson").decode("utf-8", "strict")

    def refuse(constant: str) -> NoReturn:
        raise AssertionError(f"{constant} is not JSON")

    lines = [json.loads(line, parse_constant=refuse) for line in text.split("\n")[:-1]]
    json.dumps(lines, ensure_ascii=False).encode("utf-8", "strict")  # no lone surrogates
    return lines
