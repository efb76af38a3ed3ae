"""Requests as exporters make them, built from the specification and not from what we read."""

import time

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from flowvigil.integrations.sources import Sources
from flowvigil.otlp.runs import Runs
from flowvigil.otlp.spans import Seen

TRACE = "5b8efff798038103d269b633813fc60c"
WORKFLOW = {"gen_ai.operation.name": "invoke_workflow", "gen_ai.workflow.name": "support-answer"}
NOW_NS = 1_800_000_000_000_000_000


def seen(span, parent=b"", *, flow=True, trace=b"t" * 16):
    said = WORKFLOW if flow else {}
    return Seen(trace, span, parent, "x", said, failed=False, started_ns=NOW_NS - 250_000_000, ended_ns=NOW_NS)


def json_span(**changes):
    """A workflow span of 250 ms that has just ended, in OTLP's JSON."""
    now = time.time_ns()
    span = {
        "traceId": TRACE,
        "spanId": "eee19b7ec3c1b174",
        "name": "invoke_workflow support-answer",
        "startTimeUnixNano": str(now - 250_000_000),
        "endTimeUnixNano": str(now),
        "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in WORKFLOW.items()],
    }
    return span | changes


def json_request(*spans):
    return {"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]}


def protobuf_request(count=1, name="x"):
    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add().scope_spans.add().spans
    for number in range(count):
        span = spans.add(trace_id=b"t" * 16, span_id=(number + 1).to_bytes(8, "big"), name=name)
        span.end_time_unix_nano = time.time_ns()
        span.start_time_unix_nano = span.end_time_unix_nano - 250_000_000
        for key, value in WORKFLOW.items():
            span.attributes.add(key=key).value.string_value = value
    return request.SerializeToString()


def runs_of(flows=(), patience_s=30.0, **clocks):
    return Runs(patience_s, Sources(flows), **clocks)
