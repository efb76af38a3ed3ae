"""A bare TCP server for what no HTTP server would do: each connection goes to a function, in a thread of its own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable


def some(connection: socket.socket) -> bytes:
    """What has come; ConnectionError when nothing will come any more."""
    if not (data := connection.recv(65536)):
        raise ConnectionAbortedError
    return data


class Listener:
    """Listens from its creation on; `port` is where."""

    def __init__(self, serve: Callable[[socket.socket], None]) -> None:
        self._serve = serve
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def close(self) -> None:
        """Returns when nobody accepts any more.

        A thread left in accept() would go on waiting on the descriptor's number. After the process was stopped and
        continued, the kernel starts the call anew, and it takes the connections of whoever listens on that number now.
        """
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()
