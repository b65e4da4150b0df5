"""The server's listening sockets."""

from __future__ import annotations

import socket

from lucid.server.run import listen


def test_a_connection_sends_each_part_of_an_answer_at_once() -> None:
    with (
        listen("127.0.0.1", 0) as listener,
        socket.create_connection(listener.getsockname()),
    ):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
