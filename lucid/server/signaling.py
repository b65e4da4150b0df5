"""The signaling WebSocket: one per session, and its lifeline."""

from __future__ import annotations

import asyncio
import time
from importlib.metadata import version
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from lucid.errors import (
    LucidError,
    ProtocolError,
    QueueFullError,
    SessionError,
    SpectatorError,
    UnknownSessionError,
)
from lucid.runtime.host import Host
from lucid.runtime.messages import ControlMessage, ErrorInfo, Input
from lucid.runtime.session import ErrorNotice, Notice, StateNotice
from lucid.runtime.states import SessionState
from lucid.server.broadcast import Broadcast
from lucid.server.metrics import Metrics
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
PLAYED = (SessionState.RUNNING, SessionState.PAUSED)
MAX_SPECTATORS = 64
"""Of one session; one more is turned away."""
MAX_WAITING = 256
"""Messages that wait for a page; one that reads so slowly is gone."""


class Connection:
    """One page: its socket and its peer connection, and the session that it plays or watches."""

    def __init__(
        self, socket: WebSocket, host: Host, broadcasts: dict[str, Broadcast], metrics: Metrics
    ) -> None:
        self._socket = socket
        self._host = host
        self._broadcasts = broadcasts
        self._metrics = metrics
        self._outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._gone = asyncio.Event()
        self._heard_s = time.monotonic()
        self._peer: Peer | None = None
        self._broadcast: Broadcast | None = None
        self._plays = True

    async def serve(self) -> None:
        """Play or watch one session, from hello until it is over or the page is gone."""
        await self._socket.accept()
        if self._socket.query_params.get("protocol") != str(PROTOCOL_VERSION):
            await self._refuse(
                ProtocolError(
                    f"this server speaks protocol {PROTOCOL_VERSION}",
                    hint="reload the page, or update the client",
                )
            )
        elif (key := self._socket.query_params.get("watch")) is None:
            await self._play()
        elif (broadcast := self._broadcasts.get(key)) is None:
            await self._refuse(
                UnknownSessionError("no such session plays", hint="ask the player for a new link")
            )
        else:
            await self._watch(broadcast)

    async def _play(self) -> None:
        session = self._host.join(self._on_notice)
        broadcast = self._broadcast = Broadcast(session, self._host.manifest, self._metrics)
        session.viewers.append(broadcast)
        if not session.state.over:  # it is where the queue is full or the model did not load
            self._broadcasts[broadcast.watch_key] = broadcast
        self._metrics.sessions += 1
        try:
            await self._greet(session.id, watch_key=broadcast.watch_key)
            await self._converse()
        finally:
            self._host.end(session)
            self._metrics.sessions -= 1

    async def _watch(self, broadcast: Broadcast) -> None:
        if len(broadcast.spectators) >= MAX_SPECTATORS:
            await self._refuse(QueueFullError(MAX_SPECTATORS))
            return
        self._broadcast, self._plays = broadcast, False
        broadcast.spectators.append(self._on_notice)
        try:
            await self._greet(broadcast.session.id, watch_key=None)
            state = broadcast.session.state
            self._on_notice(StateNotice(SessionState.READY if state in PLAYED else state))
            await self._converse()
        finally:
            broadcast.spectators.remove(self._on_notice)

    async def _greet(self, session_id: str, watch_key: str | None) -> None:
        await self._socket.send_json(
            {
                "type": "hello",
                "protocol": PROTOCOL_VERSION,
                "session_id": session_id,
                "watch_key": watch_key,
                "version": version("lucid-runtime"),
                "manifest": self._host.manifest.model_dump(mode="json"),
            }
        )

    async def _converse(self) -> None:
        jobs = [self._send(), self._receive(), self._heartbeat(), self._gone.wait()]
        tasks = [asyncio.ensure_future(job) for job in jobs]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._peer is not None:
                await self._peer.close()

    async def _refuse(self, error: LucidError) -> None:
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
        broadcast = self._broadcast
        assert broadcast is not None
        session = broadcast.session
        can_connect = session.can_connect or (not self._plays and session.state in PLAYED)
        if not can_connect or self._peer is not None:
            raise ProtocolError("an offer is taken once, when the session is ready")
        peer = Peer(
            self._host.manifest,
            broadcast,
            self._metrics,
            plays=self._plays,
            on_open=broadcast.session.start if self._plays else self._on_watching,
            on_control=broadcast.session.send if self._plays else self._refuse_control,
            on_error=self._tell,
            on_lost=self._on_lost,
        )
        try:
            answer, tracks = await peer.answer(sdp)
        except BaseException:
            await peer.close()
            raise
        self._peer = peer
        self._put({"type": "answer", "sdp": answer, "tracks": tracks})

    # --- the session ------------------------------------------------------------------------

    def _on_notice(self, notice: Notice) -> None:
        self._put(notice_message(notice))
        if not self._plays or self._broadcast is None:
            return
        if not isinstance(notice, ErrorNotice) or notice.seq is None:
            for tell in self._broadcast.spectators:
                tell(notice)
        if isinstance(notice, StateNotice) and notice.state.over:
            self._broadcasts.pop(self._broadcast.watch_key, None)

    def _on_watching(self) -> None:
        assert self._broadcast is not None
        if self._broadcast.session.state in PLAYED:
            self._on_notice(StateNotice(self._broadcast.session.state))

    def _refuse_control(self, message: ControlMessage) -> None:
        seq = message.seq if isinstance(message, Input) else None
        self._put(notice_message(ErrorNotice(ErrorInfo.of(SpectatorError()), seq)))

    def _on_lost(self) -> None:
        self._tell(SessionError("the media connection was lost", hint="play again"))
        if not self._plays:
            self._gone.set()
        elif self._broadcast is not None:
            self._host.end(self._broadcast.session)

    def _tell(self, error: LucidError) -> None:
        self._put(notice_message(ErrorNotice(ErrorInfo.of(error), None)))

    def _put(self, message: dict[str, Any]) -> None:
        if self._outbox.qsize() >= MAX_WAITING:
            self._gone.set()
        else:
            self._outbox.put_nowait(message)
