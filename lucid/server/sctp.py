"""Bound what a page may send over its data channels, which aiortc does not."""

import logging
import struct
from collections.abc import Callable

from aiortc import RTCSctpTransport
from aiortc.rtcsctptransport import DataChunk

from lucid.errors import ProtocolError
from lucid.server.rate import MESSAGES_HZ, Rate

MAX_WAITING_BYTES = 256 * 1024
"""Maximum size of the fragments that wait for the rest of their message; it is announced."""
MAX_FRAGMENTS = 1024
"""Maximum number of these fragments per stream, and of messages that wait for a lost one. aiortc
reads all fragments of a message again for each one."""

logger = logging.getLogger(__name__)


def bound(sctp: RTCSctpTransport, on_flood: Callable[[ProtocolError], None]) -> None:
    """Skip what aiortc cannot decode, and end the association of a page that sends too much.

    aiortc has no hook for this, so it wraps two of its methods. ``on_flood`` is called once.
    """
    room_bytes = sctp._advertised_rwnd
    receive, receive_chunk = sctp._data_channel_receive, sctp._receive_data_chunk
    rate = Rate()

    async def receive_readable(stream_id: int, pp_id: int, data: bytes) -> None:
        try:
            await receive(stream_id, pp_id, data)
        except (ValueError, AssertionError, struct.error) as error:
            logger.info("skipped a malformed message: %s: %s", type(error).__name__, error)

    async def receive_bounded(chunk: DataChunk) -> None:
        if sctp.state == "closed":
            return  # the rest of the packet that went too far
        await receive_chunk(chunk)
        stream = sctp._inbound_streams.get(chunk.stream_id)
        fragments = 0 if stream is None else len(stream.reassembly)
        waiting_bytes = room_bytes - sctp._advertised_rwnd
        if waiting_bytes > MAX_WAITING_BYTES or fragments > MAX_FRAGMENTS:
            kib = MAX_WAITING_BYTES // 1024
            error = ProtocolError(f"a message is larger than {kib} KiB, or has too many fragments")
        elif rate.wait_s() > 0:
            error = ProtocolError(f"more than {MESSAGES_HZ:g} messages arrived in a second")
        else:
            return
        await sctp.stop()
        sctp._inbound_streams.clear()
        on_flood(error)

    sctp._data_channel_receive = receive_readable  # type: ignore[method-assign]
    sctp._receive_data_chunk = receive_bounded  # type: ignore[method-assign]
