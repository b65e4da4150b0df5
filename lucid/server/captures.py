"""The camera and microphone of a player's page, decoded for the inputs that declare them."""

import asyncio
import time
from collections.abc import Callable
from functools import partial

from lucid.authoring.captures import CameraSpec, Captured, CaptureSpec, capture_of
from lucid.authoring.manifest import Manifest
from lucid.errors import CaptureError, InputError, ProtocolError
from lucid.media.captures import CameraReader, MediaFrame, MicrophoneReader
from lucid.runtime.messages import Input
from lucid.server.protocol import parse_captured
from lucid.server.wire import Capture

STOPPED_S = 2.0
"""A camera or microphone that is on and sends nothing for this time has stopped."""


class Captures:
    """The cameras and microphones that one page sends.

    Of the frames that arrive while one is decoded, only the newest is decoded next. A camera that
    stops is reported to the port as None, and to the page as an error.
    """

    def __init__(
        self,
        manifest: Manifest,
        deliver: Callable[[Input], None],
        tell: Callable[[InputError], None],
    ) -> None:
        self._inputs = {
            spec.name: _Source(spec.name, *capture, deliver, tell)
            for spec in manifest.inputs
            if (capture := capture_of(spec.arguments)) is not None
        }

    def names(self, kind: str) -> list[str]:
        """Return the inputs of a kind of track, ``video`` or ``audio``, in the manifest's order."""
        return [name for name, source in self._inputs.items() if source.track_kind == kind]

    def switch(self, message: Capture) -> None:
        """Turn a camera or microphone on or off.

        Raises:
            ProtocolError: the input takes none.
        """
        self._source(message.name).switch(message.on)

    def put(self, data: bytes) -> None:
        """Take a binary message of the page's WebSocket.

        Raises:
            ProtocolError: it does not follow the protocol, or its input takes no such message.
        """
        name, ts_ms, payload = parse_captured(data)
        self._source(name).put_encoded(payload, ts_ms)

    def put_frame(self, name: str, frame: MediaFrame) -> None:
        """Take a decoded frame of the track of an input."""
        self._inputs[name].put_frame(frame)

    def stop(self) -> None:
        """Turn everything off, because the connection that carried it has ended."""
        for source in self._inputs.values():
            source.switch(False)

    def _source(self, name: str) -> "_Source":
        if name not in self._inputs:
            raise ProtocolError(f"the input {name!r} takes no camera or microphone")
        return self._inputs[name]


class _Source:
    """The camera or microphone of one input."""

    def __init__(
        self,
        name: str,
        parameter: str,
        spec: CaptureSpec,
        deliver: Callable[[Input], None],
        tell: Callable[[InputError], None],
    ) -> None:
        self._name, self._parameter, self._kind = name, parameter, spec.kind
        self._deliver, self._tell = deliver, tell
        self._reader = (
            CameraReader(spec) if isinstance(spec, CameraSpec) else MicrophoneReader(spec)
        )
        self._on = self._stopped = False
        self._heard_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._newest: Callable[[], Captured] | None = None
        """Decodes the newest frame, which waits until the one before it is decoded."""
        self._decoding: asyncio.Task[None] | None = None

    @property
    def track_kind(self) -> str:
        return "video" if self._kind == "camera" else "audio"

    def switch(self, on: bool) -> None:
        if on == self._on:
            return
        self._on, self._stopped, self._newest = on, False, None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if on:
            self._heard_s = time.monotonic()
            self._watch()
        else:
            self._give(None)

    def put_frame(self, frame: MediaFrame) -> None:
        self._put(partial(self._reader.from_frame, frame))

    def put_encoded(self, data: bytes, ts_ms: float) -> None:
        self._put(partial(self._reader.from_bytes, data, ts_ms))

    def _put(self, decode: Callable[[], Captured]) -> None:
        if not self._on:
            return
        self._heard_s, self._stopped = time.monotonic(), False
        if self._kind == "microphone":  # it is quick, and no sound may be lost
            self._give(decode())
            return
        self._newest = decode
        if self._decoding is None:
            self._decoding = asyncio.create_task(self._decode())

    async def _decode(self) -> None:
        try:
            while (decode := self._newest) is not None:
                self._newest = None
                try:
                    captured = await asyncio.to_thread(decode)
                except CaptureError as error:
                    self._tell(error)
                else:
                    if self._on:
                        self._give(captured)
        finally:
            self._decoding = None

    def _give(self, captured: Captured | None) -> None:
        try:
            self._deliver(Input(0, self._name, {self._parameter: captured}))
        except InputError as error:
            self._tell(error)

    def _watch(self) -> None:
        silent_s = time.monotonic() - self._heard_s
        if silent_s >= STOPPED_S and not self._stopped:
            self._stopped = True
            self._give(None)
            self._tell(
                CaptureError(
                    f"the {self._kind} has sent nothing for {STOPPED_S:g} s",
                    hint="check that no other program uses it, then turn it off and on again",
                )
            )
        wait_s = STOPPED_S if self._stopped else max(0.05, STOPPED_S - silent_s)
        self._timer = asyncio.get_running_loop().call_later(wait_s, self._watch)
