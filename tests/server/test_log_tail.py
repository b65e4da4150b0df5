"""The end of the log that the page shows after a failure."""

from __future__ import annotations

import base64
import logging
from urllib.parse import quote

import httpx
import pytest

from lucid.runtime.model_process import OUTPUT
from lucid.server.app import MAX_LINES, LogTail
from lucid.server.guard import Access
from tests.player import playing
from tests.ports import EverythingModel
from tests.servers import serving

TOKEN = "t" * 16


def test_the_tail_has_tracebacks_and_what_the_port_prints_while_it_listens() -> None:
    tail = LogTail()
    tail.attach()
    try:
        try:
            raise ValueError("a stone")
        except ValueError:
            logging.getLogger("port").exception("it stumbled")
        OUTPUT.info("%s", "100 % done\nnext")
    finally:
        tail.detach()
    OUTPUT.info("%s", "later")
    lines = tail.text.splitlines()
    assert lines[0] == "ERROR: it stumbled"
    assert lines[-3:] == ["ValueError: a stone", "100 % done", "next"]


def test_only_the_newest_lines_are_kept() -> None:
    tail = LogTail()
    for number in range(MAX_LINES + 5):
        tail.handle(logging.makeLogRecord({"msg": f"line {number}", "levelname": "INFO"}))
    lines = tail.text.splitlines()
    assert (len(lines), lines[0], lines[-1]) == (MAX_LINES, "INFO: line 5", "INFO: line 204")


def test_the_tail_has_no_secret_and_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = ["tea&biscuits", "hf_" + "x" * 30, "pass-phrase", TOKEN]
    monkeypatch.setenv("SOME_API_KEY", secrets[0])
    picture = base64.b64encode(bytes(range(256))).decode()
    tail = LogTail(TOKEN)
    for text in (
        f"{secrets[0]} {quote(secrets[0])} {TOKEN}" * 20,  # cut after 500 characters
        f"GET https://me:{secrets[2]}@example.org/?a=1&access_token={secrets[2]}&b=2",
        f"Authorization: Bearer {secrets[2]}, {secrets[1]}",
        f"data:image/png;base64,{picture}",
        "kept: token=none, https://example.org/?a=1, " + "5e" * 32,
    ):
        tail.handle(logging.makeLogRecord({"msg": text, "levelname": "INFO"}))
    assert [one for one in (*secrets, "biscuits", "tttt", picture[:20]) if one in tail.text] == []
    assert tail.text.splitlines()[1] == (
        "INFO: GET https://[removed]@example.org/?a=1&access_token=[removed]&b=2"
    )
    assert tail.text.splitlines()[-1].endswith("https://example.org/?a=1, " + "5e" * 32)


async def test_the_log_needs_the_token_that_a_link_to_watch_lacks() -> None:
    watch_token = Access.to("127.0.0.1", 1, TOKEN, None).watch_token
    async with serving(EverythingModel, token=TOKEN) as server, httpx.AsyncClient() as client:

        async def answer(path: str, token: str | None) -> httpx.Response:
            return await client.get(f"{server.url}{path}", params={"token": token})

        assert (await answer("", watch_token)).status_code == 303
        client.cookies.clear()
        assert (await answer("api/log", watch_token)).status_code == 401
        assert (await answer("api/log", TOKEN)).status_code == 200


async def test_nobody_reloads_the_model_while_others_play() -> None:
    async with serving(EverythingModel) as server, playing(server.url) as player:
        headers = {"origin": server.url.rstrip("/")}
        async with httpx.AsyncClient(headers=headers) as client:
            refused = await client.post(f"{server.url}api/reload")
            assert refused.status_code == 409
            assert refused.json()["error"]["message"] == "others are playing"
        assert player.state == "running"
