"""A uvicorn server in a thread of the tests' process."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

import uvicorn


def served(server: uvicorn.Server, sock: socket.socket, *, patient: bool = False) -> Callable[[], None]:
    """Answers on the socket when this returns. The result ends it, and returns when the thread and the socket are gone.

    `patient` lets requests that are under way and the application's own end be waited for.
    """
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.001)

    def end() -> None:
        server.should_exit, server.force_exit = True, not patient
        thread.join(60)
        assert not thread.is_alive()

    return end
