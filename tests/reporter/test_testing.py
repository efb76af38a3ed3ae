"""What `flowvigil.testing` gives to tests of services, and the sinks that need no cloud."""

import io
from urllib.parse import parse_qsl

import pytest

import flowvigil
from flowvigil.reporter.channel import Channel
from flowvigil.reporter.raw import RawPoints
from flowvigil.reporter.sinks.cloud import Caller
from flowvigil.reporter.sinks.cms import CmsSink
from flowvigil.reporter.wire.http import NoAnswerError
from flowvigil.reporter.wire.rpc import Keys
from flowvigil.testing import Clock, DryRunSink, FlowSettings, MemorySink, Point, capture

POINT = Point("custom_p95", "poem", "svc", "42", 60, 1_800_000_000_000, 812.25, 3.0)


class Wire:
    """Remembers the one request that it gets."""

    def request(self, method: str, url: str, body: bytes, headers: dict[str, str], _timeout_s: float) -> None:
        self.sent = (method, url, body, headers)
        raise NoAnswerError("no")

    def keys(self, _now: float, _timeout_s: float) -> Keys:
        return Keys("<key id>", "<secret>")


def test_a_dry_run_prints_the_request_that_the_sink_would_send() -> None:
    wire, out = Wire(), io.StringIO()
    endpoint, now = "https://metrics.cn-test.aliyuncs.com", 1_800_000_000.0
    CmsSink(endpoint, Caller(wire, wire)).deliver([POINT, POINT], now, 1.0)
    DryRunSink(endpoint, out).deliver([POINT, {"event": "run"}, POINT], now, 1.0)
    method, url, body, headers = wire.sent
    head, _, printed = out.getvalue().strip().partition("\n\n")
    assert head.splitlines() == [f"{method} {url}", *(f"{name}: {value}" for name, value in headers.items())]
    ours, theirs = (dict(parse_qsl(one)) for one in (printed, body.decode()))
    for once in ("SignatureNonce", "Signature"):
        assert ours.pop(once) != theirs.pop(once)
    assert ours == theirs


def test_a_dry_run_prints_to_the_standard_output_and_holds_no_key(capsys: pytest.CaptureFixture[str]) -> None:
    DryRunSink().deliver([POINT], 1_800_000_000.0, 1.0)
    assert "AccessKeyId=%3Ckey%20id%3E" in capsys.readouterr().out


def test_the_clock_passes_only_when_told_to() -> None:
    clock = Clock(5.0)
    clock.advance(2.5)
    assert clock.now == 7.5


def test_what_was_captured_leaves_nothing_behind() -> None:
    with capture() as first:
        flowvigil.record("poem", 1.0)
        assert len(first.runs) == 1
    with capture() as second:
        assert second.runs == []


def test_every_run_with_a_latency_is_a_raw_point() -> None:
    sink = MemorySink()
    channel = Channel(sink)
    raw = RawPoints(FlowSettings("poem", app="langflow", group_id="42"), "svc", channel.put)
    raw.succeeded([1.5, 2.5], 1_800_000_000.0, 1_800_000_000.0)
    for status in ("succeeded", "failed", "timed_out", "cancelled"):
        raw.ended((status, 9.0, None, None, None, None, None, 1_800_000_001.5, ()), 1_800_000_002.0)
    channel.step(1_800_000_002.0, 1.0)
    assert [(point.time_ms, point.value) for point in sink.items] == [
        (1_800_000_000_000, 1.5),
        (1_800_000_000_000, 2.5),
        (1_800_000_001_500, 9.0),
        (1_800_000_001_500, 9.0),
    ]
    assert {point[:4] for point in sink.items} == {("custom_langflow_generation_response_time", "poem", "svc", "42")}
    assert (channel.ledger.taken, channel.ledger.delivered) == (4, 4)
