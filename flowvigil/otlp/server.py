"""Listens for OTLP under uvicorn until SIGTERM or SIGINT, then reports what waits and delivers it."""

from __future__ import annotations

import signal
import socket
from contextlib import suppress

import uvicorn

from ..reporter import lifecycle
from .app import application
from .runs import Runs


class ListenError(Exception):
    """The port cannot be listened on; the text says what to do."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 picks a free one. Raises ListenError."""
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(256)
    except OSError as error:
        sock.close()
        raise ListenError(f"{host}:{port} cannot be listened on: {error.strerror}; choose another --port") from error
    return sock


def serve(sock: socket.socket, runs: Runs) -> bool:
    """Answer until told to end. False when not everything could be delivered within the reporter's deadline."""
    lifecycle.init(handle_sigterm=False)
    door = server(runs)
    signal.signal(signal.SIGTERM, door.handle_exit)  # before uvicorn listens to it, and when it raises it again
    with suppress(KeyboardInterrupt):
        door.run(sockets=[sock])
    return lifecycle.shutdown(lifecycle.LIFECYCLE.deadline_s())


def server(runs: Runs) -> uvicorn.Server:
    """The server, not yet running."""
    config = uvicorn.Config(
        application(runs),
        ws="none",
        log_level="error",
        access_log=False,
        timeout_graceful_shutdown=5,
        server_header=False,
    )
    return uvicorn.Server(config)
