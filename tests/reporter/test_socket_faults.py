"""Fifty seeded schedules over a real socket: what can go wrong between two machines, and the books afterwards."""

import random
import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from flowvigil.reporter.channel import Channel, Parcel
from flowvigil.reporter.sinks.cloud import Caller, CannotSignError
from flowvigil.reporter.sinks.cms import CmsSink
from flowvigil.reporter.window import Point
from flowvigil.reporter.wire.http import NoAnswerError, Transport
from flowvigil.reporter.wire.rpc import Keys

from .listening import Listener, some

OK = b'HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{"Code":"200"}'
FAULTS = {
    "fine": OK,
    "slow headers": b"HTTP/1.1 200 OK\r\nConte",
    "half an answer": b'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"Code":',
    "no http": b"\x15\x03\x01\x00\x02\x02\x28\x16\x00\xff" * 20 + b"\r\n\r\n",
    "empty": b"HTTP/1.1 204 No Content\r\n\r\n",
    "partial": b'HTTP/1.1 200 OK\r\nContent-Length: 53\r\n\r\n{"Code":"206","Message":"reach max time series num"}  ',
    "throttled": b'HTTP/1.1 400 Bad\r\nContent-Length: 26\r\n\r\n{"Code":"Throttling.User"}',
    "token": b'HTTP/1.1 400 Bad\r\nContent-Length: 39\r\n\r\n{"Code":"InvalidSecurityToken.Expired"}',
    "redirect": b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\n\r\n",
    "endless header": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
    "wrong length": b'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{"Code":"200"}',
}
HERE = ("expired", "killed", "put back", "put forward", "crowd")
"""What goes wrong on this side of the socket: credentials, the thread, the clock, the queue."""
KINDS = (*FAULTS, "hang", "reset", "reset in the body", "close")


class Faulty:
    """A server that treats each request as its queue of faults says, and is fine when the queue is empty."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.stop = threading.Event()
        self._listener = Listener(self._serve)
        self.url = f"http://127.0.0.1:{self._listener.port}"

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                while not self.stop.is_set():
                    if not self._once(connection):
                        return
            except OSError:
                return

    def _once(self, connection: socket.socket) -> bool:
        head = b""
        while b"\r\n\r\n" not in head:
            head += some(connection)
        fault = self.faults.pop(0) if self.faults else "fine"
        head, _, body = head.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        while len(body) < length and fault != "reset in the body":
            body += some(connection)
        if fault.startswith("reset"):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        if fault == "hang":
            self.stop.wait(0.3)
            return False
        if fault in FAULTS:
            connection.sendall(FAULTS[fault])
        return fault in ("fine", "partial", "throttled", "token", "empty")

    def close(self) -> None:
        self.stop.set()
        self._listener.close()


@pytest.fixture
def faulty() -> Iterator[Faulty]:
    """One for each test: a thread that is late with a request of the test before would take a fault of this one."""
    faulty = Faulty()
    yield faulty
    faulty.close()


class Fixed:
    """Keys, unless the next fault is one of theirs or of the thread that asks for them."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def keys(self, _now: float, _timeout_s: float) -> Keys:
        fault = self.faults.pop(0) if self.faults and self.faults[0] in ("expired", "killed") else ""
        if fault == "expired":
            raise CannotSignError("expired")
        if fault == "killed":
            raise SystemExit
        return Keys("id", "secret")

    def expired(self) -> None: ...


def changed(fault: str, now: float) -> float:
    return now + {"put back": -7200.0, "put forward": 300.0}.get(fault, 0.0)


@pytest.mark.parametrize("block", range(5))
def test_over_a_real_socket_every_run_is_accounted_for(faulty: Faulty, block: int) -> None:
    met: set[str] = set()
    for seed in range(block * 10, block * 10 + 10):
        rng = random.Random(seed)
        keys = Fixed()
        channel = Channel(CmsSink(faulty.url, Caller(keys), rng.choice((1, 4, 20))), seed=seed)
        channel.sink.queue = 12
        faulty.faults = [rng.choice(KINDS) for _ in range(8)]
        keys.faults = [rng.choice(HERE) for _ in range(6)]
        point = Point("m", "poem", "svc", "0", 60, 0, 1.0, 1.0)
        channel.put([Parcel(point, 1, 0.0, 100)] * 10)
        taken, now = 10, 0.0
        for _ in range(80):
            fault = keys.faults.pop(0) if keys.faults and keys.faults[0] not in ("expired", "killed") else ""
            now = changed(fault, now)
            if fault == "crowd":
                channel.put([Parcel(point, 1, now, 100)] * 8)
                taken += 8
            try:
                now = max(now, min(channel.step(now, 0.03), now + 60.0))
            except SystemExit:
                met.add("killed")
            if not channel.waiting and not keys.faults:
                break
        channel.sink.close()
        ledger = channel.ledger
        met |= set(ledger.failures) | set(ledger.dropped)
        assert ledger.taken == ledger.delivered + sum(ledger.dropped.values()) == taken, f"seed {seed}"
        assert set(ledger.dropped) <= {"series_quota", "rejected", "queue_full", "expired"}, f"seed {seed}"
    assert met >= {"killed", "credentials", "no_answer", "queue_full"}


NO_ANSWERS = ("half an answer", "no http", "endless header", "hang", "reset", "reset in the body", "close")


@pytest.mark.parametrize("fault", NO_ANSWERS)
def test_each_kind_of_broken_answer_is_no_answer(faulty: Faulty, fault: str) -> None:
    faulty.faults = [fault, fault]
    with pytest.raises(NoAnswerError):
        Transport().request("POST", faulty.url, b"x" * 300_000, {}, 0.05)


def test_a_kept_connection_that_was_closed_is_opened_again(faulty: Faulty) -> None:
    faulty.faults = ["fine", "close"]
    transport = Transport()
    for _ in range(2):
        assert transport.request("POST", faulty.url, b"x", {}, 60.0).status == 200
    transport.close()


def test_a_port_where_nobody_listens_is_no_answer() -> None:
    with pytest.raises(NoAnswerError, match="refused"):
        Transport().request("POST", "http://127.0.0.1:9/", b"", {}, 60.0)


@pytest.mark.parametrize("url", ["http://", "http://[", "nonsense", "http://a b/", "http://x:99999/"])
def test_an_address_that_is_none_is_no_answer(url: str) -> None:
    with pytest.raises(NoAnswerError):
        Transport().request("POST", url, b"", {}, 1.0)


def test_plain_requests_go_through_a_proxy_in_absolute_form(faulty: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", faulty.url)
    monkeypatch.setenv("no_proxy", "")
    transport = Transport()
    assert transport.request("POST", "http://project.httpsls.test/logs?x=1", b"x", {}, 60.0).status == 200
    transport.close()
