"""LangFlow's engine with nothing of ours beside it: two variables of OpenTelemetry's, and `flowvigil run otlp`."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flowvigil.reporter.contract import FlowSettings, Settings, settings_to_json

from .environments import environment
from .lfx_serving import HERE, Server, runs_in

pytestmark = pytest.mark.engine

POEM = ("poem", "succeeded", None)
ENDS = [POEM, POEM, ("poem", "failed", "ZeroDivisionError"), ("poem", "cancelled", None)]


@pytest.fixture
def server(tmp_path: Path, free_port: int) -> Iterator[Server]:
    told = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }
    theirs = {"LANGFLOW_API_KEY": "key", "LANGFLOW_CONFIG_DIR": str(tmp_path), "PYTHONPATH": str(HERE)}
    started = Server(environment("lfx[otel]==1.13.0"), tmp_path, {**os.environ, "DO_NOT_TRACK": "1", **told, **theirs})
    yield started
    started.stop()


@pytest.fixture
def received(server: Server, tmp_path: Path, free_port: int) -> Iterator[Path]:
    """What a receiver prints that knows the served flow as `poem`."""
    settings = tmp_path / "settings.json"
    poem = FlowSettings("poem", app="langflow", source={"id": server.flow})
    settings.write_text(json.dumps(settings_to_json(Settings("svc", "cn-hangzhou", flows=(poem,)))))
    command = ["run", "otlp", "--port", str(free_port), "--settings", str(settings), "--patience", "1"]
    log = tmp_path / "received"
    with log.open("w") as out:
        environ = {**os.environ, "FLOWVIGIL_SINKS": "stdout"}
        process = subprocess.Popen([sys.executable, "-m", "flowvigil", *command], env=environ, stdout=out, stderr=out)
    while "otlp: " not in log.read_text():
        assert process.poll() is None, log.read_text()
        time.sleep(0.05)
    yield log
    process.kill()
    process.wait(10)


def test_runs_arrive_once_each_as_they_ended_and_without_their_text(server: Server, received: Path) -> None:
    assert [server.ask(*asked) for asked in (("run", "hello"), ("stream", "hello"), ("stream", "fail"))] == [200] * 3
    server.ask("stream", "wait", timeout_s=1)
    until = time.monotonic() + 20
    while len(runs_in(received.read_text())) < len(ENDS) and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(1.5)
    assert sorted(runs_in(received.read_text()), key=str) == sorted(ENDS, key=str)
    assert "canary" not in received.read_text()
