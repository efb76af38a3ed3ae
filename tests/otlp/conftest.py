"""A receiver on a real socket; its runs land in memory."""

import http.client
import threading
import time

import pytest

from flowvigil.otlp.server import listen, server
from flowvigil.testing import capture

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
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            asking.request("POST", path, body, {"Content-Type": media} | headers)
            answer = asking.getresponse()
            return answer.status, answer.headers["Content-Type"], answer.read()
        finally:
            asking.close()

    @property
    def ends(self):
        return [(run["flow"], run["status"], run["duration_ms"]) for run in self.captured.runs]


@pytest.fixture
def receiver(captured):
    sock = listen("127.0.0.1", 0)
    serving = server(runs_of())
    thread = threading.Thread(target=serving.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    while not serving.started:
        time.sleep(0.01)
    yield Receiver(sock.getsockname()[1], captured)
    serving.should_exit = True
    thread.join(10)
    assert not thread.is_alive()
