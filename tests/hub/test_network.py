"""Proxies, certificates and tokens that cannot work: one error and one hint, before any request."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import pytest

from lucid.errors import HubUnreachableError, MachineError
from lucid.hub.client import hub_snapshot
from lucid.hub.network import read_token
from tests.hub.repos import RECORDED
from tests.hub.session import forget_session
from tests.hub_server import HubServer, hub_server

REPO = "Overworld/Waypoint-1.5-1B"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A Hub, and a client that is made anew with the environment of the test."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith(("SSL_CERT", "HF_TOKEN")):
            monkeypatch.delenv(name)
    forget_session()
    with hub_server(RECORDED) as server:
        yield server
    forget_session()


@pytest.mark.parametrize(
    ("variable", "value", "said", "hint"),
    [
        ("ALL_PROXY", "socks5h://127.0.0.1:9", "ALL_PROXY is a SOCKS proxy", "[socks]"),
        ("HTTP_PROXY", "ftp://x:1", "HTTP_PROXY is 'ftp://x:1'", "unset HTTP_PROXY"),
        ("https_proxy", "http://x:port", "https_proxy is 'http://x:port'", "http://HOST:8080"),
        ("HTTPS_PROXY", "http://me:secret@[::1", "'http://[::1'", "unset HTTPS_PROXY"),
        ("all_proxy", "//", "all_proxy is '//'", "unset all_proxy"),
        ("SSL_CERT_FILE", "/nope.pem", "'/nope.pem', which does not exist", "PEM file"),
        ("SSL_CERT_FILE", os.devnull, "which contains no certificates", "unset SSL_CERT_FILE"),
        ("HF_TOKEN", '"hf_abc"', "HF_TOKEN contains quotation marks", "export HF_TOKEN=hf_"),
        ("HF_TOKEN", "\N{LEFT DOUBLE QUOTATION MARK}hf_a", "quotation marks", "export HF_TOKEN"),
        ("HF_TOKEN", "\ufeffhf_abc", "byte order mark", "export HF_TOKEN"),
        ("HF_TOKEN", "hf_a\nhf_b", "a line break", "export HF_TOKEN"),
        ("HUGGING_FACE_HUB_TOKEN", "Bearer hf_a", "_HUB_TOKEN contains a space", "HUB_TOKEN=hf_"),
        ("HF_TOKEN", "hf_\u00e4", "the character U+00E4", "export HF_TOKEN"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_work_is_named(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str, hint: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(MachineError) as caught:
        hub_snapshot(REPO, endpoint=hub.endpoint)
    assert said in caught.value.message
    assert hint in (caught.value.hint or "")
    assert "secret" not in str(caught.value)
    assert caught.value.exit_code == 4
    assert hub.requests == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xef\xbb\xbfhf_abc\n", "byte order mark"),
        (b'"hf_abc"\n', "quotation marks"),
        ("hf_abc".encode("utf-16"), "not UTF-8"),
    ],
)
def test_a_token_file_that_holds_no_token_is_named(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, said: str
) -> None:
    path = tmp_path / "token"
    monkeypatch.setattr(huggingface_hub.constants, "HF_TOKEN_PATH", str(path))
    path.write_bytes(data)
    with pytest.raises(MachineError, match=said) as caught:
        read_token()
    assert str(path) in caught.value.message
    assert "hf auth login" in (caught.value.hint or "")
    path.write_bytes(b" hf_abc\r\n")
    assert read_token()


@pytest.mark.parametrize("port", [9, 407])
def test_a_proxy_that_does_not_answer_is_named_without_its_login(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://me:secret@127.0.0.1:{port}")
    with pytest.raises(
        HubUnreachableError, match=rf"through the proxy http://127\.0\.0\.1:{port}"
    ) as caught:
        hub_snapshot(REPO, endpoint=hub.endpoint)
    assert "secret" not in str(caught.value)
    assert "check or unset HTTP_PROXY" in str(caught.value)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_wants_a_login_is_not_taken_for_the_hub(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    hub.fail(407, path="", times=10)
    monkeypatch.setenv(f"{scheme}_proxy", hub.endpoint)
    with pytest.raises(MachineError, match=r"requires a login \(407\)") as caught:
        hub_snapshot(REPO, endpoint=f"{scheme}://hub.example")
    assert f"set {scheme}_proxy" in (caught.value.hint or "")
