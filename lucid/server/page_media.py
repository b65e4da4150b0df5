"""The media of one page: over WebRTC or, if UDP does not reach the page, over its WebSocket."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from lucid.errors import CaptureError, InputError, ProtocolError
from lucid.media.codecs import Codec
from lucid.media.ice import IceSettings
from lucid.runtime.messages import ControlMessage, Input, ReleaseAll
from lucid.runtime.start_trace import Phase
from lucid.server.broadcast import Broadcast
from lucid.server.captures import Captures
from lucid.server.held_state import HeldState
from lucid.server.metrics import Metrics
from lucid.server.protocol import PageMessage, ice_message
from lucid.server.socket_peer import SocketPeer
from lucid.server.webrtc import Peer
from lucid.server.wire import Answer, Capture, Connected, Held

logger = logging.getLogger(__name__)

CLOSE_S = 5.0
"""How long the server waits for a peer connection to close."""


class PageMedia:
    """Connects a page's media, and changes between WebRTC and the socket."""

    def __init__(
        self,
        broadcast: Broadcast,
        metrics: Metrics,
        ice: IceSettings,
        *,
        plays: bool,
        send: Callable[[str | bytes], Awaitable[None]],
        tell: Callable[[dict[str, Any]], None],
        on_control: Callable[[ControlMessage], None],
        on_refused: Callable[[InputError], None],
        on_open: Callable[[], None],
        on_flood: Callable[[ProtocolError], None],
        on_lost: Callable[[], None],
    ) -> None:
        self.offered = False
        """Whether the page tried to connect its media."""
        self._broadcast = broadcast
        self._metrics = metrics
        self._ice = ice
        self._plays = plays
        self._send = send
        self._tell = tell
        self._on_control = on_control
        self._on_refused = on_refused
        self._on_open = on_open
        self._on_flood = on_flood
        self._on_lost = on_lost
        self._received = 0
        """Messages over the socket."""
        self._held = HeldState(broadcast.manifest, on_control, on_refused, self._packets)
        session = broadcast.session
        self._captures = Captures(broadcast.manifest, session.send, on_refused) if plays else None
        self._peer: Peer | None = None
        self._socket_peer: SocketPeer | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def answer(self, sdp: str) -> Answer:
        """Return the answer to an offer. The socket's media ends once the data channel opens.

        Raises:
            ProtocolError: the offer cannot be used, or the page has sent one already.
        """
        if self._peer is not None:
            if self._socket_peer is None:
                raise ProtocolError("only one offer is accepted, when the session is ready")
            self._drop_peer()
        self.offered = True
        self._trace("answer")
        peer = Peer(
            self._broadcast,
            self._metrics,
            self._ice,
            plays=self._plays,
            captures=self._captures,
            on_open=self._on_channel,
            on_control=self._control,
            on_held=self._held.receive,
            on_refused=self._on_refused,
            on_flood=self._on_flood,
            on_lost=self._on_channel_lost,
        )
        try:
            answer, tracks = await peer.answer(sdp)
        except BaseException:
            await peer.close()
            raise
        self._peer = peer
        self._trace("connect")
        return Answer(sdp=answer, tracks=tracks)

    @property
    def plays_over_webrtc(self) -> bool:
        """Whether the data channel is open."""
        return self._peer is not None and self._peer.open

    def connect(self, codecs: list[Codec]) -> None:
        """Send the outputs over the socket. A peer connection that is still pending stays."""
        if self.plays_over_webrtc:
            self._drop_peer()
            self._release()
        self._drop_socket_peer()
        self.offered = True
        self._trace("connect")
        self._socket_peer = SocketPeer(
            self._broadcast, self._metrics, codecs, plays=self._plays, send=self._send
        )
        self._tell(Connected(codec=self._socket_peer.codec).dump())
        self._socket_peer.start()
        self._on_open()

    def tell_problems(self) -> None:
        """Tell a page that plays over the socket what WebRTC lacks; once per problem."""
        if self._peer is None or self._socket_peer is None:
            return
        for problem in self._peer.ice_problems:
            self._tell(ice_message(problem))
        self._peer.ice_problems.clear()

    def on_got(self, frame: int) -> None:
        """Handle the page's acknowledgement of a frame."""
        self._received += 1
        if self._socket_peer is not None:
            self._socket_peer.on_got(frame)

    def control(self, message: PageMessage) -> None:
        """Handle a control message that came over the socket.

        Raises:
            InputError: the session refused it, or the page plays over WebRTC.
        """
        if isinstance(message, Held):
            if self._socket_peer is not None:  # otherwise it was on its way when the wire changed
                for number in self._held.receive(message):
                    self._socket_peer.input_arrived(number)
            return
        if self._socket_peer is None:
            error = ProtocolError("control messages are accepted here only after `connect`")
            error.seq = message.seq if isinstance(message, Input) else None
            raise error
        self._control(message)
        if isinstance(message, Input):
            self._socket_peer.input_arrived(message.seq)

    def captured(self, data: bytes) -> None:
        """Handle a binary message: what a camera or microphone captured.

        Raises:
            InputError: it is malformed, or not accepted from this page now.
        """
        if self._socket_peer is None:
            raise ProtocolError("binary messages are accepted only after `connect`")
        self._own_captures().put(data)

    async def close(self) -> None:
        """Close all connections."""
        self._held.forget()
        if self._captures is not None:
            self._captures.stop()
        self._drop_socket_peer()
        self._drop_peer()
        await asyncio.gather(*self._closing)

    # --- private ----------------------------------------------------------------------------

    def _trace(self, phase: Phase) -> None:
        if self._plays:
            self._broadcast.session.trace.enter(phase)

    def _packets(self) -> int:
        return self._received + (0 if self._peer is None else self._peer.packets)

    def _on_channel(self) -> None:
        """Play over WebRTC from now on."""
        if self._socket_peer is not None:
            self._drop_socket_peer()
            self._release()
        self._on_open()

    def _control(self, message: ControlMessage | Capture) -> None:
        if isinstance(message, Capture):
            self._own_captures().switch(message)
        else:
            self._on_control(message)

    def _own_captures(self) -> Captures:
        if self._captures is None:
            raise CaptureError(
                "only the session's own player can send a camera or microphone",
                hint="start a session of your own",
            )
        return self._captures

    def _on_channel_lost(self) -> None:
        """Continue over the socket, if the page plays over it."""
        if self._socket_peer is not None:
            self._drop_peer()
        else:
            self._on_lost()

    def _release(self) -> None:
        """Release all inputs and turn cameras off, because the wire changed; the page sends again
        what it holds and captures."""
        self._held.forget()
        self._on_control(ReleaseAll())
        if self._captures is not None:
            self._captures.stop()

    def _drop_socket_peer(self) -> None:
        if self._socket_peer is not None:
            self._socket_peer.close()
            self._socket_peer = None

    def _drop_peer(self) -> None:
        if self._peer is not None:
            closing = asyncio.create_task(_close(self._peer))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
            self._peer = None


async def _close(peer: Peer) -> None:
    try:
        async with asyncio.timeout(CLOSE_S):
            await peer.close()
    except TimeoutError:
        logger.warning("a peer connection did not close within %g s", CLOSE_S)
