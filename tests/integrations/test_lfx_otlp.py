"""LangFlow's engine with nothing of ours beside it: two variables of OpenTelemetry's, and `flowvigil run otlp`."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from .environments import environment
from .lfx_serving import HERE, Server, runs_in
from .otlp_receiving import exporting_to, receiving, settle

pytestmark = pytest.mark.engine

POEM = ("poem", "succeeded", None)
ENDS = [POEM, POEM, ("poem", "failed", "ZeroDivisionError"), ("poem", "cancelled", None)]


@pytest.fixture
def server(tmp_path: Path, free_port: int) -> Iterator[Server]:
    theirs = {"LANGFLOW_API_KEY": "key", "LANGFLOW_CONFIG_DIR": str(tmp_path), "PYTHONPATH": str(HERE)}
    environ = {**os.environ, "DO_NOT_TRACK": "1", **exporting_to(free_port), **theirs}
    started = Server(environment("lfx[otel]==1.13.0"), tmp_path, environ)
    yield started
    started.stop()


@pytest.fixture
def received(server: Server, tmp_path: Path, free_port: int) -> Iterator[Path]:
    with receiving(tmp_path, free_port, server.flow) as log:
        yield log


def test_runs_arrive_once_each_as_they_ended_and_without_their_text(server: Server, received: Path) -> None:
    assert [server.ask(*asked) for asked in (("run", "hello"), ("stream", "hello"), ("stream", "fail"))] == [200] * 3
    server.leave()
    settle(received, len(ENDS))
    assert sorted(runs_in(received.read_text()), key=str) == sorted(ENDS, key=str)
    assert "canary" not in received.read_text()
