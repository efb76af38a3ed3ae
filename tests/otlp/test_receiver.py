"""The receiver over a socket: the real exporter of the SDK, and what no exporter should send."""

import gzip
import json
import time
import zlib
from dataclasses import replace

import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import StatusCode, use_span

from flowvigil.otlp import insides
from flowvigil.otlp.body import LIMIT
from flowvigil.reporter.contract import FlowSettings

from .making import NOW_NS, WORKFLOW, json_request, json_span, protobuf_request, runs_of, seen

PROTOBUF = "application/x-protobuf"
ONE = ("support-answer", "succeeded", "250.000")


@pytest.mark.parametrize("compression", list(Compression))
def test_the_sdks_exporter_delivers_every_outermost_flow_once(receiver, compression):
    exporter = OTLPSpanExporter(f"http://127.0.0.1:{receiver.port}/v1/traces", compression=compression)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer, now = provider.get_tracer("test"), time.time_ns()
    with tracer.start_as_current_span("POST /run"):
        outer = tracer.start_span("flow.execute", start_time=now - 250_000_000)
        with use_span(outer), tracer.start_as_current_span("x", attributes=WORKFLOW):
            outer.set_attribute("status", "ok")
        outer.end(now)
        failed = tracer.start_span("y", attributes=WORKFLOW, start_time=now - 250_000_000)
        failed.set_status(StatusCode.ERROR, "canary")
        failed.end(now)
    provider.shutdown()
    ends = [("support-answer", "failed", "250.000"), ("unmatched", "succeeded", "250.000")]
    assert sorted(receiver.ends) == ends
    assert "canary" not in str(receiver.captured.runs)


@pytest.mark.parametrize(
    ("body", "media", "empty"),
    [(json.dumps(json_request(json_span())).encode(), "application/json", b"{}"), (protobuf_request(), PROTOBUF, b"")],
)
def test_a_success_is_an_empty_response_of_the_same_type(receiver, body, media, empty):
    assert receiver.post(body, media) == (200, media, empty)
    assert receiver.ends == [ONE]


def test_the_run_carries_its_trace(receiver):
    receiver.post(json.dumps(json_request(json_span())))
    assert receiver.captured.runs[0]["trace_id"] == json_span()["traceId"]


def test_json_with_a_charset_is_json(receiver):
    assert receiver.post(json.dumps(json_request(json_span())), "application/json; charset=utf-8")[0] == 200


def test_refused_spans_are_told_and_the_others_counted(receiver):
    old = json_span(startTimeUnixNano="1000", endTimeUnixNano="2000", spanId="aaaaaaaaaaaaaaaa")
    status, _, body = receiver.post(json.dumps(json_request(json_span(), json_span(spanId="00"), old)))
    told = json.loads(body)["partialSuccess"]
    assert (status, told["rejectedSpans"]) == (200, "2")
    assert told["errorMessage"] == "1 spans have no valid ids or times; 1 spans ended over an hour ago"
    assert receiver.ends == [ONE]


def test_refused_spans_are_told_in_protobuf_too(receiver):
    body = protobuf_request().replace(b"t" * 16, b"\0" * 16)
    told = ExportTraceServiceResponse.FromString(receiver.post(body, PROTOBUF)[2])
    assert told.partial_success.rejected_spans == 1


@pytest.mark.parametrize(
    ("body", "media", "headers", "status"),
    [
        (b"\xff\xff\xff", PROTOBUF, {}, 400),
        (b"\xff\xff\xff", "application/json", {}, 400),
        (b"", "text/html", {}, 415),
        (b"", "", {}, 415),
        (protobuf_request(), PROTOBUF, {"Content-Encoding": "br"}, 415),
        (b"no gzip", PROTOBUF, {"Content-Encoding": "gzip"}, 400),
        (gzip.compress(protobuf_request())[:-9], PROTOBUF, {"Content-Encoding": "gzip"}, 400),
        (gzip.compress(b"\0" * (LIMIT + 1)), PROTOBUF, {"Content-Encoding": "gzip"}, 413),
    ],
)
def test_what_is_no_request_is_refused_with_a_reason_and_the_next_is_taken(receiver, body, media, headers, status):
    refused, _, reason = receiver.post(body, media, **headers)
    assert (refused, bool(reason)) == (status, True)
    assert receiver.post(json.dumps(json_request(json_span())))[0] == 200
    assert receiver.ends == [ONE]


def test_a_body_beyond_the_limit_is_refused_while_it_is_sent(receiver):
    def chunks():
        yield from [b"x" * (1 << 20)] * 21

    assert receiver.post(chunks(), PROTOBUF)[0] == 413


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_packed_bodies_are_unpacked(receiver, pack):
    encoding = "gzip" if pack is gzip.compress else "deflate"
    receiver.post(pack(protobuf_request()), PROTOBUF, **{"Content-Encoding": encoding})
    assert receiver.ends == [ONE]


def test_a_huge_span_is_one_run(receiver):
    prompt = {"key": "gen_ai.input.messages", "value": {"stringValue": "x" * 5_000_000}}
    span = json_span(attributes=[*json_span()["attributes"], prompt])
    assert receiver.post(json.dumps(json_request(span)))[0] == 200
    assert receiver.ends == [ONE]


@pytest.mark.parametrize("path", ["/v1/metrics", "/v1/logs"])
def test_metrics_and_logs_are_taken_and_dropped(receiver, path):
    assert receiver.post(protobuf_request(), PROTOBUF, path) == (200, PROTOBUF, b"")
    assert receiver.ends == []


def test_other_paths_and_methods_are_unknown(receiver):
    assert receiver.post(b"", PROTOBUF, "/v1/other")[0] == 404


def test_a_flow_that_waits_is_reported_when_the_receiver_ends(captured):
    runs = runs_of(wall=lambda: NOW_NS / 1e9, steady=lambda: 0.0)
    runs.take([seen(b"inner", b"gone")])
    assert captured.runs == []
    runs.close()
    assert [(run["flow"], run["time"]) for run in captured.runs] == [("support-answer", "1800000000.000")]


def test_a_flow_is_reported_under_the_spec_that_claims_its_name(captured):
    claimed = FlowSettings("answers", app="langchain", source={"name": "support-answer"})
    runs = runs_of([claimed], wall=lambda: NOW_NS / 1e9)
    runs.take([seen(b"a")])
    assert [run["flow"] for run in captured.runs] == ["answers"]


CHAT = {"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 12, "gen_ai.usage.output_tokens": 30}


def inner(span, parent, begun_ms, ended_ms, **attributes):
    """A span inside the workflow of `json_span`, which began a quarter of a second ago."""
    start = int(json_span()["startTimeUnixNano"])
    kinds = {str: "stringValue", int: "intValue", float: "doubleValue"}
    said = [{"key": key, "value": {kinds[type(value)]: value}} for key, value in (CHAT | attributes).items()]
    return json_span(
        spanId=span, parentSpanId=parent, attributes=said, name="chat",
        startTimeUnixNano=str(start + begun_ms * 10**6), endTimeUnixNano=str(start + ended_ms * 10**6),
    )  # fmt: skip


def measured(receiver):
    names = ("input_tokens", "output_tokens", "model_ms", "retriever_ms", "tool_ms")
    return [{name: float(run[name]) for name in names if name in run} for run in receiver.captured.runs]


FLOW, MODEL, TOOL = "eee19b7ec3c1b174", "aa" * 8, "bb" * 8


def test_spans_inside_a_flow_tell_its_inside_also_in_requests_of_their_own(receiver):
    tool = {"gen_ai.operation.name": "execute_tool", "gen_ai.usage.input_tokens": 0, "gen_ai.usage.output_tokens": 0}
    for span in (inner(MODEL, TOOL, 20, 120), inner(TOOL, FLOW, 10, 150, **tool), json_span()):
        assert receiver.post(json.dumps(json_request(span)))[0] == 200
    assert measured(receiver) == [{"input_tokens": 12, "output_tokens": 30, "model_ms": 100, "tool_ms": 40}]


def test_a_span_that_is_sent_twice_tells_once(receiver):
    for span in (inner(MODEL, FLOW, 0, 100), inner(MODEL, FLOW, 0, 100), json_span()):
        receiver.post(json.dumps(json_request(span)))
    assert measured(receiver) == [{"input_tokens": 12, "output_tokens": 30, "model_ms": 100}]


def test_a_flow_that_nothing_tells_of_has_no_measures(receiver):
    receiver.post(json.dumps(json_request(json_span())))
    assert measured(receiver) == [{}]


def test_what_waits_for_a_flow_is_bounded(monkeypatch):
    monkeypatch.setattr(insides, "MOST", 2)
    waiting = insides.Insides()
    for number in range(5):
        model = replace(seen(bytes([number]) * 8, bytes([100 + number]) * 8, flow=False), said=CHAT)
        waiting.learn(model, flow=False)
    assert len(waiting._of) <= 2


def test_a_run_of_langflow_that_waits_for_a_human_is_not_reported_before_it_ends(captured):
    runs = runs_of(wall=lambda: NOW_NS / 1e9, steady=lambda: 0.0)
    spans = [
        replace(seen(bytes([number]) * 8), name="flow.execute", said={"status": status, "flow_id": "5b0c"})
        for number, status in enumerate(("paused", "ok"), start=1)
    ]
    runs.take(spans)
    assert [(run["flow"], run["status"]) for run in captured.runs] == [("unmatched", "succeeded")]
    assert runs.count == 1
