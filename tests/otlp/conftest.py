"""A receiver on a real socket; its runs land in memory."""

import http.client

import pytest

from flowvigil.otlp.server import listen, server
from flowvigil.testing import capture
from tests.serving import served

from .making import runs_of


@pytest.fixture
def captured(monkeypatch):
    monkeypatch.setenv("FLOWVIGIL_ENV", "test")
    with capture() as seen:
        yield seen


class Receiver:
    """`post` answers with status, content type and body; `ends` shows what was reported."""

    def __init__(self, port, captured):
        self.port, self.captured = port, captured

    def post(self, body, media="application/json", path="/v1/traces", **headers):
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            asking.request("POST", path, body, {"Content-Type": media} | headers)
            answer = asking.getresponse()
            return answer.status, answer.headers["Content-Type"], answer.read()
        finally:
            asking.close()

    @property
    def ends(self):
        return [(run["flow"], run["status"], run["duration_ms"]) for run in self.captured.runs]


class Fresh:
    """What a receiver reports to: a server lasts longer than a test, what it remembers of spans does not."""

    def __init__(self):
        self.runs = runs_of()

    def take(self, spans):
        return self.runs.take(spans)

    def settle(self):
        self.runs.settle()

    def close(self):
        self.runs.close()


@pytest.fixture(scope="module")
def listening():
    """Port and memory of one receiver for all tests of a module."""
    sock, fresh = listen("127.0.0.1", 0), Fresh()
    port = sock.getsockname()[1]
    end = served(server(fresh), sock, patient=True)
    yield port, fresh
    end()


@pytest.fixture
def receiver(listening, captured):
    port, fresh = listening
    fresh.runs = runs_of()
    return Receiver(port, captured)
