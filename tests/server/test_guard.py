from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
import websockets

from lucid.server.addresses import PublicUrl, canonical, read_host, read_origin
from lucid.server.guard import Access, needs_token
from tests.ports import EverythingModel
from tests.servers import serving

TOKEN = "correct horse"


async def get(url: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.get(url, headers=headers)


async def test_only_our_own_host_names_are_answered() -> None:
    async with serving(EverythingModel) as server:
        tcp_port = httpx.URL(server.url).port
        assert (await get(server.url)).status_code == 200
        assert (await get(server.url, host=f"localhost:{tcp_port}")).status_code == 200
        for host in ("evil.example", f"evil.example:{tcp_port}", "localhost.evil.example", ""):
            assert (await get(server.url, host=host)).status_code == 421


async def test_a_post_needs_our_own_origin() -> None:
    async with serving(EverythingModel) as server, httpx.AsyncClient() as client:
        path = f"{server.url}api/sessions/none/files/set_seed_frame/image"
        ours = server.url.rstrip("/")
        for origin in ("http://evil.example", "null", "", f"{ours}.evil.example", "file://"):
            response = await client.post(path, headers={"origin": origin})
            assert response.status_code == 403, origin
        assert (await client.post(path)).status_code == 403
        assert (await client.post(path, headers={"origin": ours})).status_code == 404


@pytest.mark.parametrize("origin", [None, "http://evil.example", "null"])
async def test_a_websocket_needs_our_own_origin(origin: str | None) -> None:
    async with serving(EverythingModel) as server:
        url = server.url.replace("http", "ws") + "api/session?protocol=1"
        with pytest.raises(websockets.InvalidStatus) as caught:
            await websockets.connect(url, origin=origin and websockets.Origin(origin))  # type: ignore[arg-type]  # None is no origin
        assert caught.value.response.status_code == 403


async def test_a_token_opens_the_page_and_then_lives_in_a_cookie() -> None:
    async with serving(EverythingModel, token=TOKEN) as server, httpx.AsyncClient() as client:
        for url in (server.url, f"{server.url}?token=wrong", f"{server.url}metrics"):
            assert (await client.get(url)).status_code == 401
        login = await client.get(server.url, params={"token": TOKEN})
        assert (login.status_code, login.headers["location"]) == (303, "./")
        assert "httponly" in login.headers["set-cookie"].lower()
        assert (await client.get(server.url)).status_code == 200
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        socket_url = server.url.replace("http", "ws") + "api/session?protocol=1"
        origin = websockets.Origin(server.url.rstrip("/"))
        for query in ("", "&token=wrong"):
            socket = await websockets.connect(f"{socket_url}{query}", origin=origin)
            assert json.loads(await socket.recv())["code"] == "session.token"
            with pytest.raises(websockets.ConnectionClosed, match="1008"):
                await socket.recv()
        socket = await websockets.connect(
            socket_url, origin=origin, additional_headers={"cookie": cookie}
        )
        await socket.close()


async def test_pages_may_not_be_framed_sniffed_or_run_foreign_code() -> None:
    async with serving(EverythingModel) as server:
        headers = (await get(server.url)).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        for path in ("static/../run.py", "static/%2e%2e/run.py", "docs", "openapi.json"):
            assert (await get(server.url + path)).status_code == 404


def test_any_bind_but_loopback_needs_a_token() -> None:
    assert [needs_token(b) for b in ("127.0.0.1", "localhost", "::1")] == [False] * 3
    assert [needs_token(b) for b in ("0.0.0.0", "::", "192.168.1.5", "box")] == [True] * 4
    assert needs_token(
        "127.0.0.1", [PublicUrl("http://localhost"), PublicUrl("https://me.example")]
    )
    assert not needs_token("127.0.0.1", [PublicUrl("http://localhost:9000", "/lab")])


def test_the_host_allow_list_is_exact() -> None:
    assert Access.to("127.0.0.1", 8420, None).hosts == {
        "127.0.0.1:8420",
        "localhost:8420",
        "[::1]:8420",
    }
    assert Access.to("box.lan", 80, None).hosts == {"box.lan:80", "box.lan"}
    everywhere = Access.to("0.0.0.0", 8420, "t").hosts
    assert "127.0.0.1:8420" in everywhere
    assert "0.0.0.0:8420" not in everywhere


def test_an_address_is_known_in_every_form_that_a_browser_sends() -> None:
    assert "[2001:db8::1]:8420" in Access.to("2001:DB8:0::1", 8420, "t").hosts
    assert "[fe80::1]:8420" in Access.to("fe80::1%eth0", 8420, "t").hosts
    assert "192.168.1.5" in Access.to("192.168.1.5", 443, "t").hosts
    assert {"127.0.0.2:8420", "localhost:8420"} <= Access.to("127.0.0.2", 8420, None).hosts
    for typed, sent in [
        ("[0:0:0:0:0:0:0:1]:8420", "[::1]:8420"),
        ("EXAMPLE.org", "example.org"),
        ("[::ffff:127.0.0.1]:1", None),
        ("evil.example/x", None),
        ("a b", None),
        ("<b>:1", None),
    ]:
        assert read_host(typed) == sent
    for bind, address in [("0", "0.0.0.0"), ("127.1", "127.0.0.1"), ("0::0", "::"), ("Box", "box")]:
        assert canonical(bind) == address
    assert canonical("::ffff:192.168.1.5") == "192.168.1.5"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Example.org:443/", "https://example.org"),
        ("http://example.org:80", "http://example.org"),
        ("https://b\u00fccher.example", "https://xn--bcher-kva.example"),
        ("http://[2001:DB8::0:1]:9000", "http://[2001:db8::1]:9000"),
        ("https://example.org/path", None),
        ("https://me@example.org", None),
        ("https://example.org?a=b", None),
        ("http://example.org:99999", None),
        ("ws://example.org", None),
        ("example.org", None),
        ("https://", None),
        ("http://[::1", None),
    ],
)
def test_an_origin_is_read_as_browsers_write_it(url: str, origin: str | None) -> None:
    assert read_origin(url) == origin


HOSTS = ["3.91.7.7:8431", "gpu01.lab.example.org:8431", "[2001:db8::1]:8431"]


@pytest.mark.parametrize("host", HOSTS)
async def test_another_host_name_is_answered_once_it_is_named(
    host: str, caplog: pytest.LogCaptureFixture
) -> None:
    named = f"--public-url http://{host}"
    async with serving(EverythingModel, token=TOKEN) as server:
        for _ in range(3):
            refused = await get(server.url, host=host)
        assert refused.status_code == 421
        assert f"lucid serve {named}\n" in refused.text
        assert [record.message.count(named) for record in caplog.records] == [1]
    async with serving(EverythingModel, token=TOKEN, public_urls=(f"http://{host}",)) as server:
        assert (await get(server.url, host=host)).status_code == 401
        assert (await get(f"{server.url}?token={TOKEN}", host=host)).status_code == 303
        assert (await get(server.url, host="evil.example")).status_code == 421
        assert await joins(server.url, f"http://{host}", host)
        assert await joins(server.url, f"http://{host}")  # a proxy may rewrite the Host
        assert not await joins(server.url, "http://evil.example", host)
        async with Joined(server.url, f"http://{host}", host) as hello:
            assert hello["watch_url"].startswith(f"http://{host}/?watch=")
            assert hello["play_url"].startswith(f"http://{host}/?play=")


async def test_a_link_to_play_together_opens_nothing_else() -> None:
    async with (
        serving(EverythingModel, token=TOKEN) as server,
        Joined(server.url, server.url.rstrip("/")) as hello,
    ):
        link = httpx.URL(hello["play_url"])
        assert link.params["token"] != TOKEN
        async with httpx.AsyncClient() as client:
            assert (await client.get(link)).status_code == 303
            assert (await client.get(server.url)).status_code == 200
            for path in ("api/log", "metrics", "api/sessions"):
                assert (await client.get(server.url + path)).status_code == 401, path
            cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        for query, first in (("", "error"), (f"&play={link.params['play']}", "hello")):
            socket = await websockets.connect(
                f"{server.url.replace('http', 'ws')}api/session?protocol=1{query}",
                origin=websockets.Origin(server.url.rstrip("/")),
                additional_headers={"cookie": cookie},
            )
            message = json.loads(await socket.recv())
            assert message["type"] == first
            assert message.get("may_play", False) is False
            await socket.close()


class Joined:
    """A session joined with a given Origin and Host, and its hello message."""

    def __init__(self, url: str, origin: str, host: str | None = None) -> None:
        here = httpx.URL(url)
        query = urlencode({"protocol": 1, "token": TOKEN})
        self._connect = websockets.connect(
            f"ws://{host or here.netloc.decode()}{here.path}api/session?{query}",
            origin=websockets.Origin(origin),
            host=here.host,
            port=here.port,
        )

    async def __aenter__(self) -> dict[str, Any]:
        self._socket = await self._connect
        message = json.loads(await self._socket.recv())
        assert isinstance(message, dict)
        return message

    async def __aexit__(self, *_: object) -> None:
        await self._socket.close()


async def joins(url: str, origin: str, host: str | None = None) -> bool:
    try:
        async with Joined(url, origin, host):
            return True
    except websockets.InvalidStatus:
        return False


@pytest.mark.parametrize("host", ["<script>", "a;b", "x\x1b[31m", "a b", "$(reboot)", "\u202e"])
async def test_a_host_name_that_is_none_is_not_repeated(
    host: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(EverythingModel) as server:
        async with httpx.AsyncClient() as client:
            answer = await client.get(server.url, headers=[(b"host", host.encode())])
        assert answer.status_code in (400, 421)
        assert host not in answer.text
        assert host not in str(answer.headers)
        assert host not in caplog.text


async def test_every_write_and_every_websocket_asks_for_our_own_origin() -> None:
    async with serving(EverythingModel, token=TOKEN, public_urls=("https://me.example",)) as server:
        cookie = {"cookie": (await get(f"{server.url}?token={TOKEN}")).headers["set-cookie"]}
        async with httpx.AsyncClient(headers=cookie) as client:
            for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
                for path in ("", "api/sessions/x/recording", "api/sessions/x/files/a/b", "no"):
                    for origin in ("http://me.example", "https://me.example.evil.example", "null"):
                        answer = await client.request(
                            method, server.url + path, headers={"origin": origin}
                        )
                        assert answer.status_code == 403, (method, path, origin)


async def test_the_scheme_of_an_origin_counts() -> None:
    async with serving(EverythingModel) as server, httpx.AsyncClient() as client:
        other = {"origin": server.url.replace("http:", "https:").rstrip("/")}
        assert (await client.post(f"{server.url}api/reload", headers=other)).status_code == 403
    async with serving(EverythingModel, public_urls=("https://me.example",)) as server:
        host = {"host": "me.example"}
        async with httpx.AsyncClient(headers=host) as client:
            for origin, status in (("https://me.example", 202), ("http://me.example:443", 403)):
                answer = await client.post(f"{server.url}api/reload", headers={"origin": origin})
                assert answer.status_code == status, origin


async def test_an_unknown_origin_is_told_both_options() -> None:
    async with serving(EverythingModel) as server, httpx.AsyncClient() as client:
        answer = await client.post(server.url, headers={"origin": "https://me.example"})
        assert "lucid serve --public-url https://me.example\n" in answer.text
        assert "lucid serve --embed https://me.example\n" in answer.text


async def test_the_token_is_found_among_the_cookies_of_other_programs() -> None:
    async with serving(EverythingModel, token=TOKEN) as server:
        ours = (await get(f"{server.url}?token={TOKEN}")).headers["set-cookie"].partition(";")[0]
        for others in ('prefs={"a": [1, 2]}', "a=b=c", "bad name=1", '"'):
            assert (await get(server.url, cookie=f"{others}; {ours}")).status_code == 200


@pytest.mark.parametrize(
    ("public_urls", "embedders", "attributes"),
    [
        ((), (), {"samesite=lax"}),
        (("https://me.example",), (), {"samesite=lax", "secure"}),
        ((), ("https://blog.example",), {"samesite=lax"}),
        (
            ("https://me.example",),
            ("https://blog.example",),
            {"samesite=none", "secure", "partitioned"},
        ),
    ],
)
async def test_the_cookie_goes_as_far_as_it_must(
    public_urls: tuple[str, ...], embedders: tuple[str, ...], attributes: set[str]
) -> None:
    async with serving(
        EverythingModel, token=TOKEN, public_urls=public_urls, embedders=embedders
    ) as server:
        host = {"host": "me.example"} if public_urls else {}
        answer = await get(f"{server.url}?token={TOKEN}", **host)
        _, *said = answer.headers["set-cookie"].lower().split("; ")
        assert set(said) == {"httponly", "path=/", *attributes}


@pytest.mark.parametrize("host", ["localhost:9000", "127.0.0.1", "[::1]:1", "x.localhost:8888"])
async def test_a_tunnel_may_use_any_port_of_a_loopback_name(host: str) -> None:
    async with serving(EverythingModel, token=TOKEN) as server:
        assert (await get(f"{server.url}?token={TOKEN}", host=host)).status_code == 303
        assert await joins(server.url, f"http://{host}", host)
        assert not await joins(server.url, "http://localhost:3000", host)  # another local page
        assert f"ws://{host} " in (await get(server.url, host=host)).headers[CSP]


CSP = "content-security-policy"
LAB = "https://hub.example/user/me/proxy/8420/"
LAB_PATH = "/user/me/proxy/8420"


@pytest.mark.parametrize("strips", [True, False])
async def test_a_proxy_may_strip_its_prefix_or_pass_it_on(strips: bool) -> None:
    path = "" if strips else f"{LAB_PATH[1:]}/"
    host = {"host": "hub.example"}
    async with serving(EverythingModel, token=TOKEN, public_urls=(LAB,)) as server:
        login = await get(f"{server.url}{path}?token={TOKEN}&view=1", **host)
        assert login.status_code == 303
        assert login.headers["location"] == f"{LAB_PATH}/?view=1"  # even if the slash is missing
        assert f"; path={LAB_PATH}/;" in login.headers["set-cookie"].lower()
        for file in ("static/main.js", "client.js"):
            assert (await get(f"{server.url}{path}{file}", **host)).status_code in (200, 307)
        async with Joined(f"{server.url}{path}", "https://hub.example", "hub.example") as hello:
            assert hello["watch_url"].startswith(f"{LAB}?watch=")
        assert (await get(f"{server.url}{LAB_PATH[1:]}?token={TOKEN}", **host)).headers[
            "location"
        ] == f"{LAB_PATH}/?token={quote(TOKEN)}"


async def test_each_public_url_has_links_of_its_own() -> None:
    urls = ("https://me.example", LAB)
    async with serving(EverythingModel, token=TOKEN, public_urls=urls) as server:
        for host, base in (
            ("hub.example", LAB),
            ("me.example", "https://me.example/"),
            (httpx.URL(server.url).netloc.decode(), "https://me.example/"),
        ):
            async with Joined(server.url, "https://me.example", host) as hello:
                assert hello["play_url"].startswith(f"{base}?play=")


async def test_public_urls_that_differ_in_their_paths_share_a_cookie() -> None:
    urls = ("https://me.example/a/", "https://me.example/b/")
    async with serving(EverythingModel, token=TOKEN, public_urls=urls) as server:
        login = await get(f"{server.url}?token={TOKEN}", host="me.example")
        assert login.headers["location"] == "./"
        assert "; path=/;" in login.headers["set-cookie"].lower()


async def test_a_path_that_is_none_says_where_the_player_is() -> None:
    async with serving(EverythingModel, public_urls=(LAB,)) as server:
        answer = await get(f"{server.url}other/8420/")
        assert answer.status_code == 404
        assert "There is nothing at /other/8420/." in answer.text
        assert "--public-url" in answer.text


@pytest.mark.parametrize("trusts_proxy", [True, False])
async def test_the_headers_of_a_proxy_count_only_on_request(trusts_proxy: bool) -> None:
    public = ("https://me.example",)
    forwarded = {"x-forwarded-host": "me.example", "x-forwarded-proto": "https"}
    async with serving(
        EverythingModel, token=TOKEN, public_urls=public, trusts_proxy=trusts_proxy
    ) as server:
        login = await get(f"{server.url}?token={TOKEN}", **forwarded)
        assert ("secure" in login.headers["set-cookie"].lower()) is trusts_proxy
        strange = await get(server.url, **{**forwarded, "x-forwarded-host": "evil.example"})
        assert strange.status_code == (421 if trusts_proxy else 401)
