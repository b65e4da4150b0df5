"""The signaling WebSocket of a page. The session ends when the player's page leaves."""

import asyncio
import logging
from functools import partial
from importlib.metadata import version

from starlette.websockets import WebSocket, WebSocketDisconnect

from lucid.errors import (
    InputError,
    LucidError,
    MediaUnreachableError,
    ProtocolError,
    RemovedError,
    SharingError,
    SpectatorError,
    UnknownSessionError,
)
from lucid.media.ice import IceSettings
from lucid.runtime.host import Host
from lucid.runtime.messages import ControlMessage, ErrorInfo, Input, ReleaseAll
from lucid.runtime.session import ErrorNotice, Notice, StateNotice
from lucid.runtime.states import SessionState
from lucid.server import wire
from lucid.server.broadcast import Broadcast
from lucid.server.connect_timeout import CallLater, ConnectTimeout
from lucid.server.gpu import GpuWatch
from lucid.server.guard import Access
from lucid.server.metrics import Metrics
from lucid.server.outbox import Outbox
from lucid.server.page_media import PageMedia
from lucid.server.probe import answer_probe
from lucid.server.protocol import PROTOCOL_VERSION, PageMessage, notice_message, parse_page
from lucid.server.rate import Rate
from lucid.server.sessions import ServedSession, Sessions
from lucid.server.sharing import Guest

logger = logging.getLogger(__name__)

PING_S = 1.0
"""How often the server sends something, so that no proxy takes the connection for idle."""
SILENCE_S = 10.0
"""A page that answers no ping for this time is disconnected."""
PLAYED = (SessionState.RUNNING, SessionState.PAUSED)
LEAVE_S = 2.0
"""A spectator or guest that is disconnected gets this time to read why."""
LEFT = (1000, 1001)
"""Close codes of a page that left on purpose. After any other code, its session is kept."""
CHARACTERS = 1024
"""A text counts as one more message for each of these."""
OFFER = 100.0
"""An offer counts as this many messages, since it takes as much time to answer."""


class PageConnection:
    """One page: its socket, its peer connection, and the session that it plays or watches."""

    def __init__(
        self,
        socket: WebSocket,
        host: Host,
        sessions: Sessions,
        metrics: Metrics,
        gpu: GpuWatch,
        access: Access,
        ice: IceSettings,
        call_later: CallLater | None = None,
    ) -> None:
        self._socket = socket
        self._host = host
        self._sessions = sessions
        self._metrics = metrics
        self._gpu = gpu
        self._access = access
        self._ice = ice
        self._url = access.url_of(socket.url.scheme, socket.headers.get("host", ""))
        self._gone = asyncio.Event()
        self._outbox = Outbox(socket, self._gone.set)
        self._put = self._outbox.put
        self._unanswered = 0  # pings: time in which this process stalls does not count
        self._media: PageMedia | None = None
        self._served: ServedSession | None = None
        self._guest: Guest | None = None
        self._rate = Rate()
        self._role: wire.Role = "player"
        self._left = self._replaced = self._open = False
        self._connect_timeout = ConnectTimeout(call_later, self._on_late, self._on_never_connected)

    async def serve(self) -> None:
        """Serve the page until its session is over or the page disconnects."""
        await self._socket.accept()
        try:
            await self._serve()
        finally:
            self._connect_timeout.stop()

    async def _serve(self) -> None:
        query = self._socket.query_params
        if query.get("protocol") != str(PROTOCOL_VERSION):
            await self._refuse(
                ProtocolError(
                    f"this server uses protocol version {PROTOCOL_VERSION}",
                    hint="reload the page, or update the client",
                )
            )
        elif "probe" in query:
            await answer_probe(self._socket, self._ice)
        elif (token := query.get("resume")) is not None:
            await self._resume(self._sessions.resume(token, self._on_notice))
        elif (key := query.get("watch")) is not None:
            await self._join("spectator", self._sessions.by_watch_key(key))
        elif (key := query.get("play")) is not None:
            await self._join("guest", self._sessions.by_play_key(key))
        else:
            await self._play()

    async def _play(self) -> None:
        session = self._host.join(self._on_notice)
        broadcast = Broadcast(session, self._host.manifest, self._metrics)
        session.viewers.append(broadcast)
        await self._serve_player(self._sessions.add(broadcast), resumed=False)

    async def _resume(self, served: ServedSession | None) -> None:
        if served is None:
            await self._refuse(
                UnknownSessionError("the session is over", hint="start a new session")
            )
            return
        await self._serve_player(served, resumed=True)

    async def _serve_player(self, served: ServedSession, resumed: bool) -> None:
        """Serve the player's page; keep the session for a while if the page is lost."""
        self._served = served
        served.replace = self._on_replaced
        try:
            await self._send_hello(served, served.session.id, resumed)
            served.sharing.on_change = self._tell_sharing
            self._tell_sharing()
            if resumed:
                self._host.tell_state(served.session)
            await self._run()
        finally:
            if not self._replaced:
                served.replace = served.sharing.on_change = None
                served.session.tell = self._tell_spectators
                if self._left:
                    self._host.end(served.session)
                else:
                    self._sessions.keep(served)

    def _on_replaced(self) -> None:
        """End this connection, because the page came back on a new socket."""
        self._replaced = True
        self._gone.set()

    async def _join(self, role: wire.Role, served: ServedSession | None) -> None:
        """Serve a page that watches another player's session, or plays it as a guest."""
        if served is None:
            await self._refuse(
                UnknownSessionError("this session is over", hint="ask the player for a new link")
            )
            return
        spectators = served.broadcast.spectators
        sharing = served.sharing
        if (problem := sharing.lack_of_room(role, len(spectators))) is not None:
            await self._refuse(SharingError(problem, hint="try again later"))
            return
        self._served, self._role = served, role
        spectators.append(self._on_notice)
        if role == "guest":
            self._guest = sharing.come(self._tell, partial(self._disconnect, RemovedError()))
        try:
            await self._send_hello(served, self._guest.id if self._guest else "")
            state = served.session.state
            self._on_notice(StateNotice(SessionState.READY if state in PLAYED else state))
            await self._run()
        finally:
            spectators.remove(self._on_notice)
            if self._guest is not None:
                sharing.leave(self._guest)
                served.control_as_guest(self._guest, ReleaseAll())

    async def _send_hello(
        self, served: ServedSession, session_id: str, resumed: bool = False
    ) -> None:
        plays = self._role == "player"
        links = served.sharing.message(self._url)
        hello = wire.Hello(
            protocol=PROTOCOL_VERSION,
            version=version("lucid-runtime"),
            role=self._role,
            session_id=session_id,
            resumed=resumed,
            resume_token=served.resume_token if plays else None,
            watch_key=served.sharing.watch_key if plays else None,
            watch_url=links.watch_url if plays else None,
            play_url=links.play_url if plays else None,
            may_play=self._access.may_play(self._socket.scope),
            ice_servers=[server.for_page() for server in self._ice.servers],
            manifest=self._host.manifest.model_dump(mode="json"),
        )
        await self._socket.send_json(hello.dump())
        self._media = PageMedia(
            served.broadcast,
            self._metrics,
            self._ice,
            plays=plays,
            send=self._send_media,
            tell=self._put,
            on_control=self._control,
            on_refused=self._outbox.refuse,
            on_open=self._on_open,
            on_flood=self._disconnect,
            on_lost=self._gone.set,  # the page may resume
        )

    def _tell_sharing(self) -> None:
        assert self._served is not None
        self._outbox.replace(self._served.sharing.message(self._url).dump())

    async def _run(self) -> None:
        jobs = [self._outbox.send(), self._receive(), self._heartbeat(), self._gone.wait()]
        tasks = [asyncio.ensure_future(job) for job in jobs]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            for ended in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(ended, Exception):
                    logger.error("a page's connection failed", exc_info=ended)
            if self._media is not None:
                await self._media.close()

    async def _refuse(self, error: LucidError) -> None:
        await self._socket.send_json(notice_message(ErrorNotice(ErrorInfo.of(error), None)))
        await self._socket.close(1002)

    # --- the socket -------------------------------------------------------------------------

    async def _receive(self) -> None:
        while True:
            event = await self._socket.receive()
            if event["type"] == "websocket.disconnect":
                self._left = event["code"] in LEFT
                return
            self._unanswered = 0
            text = event.get("text")
            cost = 1.0 if text is None else 1.0 + len(text) / CHARACTERS
            if (wait_s := self._rate.wait_s(cost)) > 0:
                await asyncio.sleep(wait_s)  # the page's messages wait in its own buffers
            try:
                if text is not None:
                    await self._obey(parse_page(text))
                elif self._media is not None:
                    self._media.captured(event["bytes"])
            except InputError as error:
                self._outbox.refuse(error)
            except LucidError as error:
                self._tell(ErrorNotice(ErrorInfo.of(error), None))

    async def _heartbeat(self) -> None:
        while self._unanswered * PING_S <= SILENCE_S:
            self._put(wire.Ping().dump())
            self._unanswered += 1
            if self._gpu.latest is not None:
                self._put(self._gpu.latest)
            await asyncio.sleep(PING_S)

    async def _obey(self, message: wire.SignalingMessage | PageMessage) -> None:
        media = self._media
        assert media is not None
        match message:
            case wire.Pong():  # it only resets the silence timer
                pass
            case wire.Offer(sdp=sdp):
                self._check_may_connect()
                self._rate.wait_s(OFFER)
                self._put((await media.answer(sdp)).dump())
                media.tell_problems()
            case wire.Connect(codecs=codecs, fallback=fallback):
                self._check_may_connect()
                if not (fallback and media.plays_over_webrtc):
                    media.connect(codecs)
                    media.tell_problems()
            case wire.Got(frame=number):
                media.on_got(number)
            case wire.TreatGuest(number=number, act=act):
                self._own_session().treat_guest(number, act)
            case wire.Renew():
                self._own_session().sharing.renew()
            case _:
                media.control(message)

    def _check_may_connect(self) -> None:
        assert self._served is not None
        session = self._served.session
        if not session.can_connect and session.state not in PLAYED:
            raise ProtocolError("the media can connect only when the session is ready")

    async def _send_media(self, data: str | bytes) -> None:
        try:
            if isinstance(data, str):
                await self._socket.send_text(data)
            else:
                await self._socket.send_bytes(data)
        except (WebSocketDisconnect, RuntimeError):  # starlette raises both after a close
            self._gone.set()

    def _control(self, message: ControlMessage) -> None:
        assert self._served is not None
        if self._role == "player":
            self._served.control(message)
        elif self._guest is not None:
            self._served.control_as_guest(self._guest, message)
        elif not isinstance(message, ReleaseAll):
            error = SpectatorError()
            error.seq = message.seq if isinstance(message, Input) else None
            raise error

    def _own_session(self) -> ServedSession:
        assert self._served is not None
        if self._role != "player":
            raise ProtocolError("only the session's player can do this")
        return self._served

    # --- the session ------------------------------------------------------------------------

    def _on_notice(self, notice: Notice) -> None:
        if not (isinstance(notice, ErrorNotice) and notice.guest):
            self._tell(notice)
        if isinstance(notice, StateNotice):
            self._limit_connecting(notice.state)
        if self._role == "player":
            self._tell_spectators(notice)

    def _tell_spectators(self, notice: Notice) -> None:
        served = self._served
        if served is None:
            return
        if not isinstance(notice, ErrorNotice) or notice.seq is None:
            for tell in served.broadcast.spectators:
                tell(notice)
        elif guest := served.sharing.guests.get(notice.guest):
            guest.tell(notice)
        if isinstance(notice, StateNotice) and notice.state.over:
            self._sessions.remove(served)

    def _limit_connecting(self, state: SessionState) -> None:
        """Start the connection timeout while the page may connect; stop it otherwise."""
        if self._open or state not in (SessionState.READY, *PLAYED):
            self._connect_timeout.stop()
        else:
            self._connect_timeout.start()

    def _on_late(self, waited_s: float) -> None:
        assert self._media is not None
        error = MediaUnreachableError(waited_s, self._media.offered)
        self._tell(ErrorNotice(ErrorInfo.of(error), None))

    def _on_never_connected(self, waited_s: float) -> None:
        assert self._media is not None
        self._disconnect(MediaUnreachableError(waited_s, self._media.offered))

    def _disconnect(self, error: LucidError) -> None:
        """End the player's session, or disconnect the spectator or guest."""
        assert self._served is not None
        session_id = self._served.session.id[:8]
        logger.info("session %s: disconnected a %s: %s", session_id, self._role, error.message)
        if self._role == "player":
            self._host.end(self._served.session, error)
        else:
            self._tell(ErrorNotice(ErrorInfo.of(error), None))
            self._tell(StateNotice(SessionState.FAILED))
            asyncio.get_running_loop().call_later(LEAVE_S, self._gone.set)

    def _on_open(self) -> None:
        """Start or continue the session when the media is connected."""
        assert self._served is not None
        self._open = True
        self._connect_timeout.stop()
        session = self._served.session
        if self._role != "player":
            if session.state in PLAYED:
                self._on_notice(StateNotice(session.state))
        elif session.opened:
            self._sessions.undo_pause(self._served)
        elif session.can_connect:  # otherwise the session has just failed, and its page is told so
            session.start()

    def _tell(self, notice: Notice) -> None:
        message = notice_message(notice, self._sessions.oldest_queue_key)
        if isinstance(notice, ErrorNotice) and notice.seq is not None:
            self._outbox.put_refusal(message)
        else:
            self._put(message)
