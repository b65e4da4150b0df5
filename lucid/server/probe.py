"""Answer ``lucid doctor --network``: open data channels without a session."""

import asyncio
import contextlib
import logging
from importlib.metadata import version

from starlette.websockets import WebSocket, WebSocketDisconnect

from lucid.errors import ProtocolError
from lucid.media.ice import IceSettings
from lucid.server.protocol import ice_message, parse_page
from lucid.server.webrtc import answer_channel, new_connection
from lucid.server.wire import Answer, Offer, Probe

MAX_OFFERS = 4
"""A player's machine tries IPv4, IPv6 and a relay."""
LIMIT_S = 30.0

logger = logging.getLogger(__name__)


async def answer_probe(socket: WebSocket, ice: IceSettings) -> None:
    """Answer the offers of one ``lucid doctor --network`` until it leaves."""
    servers = [server.for_page() for server in ice.servers]
    await socket.send_json(Probe(version=version("lucid-runtime"), ice_servers=servers).dump())
    async with contextlib.AsyncExitStack() as connections:
        with contextlib.suppress(WebSocketDisconnect, TimeoutError, ProtocolError):
            async with asyncio.timeout(LIMIT_S):
                for _ in range(MAX_OFFERS):
                    offer = parse_page(await socket.receive_text())
                    if not isinstance(offer, Offer):
                        raise ProtocolError("a probe sends offers only")
                    connection = new_connection()
                    connections.push_async_callback(connection.close)
                    sdp, problems = await answer_channel(connection, offer.sdp, ice)
                    for problem in problems:
                        await socket.send_json(ice_message(problem))
                    await socket.send_json(Answer(sdp=sdp, tracks={}).dump())
                await socket.receive_text()  # the channels stay open until it leaves
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # it is closed already
        await socket.close()
