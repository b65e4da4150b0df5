"""The signaling WebSocket: one per session, and its lifeline."""

from __future__ import annotations

import asyncio
import time
from importlib.metadata import version
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from lucid.errors import LucidError, ProtocolError, SessionError
from lucid.runtime.host import Host
from lucid.runtime.messages import ErrorInfo
from lucid.runtime.session import ErrorNotice, HostSession, Notice
from lucid.runtime.states import SessionState
from lucid.server.protocol import (
    MAX_SIGNALING_BYTES,
    PROTOCOL_VERSION,
    notice_message,
    parse_object,
)
from lucid.server.webrtc import Peer

PING_S = 2.0
SILENCE_S = 10.0
"""A page that answers no ping for so long is gone."""
MAX_WAITING = 256
"""Messages that wait for a page; one that reads so slowly is gone."""


class Connection:
    """One page: its socket, its session, its peer connection."""

    def __init__(self, socket: WebSocket, host: Host) -> None:
        self._socket = socket
        self._host = host
        self._outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._gone = asyncio.Event()
        self._heard_s = time.monotonic()
        self._peer: Peer | None = None
        self._session: HostSession | None = None

    async def serve(self) -> None:
        """Play one session, from hello until it is over or the page is gone."""
        await self._socket.accept()
        if self._socket.query_params.get("protocol") != str(PROTOCOL_VERSION):
            await self._refuse_version()
            return
        session = self._session = self._host.join(self._on_notice)
        await self._socket.send_json(
            {
                "type": "hello",
                "protocol": PROTOCOL_VERSION,
                "session_id": session.id,
                "version": version("lucid-runtime"),
                "manifest": self._host.manifest.model_dump(mode="json"),
            }
        )
        jobs = [self._send(), self._receive(), self._heartbeat(), self._gone.wait()]
        tasks = [asyncio.ensure_future(job) for job in jobs]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._peer is not None:
                session.viewers.remove(self._peer)
                await self._peer.close()
            self._host.end(session)

    async def _refuse_version(self) -> None:
        error = ProtocolError(
            f"this server speaks protocol {PROTOCOL_VERSION}",
            hint="reload the page, or update the client",
        )
        await self._socket.send_json(notice_message(ErrorNotice(ErrorInfo.of(error), None)))
        await self._socket.close(1002)

    # --- the socket -------------------------------------------------------------------------

    async def _send(self) -> None:
        while True:
            message = await self._outbox.get()
            try:
                await self._socket.send_json(message)
            except (WebSocketDisconnect, RuntimeError):  # starlette: send after close
                return
            if message.get("state") in (SessionState.ENDED, SessionState.FAILED):
                await self._socket.close()
                return

    async def _receive(self) -> None:
        while True:
            try:
                text = await self._socket.receive_text()
            except (WebSocketDisconnect, KeyError):  # starlette: KeyError for a binary message
                return
            self._heard_s = time.monotonic()
            try:
                await self._on_message(parse_object(text, MAX_SIGNALING_BYTES))
            except LucidError as error:
                self._tell(error)

    async def _heartbeat(self) -> None:
        while time.monotonic() - self._heard_s < SILENCE_S:
            self._put({"type": "ping"})
            await asyncio.sleep(PING_S)

    async def _on_message(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "pong":
                pass
            case "offer" if isinstance(message.get("sdp"), str):
                await self._answer(message["sdp"])
            case kind:
                raise ProtocolError(f"no signaling message is {kind[:40]!r} with these fields")

    async def _answer(self, sdp: str) -> None:
        assert self._session is not None
        if not self._session.can_connect or self._peer is not None:
            raise ProtocolError("an offer is taken once, when the session is ready")
        peer = Peer(
            self._host.manifest,
            on_open=self._session.start,
            on_control=self._session.send,
            on_error=self._tell,
            on_lost=self._on_lost,
        )
        try:
            answer, tracks = await peer.answer(sdp)
        except BaseException:
            await peer.close()
            raise
        self._peer = peer
        self._session.viewers.append(peer)
        self._put({"type": "answer", "sdp": answer, "tracks": tracks})

    # --- the session ------------------------------------------------------------------------

    def _on_notice(self, notice: Notice) -> None:
        self._put(notice_message(notice))

    def _on_lost(self) -> None:
        self._tell(SessionError("the media connection was lost", hint="play again"))
        if self._session is not None:
            self._host.end(self._session)

    def _tell(self, error: LucidError) -> None:
        self._put(notice_message(ErrorNotice(ErrorInfo.of(error), None)))

    def _put(self, message: dict[str, Any]) -> None:
        if self._outbox.qsize() >= MAX_WAITING:
            self._gone.set()
        else:
            self._outbox.put_nowait(message)
