"""Every address that `lucid serve` prints answers, the one that a phone reaches first."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.cli.running import lucid, lucid_serve

ROOT = Path(__file__).resolve().parents[2]
HELLO = ROOT / "examples" / "hello"
WIFI = "192.168.1.20"
IPV4 = [WIFI, "172.17.0.1", "127.0.0.1"]


@pytest.fixture(scope="module")
def namespace() -> list[str]:
    """The command that runs another one in a network namespace of its own."""
    command = ["unshare", "--map-root-user", "--net"]
    probe = [*command, "ip", "link", "add", "probe", "type", "bridge"]
    try:
        run = subprocess.run(probe, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        pytest.skip(f"needs {error.filename}")
    if run.returncode:
        pytest.skip(f"needs network namespaces with bridges: {run.stderr.strip()}")
    return command


@pytest.mark.parametrize(
    ("arguments", "hosts"),
    [
        (["--host", "0.0.0.0"], IPV4),
        (["--host", "0"], IPV4),
        (["--host", "::"], [*IPV4, "fd12:1::20", "::1"]),
        (["--lan"], IPV4),
        (["--host", "FD12:1:0::20"], ["fd12:1::20"]),
    ],
)
def test_every_printed_address_answers_and_the_default_route_comes_first(
    namespace: list[str], arguments: list[str], hosts: list[str]
) -> None:
    command = [*namespace, sys.executable, "-m", "tests.cli.laptop", str(HELLO), *arguments]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    said = json.loads(run.stdout)
    assert [urlsplit(url).hostname for url in said["answers"]] == hosts
    assert set(said["answers"].values()) == {303}
    assert urlsplit(said["link"]).hostname == hosts[0]


def test_the_public_url_is_printed_with_a_token_and_is_answered(tmp_path: Path) -> None:
    public = "https://Me.example:443"
    with lucid_serve(str(HELLO), "--json", "--public-url", public, cwd=tmp_path) as (line, _):
        said = json.loads(line)
        shown, here = httpx.URL(said["url"]), httpx.URL(said["other_urls"][0])
        assert str(shown).startswith("https://me.example/?token=")
        assert (here.host, here.params) == ("127.0.0.1", shown.params)
        for host in ("me.example", "me.example:443"):
            assert httpx.get(here, headers={"host": host}).status_code == 303
            assert httpx.get(here.join("/"), headers={"host": host}).status_code == 401


@pytest.mark.parametrize(
    ("option", "url"),
    [("--public-url", "https://me.example/?a=b"), ("--embed", "https://me.example/path")],
)
def test_a_url_that_is_no_origin_is_refused(tmp_path: Path, option: str, url: str) -> None:
    run = lucid("serve", str(HELLO), option, url, cwd=tmp_path)
    assert run.returncode == 4
    assert f"{option} {url}" in run.stderr
    assert "https://example.org" in run.stderr
