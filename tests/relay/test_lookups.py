"""What Log Service is asked about an alarm's runs, and what a message does without an answer."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from flowvigil.relay.judging import Notice
from flowvigil.relay.links import Span
from flowvigil.relay.message import Run, Seen
from flowvigil.relay.runs import Logs
from flowvigil.reporter.wire.rpc import Keys
from flowvigil.reporter.wire.sls import signature
from tests.emulator.conftest import NOW
from tests.reporter.builders import Service

from .conftest import P95, SLOW, Fixed, flow, settings

NOTICE = Notice("fired", "poem", "slow_streak", "critical", "ok", 3.0, NOW, NOW)
LATEST = [{"__time__": str(NOW // 1000 - age), "run_id": f"r{age}", "duration_ms": "6000"} for age in (60, 90, 200)]


@pytest.fixture
def service():
    made = Service()
    yield made
    made.close()


def logs(endpoint: str) -> Logs:
    return Logs(replace(settings(flow()), endpoints={"log": endpoint}), Fixed(), lambda: NOW)


def answering(*answers):
    left = list(answers)
    return lambda _path, _body: (200, json.dumps(left.pop(0)).encode())


def test_the_range_of_a_streak_is_that_of_its_runs(service):
    service.answer = answering(LATEST, LATEST[:2])
    seen = logs(service.url).seen(flow(), SLOW, NOTICE)
    assert seen.span == Span(NOW // 1000 - 200, NOW // 1000 - 59, exact=True)
    assert seen.slowest == (Run("r60", 6000.0), Run("r90", 6000.0))
    first, second = [
        {key: value for key, (value,) in parse_qs(urlsplit(path).query).items()} for path, _, _ in service.requests
    ]
    assert first["query"] == 'event: run and service: "svc" and flow: "poem" and duration_ms > 5000'
    assert (first["line"], first["reverse"], int(first["to"]) - int(first["from"])) == ("3", "true", 86_400)
    assert (second["from"], second["to"]) == (str(NOW // 1000 - 200), str(NOW // 1000 - 59))
    assert second["query"].endswith("ORDER BY duration_ms DESC LIMIT 3")


def test_a_question_is_signed_over_its_sorted_parameters(service):
    service.answer = answering(LATEST, [])
    logs(service.url).seen(flow(), SLOW, NOTICE)
    path, headers, _ = service.requests[0]
    asked = {key: value for key, (value,) in parse_qs(urlsplit(path).query).items()}
    resource = "/logstores/runs?" + "&".join(f"{name}={asked[name]}" for name in sorted(asked))
    right = signature("GET", resource, headers, Keys("test", "test"))
    assert headers["Authorization"] == f"LOG test:{right}"
    assert headers["Host"] == "proj.httpsls.test"


@pytest.mark.parametrize("answer", [(500, b""), (200, b"<html>"), (200, b"{}"), (403, b'{"errorCode":"denied"}'), None])
def test_an_answer_that_is_none_leaves_everything_open(service, answer):
    service.answer = lambda _path, _body: answer
    assert logs(service.url).seen(flow(), P95, replace(NOTICE, alarm="p95")) == Seen()


def test_a_log_service_that_hangs_is_waited_for_no_longer_than_told():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        asked = replace(logs(f"http://127.0.0.1:{silent.getsockname()[1]}"), wait_s=0.1)
        assert asked.seen(flow(), P95, NOTICE) == Seen()


def test_a_recovery_asks_nothing(service):
    ended = replace(NOTICE, kind="recovered", severity="ok", before="critical")
    assert logs(service.url).seen(flow(), SLOW, ended).slowest is None
    assert service.requests == []
