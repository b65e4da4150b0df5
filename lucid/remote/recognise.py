"""Ask a server which protocol it speaks, with a first message that no engine accepts."""

from __future__ import annotations

import asyncio
import json
import ssl
from contextlib import suppress

import websockets

from lucid._http import ask
from lucid.errors import RemoteError, reason
from lucid.remote.engine import PROTOCOLS, address_of
from lucid.remote.sglang import unpack

CONNECT_S, ANSWER_S, CLOSE_S = 5.0, 10.0, 1.0
MAX_ANSWER_BYTES = 1024 * 1024
MAX_ANSWERS = 8


async def recognise(url: str) -> str:
    """Return the protocol of a server. If the URL has no path, try the path of each protocol.

    Raises:
        RemoteError: the server cannot be reached, or is not one of these engines.
    """
    for name in PROTOCOLS:
        address = address_of(url, name)
        found = await (_is_flashdreams(address) if name == "flashdreams" else _ask(address, name))
        if found:
            return found
    names = ", ".join(each.engine for each in PROTOCOLS.values())
    raise RemoteError(
        f"{url} does not answer as any of these do: {names}",
        hint="check the URL and that the engine has loaded its model, or name the protocol: "
        f"--set protocol=NAME with one of {', '.join(PROTOCOLS)}",
    )


async def _ask(address: str, name: str) -> str | None:
    first = b"\xc0" if name == "sglang" else '{"type": "lucid"}'
    with suppress(websockets.WebSocketException, TimeoutError):
        try:
            socket = await websockets.connect(
                address,
                compression=None,
                open_timeout=CONNECT_S,
                close_timeout=CLOSE_S,
                max_size=MAX_ANSWER_BYTES,
            )
        except OSError as error:
            raise RemoteError(
                f"{address} cannot be reached: {reason(error)}",
                hint="start the engine's server, or --set protocol=NAME to write the port anyway",
            ) from error
        async with socket, asyncio.timeout(ANSWER_S):
            await socket.send(first)
            for _ in range(MAX_ANSWERS):
                if found := _protocol_of(await socket.recv()):
                    return found
    return None


def _protocol_of(answer: str | bytes) -> str | None:
    with suppress(ValueError, RecursionError):
        message = json.loads(answer) if isinstance(answer, str) else unpack(answer)
        if isinstance(message, dict) and message.get("type") == "error":
            if isinstance(answer, bytes):
                return "sglang"
            return "fastvideo" if "retryable" in message else "vllm_omni"
    return None


async def _is_flashdreams(address: str) -> str | None:
    page = address.removesuffix(PROTOCOLS["flashdreams"].path) + "/healthz"
    answer = await asyncio.to_thread(ask, page, ssl.create_default_context(), CONNECT_S)
    with suppress(ValueError, RecursionError):
        health = json.loads(answer.body)
        if isinstance(health, dict) and isinstance(health.get("open"), bool):
            return "flashdreams"
    return None
