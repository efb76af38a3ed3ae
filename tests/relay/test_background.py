"""A relay in the background: ready when start returns, kept by a second start, ended by stop and by nobody's guess."""

from __future__ import annotations

import json
import os
import socket

import pytest

from flowvigil.relay import background
from flowvigil.relay.settings import to_json

from .conftest import ENVIRON, flow, settings

pytestmark = pytest.mark.engine  # starts servers: seconds, not milliseconds


@pytest.fixture
def options(tmp_path, monkeypatch):
    """What a relay is started with; one that a failure leaves running is ended."""
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "relay.json"
    file.write_text(json.dumps(to_json(settings(flow()))))
    yield ["--settings", str(file)]
    background.stop(tmp_path / "state")


def test_it_is_ready_when_start_returns_and_gone_when_stop_does(tmp_path, options):
    state = tmp_path / "state"
    address = background.start(state, [*options, "--port", "0"])
    assert background.health(address)["relay"] == "flowvigil"
    assert background.start(state, [*options, "--port", "0"]) == address
    assert background.stop(state)
    assert background.health(address) is None
    assert not background.stop(state)


def test_one_that_is_slow_to_answer_is_found(service):
    service.answer_slowly(1.5, b'{"relay": "flowvigil"}')
    assert background.health(service.url.removeprefix("http://"))


def test_a_port_that_is_taken_is_told(tmp_path, options):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        with pytest.raises(background.RelayError, match=f"127.0.0.1:{port} cannot be listened on"):
            background.start(tmp_path / "state", [*options, "--port", port])


def test_a_record_of_another_process_ends_nobody(tmp_path, options):
    state = tmp_path / "state"
    address = background.start(state, [*options, "--port", "0"])
    record = state / background.PID_FILE
    written = record.read_text()
    record.write_text(json.dumps({**json.loads(written), "pid": os.getpid()}))
    assert not background.stop(state)
    record.write_text(written)
    assert background.running(state) == address
