"""A client session on one event loop: signaling, and the media over WebRTC or the WebSocket."""

import asyncio
import contextlib
import json
import math
import ssl
import time
import urllib.parse
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Literal

import numpy as np
import websockets
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, VideoFrame

from lucid.client.captures import Captures, captures_of
from lucid.client.held import BEAT_S, FULL_BYTES, HeldInputs
from lucid.client.socket_media import BYTES, CODECS, SocketMedia
from lucid.errors import LucidError, ProtocolError, SessionError, reason
from lucid.media.ice import IceSettings, prepare, read_page_servers
from lucid.server.protocol import PROTOCOL_VERSION

Wire = Literal["auto", "webrtc", "socket"]
"""How the media travels; ``auto`` is WebRTC, or the WebSocket if UDP does not get through."""
PATIENCE_S = 1.5
"""If WebRTC is not connected after this time, ``auto`` changes to the WebSocket."""
KEPT_MESSAGES = 256
CONNECTED = ("ready", "running", "paused")
OVER = ("ended", "failed")


class AsyncWorld:
    """A session on a server; ``World`` is the same for synchronous code.

    A subclass can override ``on_signal``, ``on_output`` and ``on_frame`` to get every message.
    """

    def __init__(self, url: str, wire: Wire = "auto", tls: ssl.SSLContext | None = None) -> None:
        self.hello: dict[str, Any] = {}
        self.state = "loading"
        """``loading``, ``ready``, ``running``, ``paused``, ``ended`` or ``failed``."""
        self.errors: list[dict[str, Any]] = []
        """The errors that the server reported: ``{"code", "message", "hint", "seq"}``."""
        self.messages: deque[dict[str, Any]] = deque(maxlen=KEPT_MESSAGES)
        """Values of json outputs, newest last: ``{"name", "ts_ms", "value"}``."""
        self.frames: dict[str, np.ndarray] = {}
        """The newest frame of each video output, (H, W, 3) uint8 RGB."""
        self.frame_counts: dict[str, int] = {}
        self.ice_problems: list[str] = []
        """Why STUN or TURN servers cannot be used from here."""
        bundle = RTCBundlePolicy.MAX_BUNDLE  # one set of sockets for all tracks
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=bundle))
        self.channel: RTCDataChannel | None = None
        self.held_channel: RTCDataChannel | None = None
        """It carries held inputs and motion, and may lose messages."""
        self.version = 0
        """The number of messages and frames received."""
        self._url = urllib.parse.urlsplit(url)
        self._wire = wire
        self._tls = tls
        self._media: SocketMedia | None = None
        self._socket: websockets.ClientConnection | None = None
        self._answer: tuple[str, dict[str, str]] | None = None
        self._failure: BaseException | None = None
        """The error that ended a task of the connection."""
        self._changed = asyncio.Event()
        self._jobs: set[asyncio.Task[None]] = set()
        self._seq = 0
        self._captures = Captures(self.control, self._start, self._send_now)
        self._held = HeldInputs(())

    @property
    def origin(self) -> str:
        """The server's scheme, host and port."""
        return f"{self._url.scheme}://{self._url.netloc}"

    @property
    def base(self) -> str:
        """The URL of the player page without its query; it ends with a slash."""
        return f"{self.origin}{self._url.path.rpartition('/')[0]}/"

    def query(self, *keys: str) -> dict[str, str]:
        """Return the URL's query parameters with these names, if they are present."""
        values = urllib.parse.parse_qs(self._url.query)
        return {key: values[key][0] for key in keys if key in values}

    async def join(self, timeout_s: float | None = None) -> None:
        """Connect, wait for the model, connect the media, and wait until the session runs.

        Raises:
            SessionError: the server cannot be reached or refuses, or the session fails or ends.
            TimeoutError: the session does not run in time.
        """
        if self._url.scheme not in ("http", "https"):
            raise LucidError(
                f"{self._url.geturl()} is not an http or https URL",
                hint="use the URL that `lucid serve` printed",
            )
        end_s = time.monotonic() + (math.inf if timeout_s is None else timeout_s)
        query = {"protocol": str(PROTOCOL_VERSION), **self.query("token", "play", "watch")}
        try:
            await self.connect(urllib.parse.urlencode(query))
        except (OSError, websockets.WebSocketException) as error:
            raise SessionError(
                f"{self.origin} cannot be reached: {reason(error)}",
                hint="check that `lucid serve` is running there",
            ) from error
        await self.until(lambda: self.state in CONNECTED, end_s - time.monotonic())
        if self._wire == "socket":
            await self.use_socket()
        else:
            await self.offer()
        try:
            limit_s = PATIENCE_S if self._wire == "auto" else math.inf
            await self.until(self._is_open, min(limit_s, end_s - time.monotonic()))
        except TimeoutError:
            if self._wire == "webrtc":
                raise
            await self.use_socket()
        await self.until(lambda: self.state == "running", end_s - time.monotonic())

    def _is_open(self) -> bool:
        channel = self.channel
        return self._media is not None or (channel is not None and channel.readyState == "open")

    async def connect(
        self, query: str = f"protocol={PROTOCOL_VERSION}", headers: Mapping[str, str] | None = None
    ) -> None:
        """Open the signaling socket and listen to it."""
        address = f"{self.base.replace('http', 'ws', 1)}api/session?{query}"
        self._socket = await websockets.connect(
            address,
            origin=websockets.Origin(self.origin),
            additional_headers=headers,
            ssl=self._tls if self._url.scheme == "https" else None,
            max_size=None,  # keyframes and bytes outputs may be large
        )
        self._start(self._listen(self._socket))

    async def offer(self) -> None:
        """Send an offer for every output, wait for the answer, and start to receive.

        Raises:
            SessionError: the session fails or ends first.
        """
        tracks: list[MediaStreamTrack] = []
        self.pc.on("track", tracks.append)
        self.add_transceivers()
        self.channel = self.pc.createDataChannel("lucid")
        self.channel.on("message", self._on_message)
        self.held_channel = self.pc.createDataChannel("lucid-held", ordered=False, maxRetransmits=0)
        self.held_channel.on("message", self._held.on_applied)
        servers = read_page_servers(self.hello.get("ice_servers", []))
        prepare(self.pc, IceSettings(servers), self.ice_problems.append)
        await self.pc.setLocalDescription(await self.pc.createOffer())
        await self.signal({"type": "offer", "sdp": self.pc.localDescription.sdp})
        await self.until(lambda: self._answer is not None)
        assert self._answer is not None
        sdp, names = self._answer
        await self.pc.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        for transceiver in self.pc.getTransceivers():
            if (name := names.get(str(transceiver.mid))) is not None:
                self._start(self._receive(name, transceiver.receiver.track))

    async def use_socket(self) -> None:
        """Receive the media over the WebSocket, and wait for the server's reply.

        Raises:
            SessionError: the session fails or ends first.
        """
        await self.signal({"type": "connect", "codecs": CODECS})
        await self.until(lambda: self._media is not None)

    def add_transceivers(self) -> None:
        """Add a transceiver per output, camera and microphone, those with video first."""
        manifest, plays = self.hello["manifest"], self.hello["role"] == "player"
        captures = captures_of(manifest) if plays else {}
        for kind, device in (("video", "camera"), ("audio", "microphone")):
            for output in manifest["outputs"]:
                if output["kind"] == kind:
                    self.pc.addTransceiver(kind, direction="recvonly")
            for name, capture in captures.items():
                if capture["kind"] == device:
                    line = self.pc.addTransceiver(kind, direction="sendonly")
                    self._captures.senders[name] = line.sender

    def capture(self, name: str, data: np.ndarray | None) -> None:
        """Send a frame or sound for a camera or microphone input; None turns it off.

        Raises:
            LucidError: the array has the wrong shape or dtype.
        """
        spec = captures_of(self.hello["manifest"])[name]
        self._captures.put(name, spec, data, over_socket=self._media is not None)

    async def signal(self, message: Mapping[str, Any]) -> None:
        """Send a message over the signaling socket, unless the server has closed it."""
        await self._send_now(json.dumps(message))

    def send(self, name: str, **args: Any) -> int:
        """Send an input. Return its sequence number."""
        self._seq += 1
        if self._held.carries(name, args):
            self._held.change(self._seq, name, args)
            self._send_held()
        else:
            if self._held.used:  # the channels have no common order; what is held comes first
                self.control(self._held.message())
            self.control({"type": "input", "seq": self._seq, "name": name, "args": args})
        return self._seq

    def control(self, message: Mapping[str, Any]) -> None:
        """Send a control message over the connection of the media, if it is open."""
        if self._media is not None:
            self._start(self.signal(message))
        elif self.channel is not None and self.channel.readyState == "open":
            self.channel.send(json.dumps(message))

    async def until(self, condition: Callable[[], bool], timeout_s: float | None = None) -> None:
        """Wait until ``condition()`` is True. It is checked after each message and frame.

        Raises:
            SessionError, ProtocolError: the session ended first, or the connection failed.
            TimeoutError: the condition was not met in time.
        """
        try:
            async with asyncio.timeout(timeout_s):
                while not condition():
                    self._raise_if_over()
                    await self._next_change()
        except TimeoutError:
            text = f"the wait timed out; the session is {self.state}"
            raise TimeoutError(text) from None

    async def change(self, seen: int, timeout_s: float) -> None:
        """Wait until ``version`` is more than ``seen``. Raises as ``until`` does."""
        await self.until(lambda: timeout_s > 0 and self.version > seen, timeout_s)

    async def close(self) -> None:
        """End the session and close all connections."""
        if self._socket is not None:
            await self._socket.close()
        await self.pc.close()
        for job in self._jobs:
            job.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)

    # --- incoming messages and frames -------------------------------------------------------

    def on_signal(self, message: dict[str, Any]) -> None:
        """Handle a signaling message that is not a ping; ``closed`` means the socket closed."""
        match message["type"]:
            case "hello" if message["protocol"] != PROTOCOL_VERSION:
                raise ProtocolError(
                    f"the server uses protocol version {message['protocol']}, and this client "
                    f"version {PROTOCOL_VERSION}",
                    hint="install the same version of Lucid on both sides",
                )
            case "hello":
                self.hello = message
                self._held = HeldInputs(message["manifest"].get("inputs", ()))
                self._start(self._beat())
            case "state":
                self.state = message["state"]
            case "answer":
                self._answer = message["sdp"], message["tracks"]
            case "connected":
                self._media = SocketMedia(message["codec"], self.hello["manifest"]["outputs"])
            case "error":
                self.errors.append(message)
                if not self.hello:
                    self.state = "failed"
            case "closed" if self.state not in OVER:
                self.state = "ended"

    async def on_ping(self) -> None:
        """Answer the server's ping."""
        await self.signal({"type": "pong"})

    def on_output(self, message: str | bytes) -> None:
        """Handle a message of the data channel."""
        if isinstance(message, str):
            value = json.loads(message)
            if value.pop("type") == "output":
                self.messages.append(value)

    def on_frame(self, output: str, frame: VideoFrame | AudioFrame) -> None:
        """Keep a video frame; audio is ignored."""
        if isinstance(frame, VideoFrame):
            self.frames[output] = frame.to_ndarray(format="rgb24")
            self.frame_counts[output] = self.frame_counts.get(output, 0) + 1

    # --- private ----------------------------------------------------------------------------

    async def _listen(self, socket: websockets.ClientConnection) -> None:
        with contextlib.suppress(websockets.ConnectionClosed):
            async for data in socket:
                if isinstance(data, bytes):
                    await self._on_media(data)
                    continue
                message = json.loads(data)
                if message["type"] == "ping":
                    await self.on_ping()
                elif message["type"] in ("output", "receipt"):
                    self._on_message(data)
                else:
                    self.on_signal(message)
                    self._notify()
        self.on_signal({"type": "closed"})
        self._notify()

    async def _on_media(self, data: bytes) -> None:
        if data[:1] == bytes([BYTES]):
            self._on_message(data[1:])
        elif self._media is not None:
            output, number, frames = self._media.read(data)
            for frame in frames:
                self.on_frame(output, frame)
            if number is not None:
                await self.signal({"type": "got", "frame": number})
            self._notify()

    async def _beat(self) -> None:
        """Send what is held at regular intervals. Otherwise the server releases everything."""
        while True:
            await asyncio.sleep(BEAT_S)
            if self._held.used:
                self._send_held()

    def _send_held(self) -> None:
        channel = self.held_channel
        if self._media is not None:
            self._start(self.signal(self._held.message()))
            self._held.settle()
        elif channel and channel.readyState == "open" and channel.bufferedAmount < FULL_BYTES:
            channel.send(json.dumps(self._held.message()))

    async def _receive(self, output: str, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                assert isinstance(frame, VideoFrame | AudioFrame)
                self.on_frame(output, frame)
                self._notify()

    def _on_message(self, message: str | bytes) -> None:
        self.on_output(message)
        self._notify()

    async def _send_now(self, data: str | bytes) -> None:
        assert self._socket is not None
        with contextlib.suppress(websockets.ConnectionClosed):  # what came before is still read
            await self._socket.send(data)

    async def _next_change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def _notify(self) -> None:
        self.version += 1
        self._changed.set()

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        job = asyncio.create_task(work)
        job.add_done_callback(self._on_done)
        self._jobs.add(job)
        return job

    def _on_done(self, job: asyncio.Task[None]) -> None:
        self._jobs.discard(job)
        if not job.cancelled() and (error := job.exception()) is not None:
            self._failure = error
            self._notify()

    def _raise_if_over(self) -> None:
        if isinstance(self._failure, LucidError):
            raise self._failure
        if self._failure is not None:
            raise SessionError(
                f"the connection failed: {type(self._failure).__name__}: {self._failure}",
                hint="connect again",
            ) from self._failure
        if self.state in OVER:
            last = self.errors[-1] if self.errors else {"message": "no error given", "hint": None}
            raise SessionError(f"the session is {self.state}: {last['message']}", hint=last["hint"])
