"""Where the pretend cloud listens."""

from __future__ import annotations

import socket

from flowvigil.emulator.listening import listen


def test_its_socket_names_the_protocol_so_that_answers_leave_at_once():
    with listen(0) as sock:
        assert sock.proto == socket.IPPROTO_TCP
