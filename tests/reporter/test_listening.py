"""The bare server of the tests leaves nobody behind who could take another server's connections."""

import socket
import threading
from queue import SimpleQueue

import pytest

from .listening import Listener, some


def test_a_closed_listener_has_stopped_accepting() -> None:
    before = set(threading.enumerate())
    taken: SimpleQueue[socket.socket] = SimpleQueue()
    listener = Listener(taken.put)
    with socket.create_connection(("127.0.0.1", listener.port)), taken.get(timeout=60):
        listener.close()
    begun = [thread for thread in threading.enumerate() if thread not in before]
    for thread in begun:
        thread.join(60)
    assert not any(thread.is_alive() for thread in begun)


def test_who_reads_from_a_connection_that_was_ended_does_not_go_on_for_ever() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        theirs.sendall(b"x")
        theirs.close()
        assert some(ours) == b"x"
        with pytest.raises(ConnectionError):
            some(ours)
