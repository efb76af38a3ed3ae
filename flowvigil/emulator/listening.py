"""Where the pretend cloud listens; loads nothing of it, so that asking whether it runs stays cheap."""

from __future__ import annotations

import socket

DEFAULT_PORT = 8474
PID_FILE = "emulator.pid"


class EmulatorError(Exception):
    """The emulator cannot run; the message says why and what to do."""


def listen(port: int) -> socket.socket:
    """A listening socket on 127.0.0.1; port 0 picks a free one. EmulatorError when it is taken."""
    # asyncio sends small answers at once (TCP_NODELAY) only on sockets that name their protocol; else each waits 40 ms
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(("127.0.0.1", port))
    except OSError as error:
        sock.close()
        raise EmulatorError(f"port {port} of 127.0.0.1 is taken: end what runs there, or choose another") from error
    sock.listen(128)
    return sock
