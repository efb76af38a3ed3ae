"""The clock by which a probe waits: the real one, or that of a pretend cloud, which may be virtual."""

from __future__ import annotations

import json
import time
import urllib.request
from typing import Any, Protocol


class Clock(Protocol):
    """Milliseconds since the epoch, and waiting."""

    def now(self) -> int: ...

    def wait(self, seconds: float) -> None: ...


class RealClock:
    """This machine's."""

    def now(self) -> int:
        return time.time_ns() // 1_000_000

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)


class PretendClock:
    """The virtual clock of the pretend cloud at an address: waiting moves it on."""

    def __init__(self, address: str) -> None:
        self._door = f"http://{address}/-/clock"

    def now(self) -> int:
        return int(_asked(self._door)["now"])

    def wait(self, seconds: float) -> None:
        _asked(self._door, {"advance": seconds})


def clock_of(emulator: str) -> Clock:
    """The clock of the cloud that a stack lives on; `emulator` is the address of a pretend one, else empty."""
    if emulator and _asked(f"http://{emulator}/-/clock")["clock"] == "virtual":
        return PretendClock(emulator)
    return RealClock()


def _asked(door: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(door, data), timeout=60) as answer:  # noqa: S310 - our own loopback
        return json.load(answer)
