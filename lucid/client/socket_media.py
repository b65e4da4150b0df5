"""Read the media messages that a server sends over the WebSocket."""

import struct
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from av import AudioFrame, CodecContext, FFmpegError, Packet, VideoFrame
from av.video.codeccontext import VideoCodecContext

from lucid.errors import ProtocolError
from lucid.media.audio import audio_frame
from lucid.media.codecs import Codec

BYTES, VIDEO, AUDIO = range(3)
CODECS: tuple[Codec, ...] = ("H264", "VP8", "JPEG")
"""What this client decodes, the best first."""
_DECODERS: dict[Codec, str] = {"H264": "h264", "VP8": "vp8", "JPEG": "mjpeg"}


class SocketMedia:
    """Decodes the frames and samples of all outputs."""

    def __init__(self, codec: Codec, outputs: list[Mapping[str, Any]]) -> None:
        self._codec = codec
        self._outputs = {output["name"]: output for output in outputs}
        self._decoders: dict[str, VideoCodecContext] = {}

    def read(self, data: bytes) -> tuple[str, int | None, Iterator[VideoFrame | AudioFrame]]:
        """Read a video or audio message.

        Return the output, the number of a video frame to acknowledge (None for audio), and the
        decoded frames.

        Raises:
            ProtocolError: the message does not follow docs/protocol.md.
        """
        try:
            start = 2 + data[1]
            name = data[2:start].decode()
            if data[0] == VIDEO:
                number, _, _ = struct.unpack_from("<IIB", data, start)
                return name, number, self._decode(name, data[start + 9 :])
            if data[0] == AUDIO:
                return name, None, iter([self._samples(name, data[start:])])
        except (IndexError, KeyError, UnicodeDecodeError, ValueError, struct.error) as error:
            raise ProtocolError(f"the server sent a malformed media message: {error}") from error
        raise ProtocolError(f"the server sent a media message of the unknown kind {data[0]}")

    def _decode(self, name: str, data: bytes) -> Iterator[VideoFrame]:
        decoder = self._decoders.get(name)
        if decoder is None:
            made = CodecContext.create(_DECODERS[self._codec], "r")
            assert isinstance(made, VideoCodecContext)
            made.thread_count = 1  # with more threads, the decoder keeps frames back
            decoder = self._decoders[name] = made
        try:
            yield from decoder.decode(Packet(data))
        except FFmpegError:  # a frame that cannot be decoded; the next keyframe can
            return

    def _samples(self, name: str, data: bytes) -> AudioFrame:
        output = self._outputs[name]
        samples = np.frombuffer(data, np.int16).reshape(-1, output["channels"])
        return audio_frame(samples, output["sample_rate_hz"])
