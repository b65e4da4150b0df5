from __future__ import annotations

import httpx
import pytest
import websockets

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
        for host in ("evil.example", f"evil.example:{tcp_port}", "127.0.0.1", f"127.0.0.1:{1}", ""):
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
        with pytest.raises(websockets.InvalidStatus):
            await websockets.connect(socket_url, origin=origin)
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
