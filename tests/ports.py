"""A port for a program that has to be told one before it listens."""

from __future__ import annotations

import itertools
import random
import socket
from contextlib import suppress

_NUMBERS = itertools.count(random.randrange(20_000, 30_000))
"""Below the ports that a kernel gives to outgoing connections and to whoever asks for any: one of those would now and
then be somebody else's by the time the program listens."""


def free_port() -> int:
    """A port of the loopback that nobody listens on, and none that was given before."""
    for number in _NUMBERS:
        with socket.socket() as sock, suppress(OSError):
            sock.bind(("127.0.0.1", number))
            return number
    raise AssertionError
