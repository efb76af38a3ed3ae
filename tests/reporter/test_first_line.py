"""Record, fold, deliver: over a real socket, from a process of its own."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from .builders import Service, process, settings_for


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.close()


def test_a_recorded_run_arrives_as_a_point_and_as_an_event(service: Service, tmp_path: Path) -> None:
    code = "import flowvigil; flowvigil.record('poem', 12.5); assert flowvigil.flush(60)"
    done = process(code, settings_for(service.url, log=True), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    entry = service.entries[0]
    assert (entry["MetricName"], entry["GroupId"], entry["Type"]) == ("m_runs", "0", "1")
    assert json.loads(entry["Dimensions"]) == {"flow": "poem", "service": "svc"}
    assert json.loads(entry["Values"])["Maximum"] == 1
    assert b"12.500" in service.logs[0]
