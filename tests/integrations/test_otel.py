"""Which spans are runs, with the real OpenTelemetry SDK."""

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import StatusCode, set_span_in_context

import flowvigil
from flowvigil.integrations import sources
from flowvigil.integrations.otel import FlowSpanProcessor
from flowvigil.reporter.contract import FlowSettings
from flowvigil.testing import Captured

MS = 1_000_000
WORKFLOW = {"gen_ai.operation.name": "invoke_workflow", "gen_ai.workflow.name": "support-answer"}


def tracer_of(processor=None):
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor or FlowSpanProcessor())
    return provider.get_tracer("test")


def span(name="flow.execute", attributes=None, later=None, code=None, tracer=None, **more):
    """One span of 250 ms; `later` is set before it ends, as LangFlow does."""
    opened = (tracer or tracer_of()).start_span(name, attributes=attributes, start_time=1000 * MS, **more)
    opened.set_attributes(later or {})
    if code:
        opened.set_status(code, "canary")
    opened.end(end_time=1250 * MS)
    return opened


def ends(seen):
    return [(run["flow"], run["status"], run.get("error_type")) for run in seen.runs]


def test_a_workflow_span_is_a_run_as_long_as_itself(seen: Captured) -> None:
    span("invoke_workflow support-answer", WORKFLOW)
    assert ends(seen) == [("support-answer", "succeeded", None)]
    assert seen.runs[0]["duration_ms"] == "250.000"


def test_any_other_span_is_no_run(seen: Captured) -> None:
    span("GET /health", {"gen_ai.operation.name": "chat"})
    assert ends(seen) == []


@pytest.mark.parametrize(
    ("later", "code", "end"),
    [
        ({"error.type": "ValueError"}, StatusCode.ERROR, ("failed", "ValueError")),
        ({"error.type": "ValueError"}, None, ("failed", "ValueError")),
        ({}, StatusCode.ERROR, ("failed", None)),
        ({"error.type": "httpx.ReadTimeout"}, StatusCode.ERROR, ("timed_out", "httpx.ReadTimeout")),
        ({"error.type": "timeout"}, StatusCode.ERROR, ("timed_out", "timeout")),
        ({"error.type": "asyncio.CancelledError"}, StatusCode.ERROR, ("cancelled", None)),
        ({}, StatusCode.OK, ("succeeded", None)),
    ],
)
def test_a_workflow_ends_as_its_span_says(seen: Captured, later: dict, code: StatusCode, end: tuple) -> None:
    span("x", WORKFLOW, later, code)
    assert ends(seen) == [("support-answer", *end)]
    assert "canary" not in str(seen.runs)


@pytest.mark.parametrize(
    ("said", "status"),
    [("ok", "succeeded"), ("error", "failed"), ("cancelled", "cancelled"), ("paused", "cancelled")],
)
def test_a_langflow_span_ends_as_its_attribute_says(seen: Captured, said: str, status: str) -> None:
    span(later={"status": said, "flow_id": "5b0c"})
    assert ends(seen) == [("unmatched", status, None)]


def test_a_langflow_flow_is_named_by_the_spec_that_has_its_id(seen: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    flow = FlowSettings("poem", app="langflow", source={"id": "5b0c"})
    processor = FlowSpanProcessor()
    monkeypatch.setattr(processor, "_sources", sources.Sources([flow]))
    span(later={"status": "ok", "flow_id": "5b0c7e52-0000"}, tracer=tracer_of(processor))
    assert ends(seen) == [("poem", "succeeded", None)]


def test_flows_within_a_flow_are_no_runs(seen: Captured) -> None:
    tracer = tracer_of()
    outer = tracer.start_span("flow.execute")
    middle = tracer.start_span("tool", context=set_span_in_context(outer))
    span(tracer=tracer, context=set_span_in_context(middle))
    span("x", WORKFLOW, tracer=tracer, context=set_span_in_context(middle))
    middle.end()
    assert ends(seen) == []
    outer.end()
    assert ends(seen) == [("unmatched", "succeeded", None)]


def test_a_flow_inside_a_request_span_is_a_run(seen: Captured) -> None:
    tracer = tracer_of()
    request = tracer.start_span("POST /run")
    span(tracer=tracer, context=set_span_in_context(request))
    assert ends(seen) == [("unmatched", "succeeded", None)]


def test_a_span_inside_a_measured_run_is_no_run(seen: Captured) -> None:
    with flowvigil.flow("outer"):
        span("x", WORKFLOW)
    assert ends(seen) == [("outer", "succeeded", None)]


def test_the_run_event_carries_the_spans_trace(seen: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    from flowvigil.reporter.recording import RECORDER
    from flowvigil.reporter.tracing import reader

    monkeypatch.setattr(RECORDER, "trace", reader())
    monkeypatch.setattr(RECORDER, "plain", False)
    opened = span("x", WORKFLOW)
    assert seen.runs[0]["trace_id"] == f"{opened.get_span_context().trace_id:032x}"


def test_spans_that_have_ended_are_not_remembered(seen: Captured) -> None:
    processor = FlowSpanProcessor()
    span(tracer=tracer_of(processor))
    assert processor._inside == set()


def test_switched_off_no_span_is_a_run(monkeypatch: pytest.MonkeyPatch, seen: Captured) -> None:
    monkeypatch.delenv("FLOWVIGIL_ENV")
    span("x", WORKFLOW)
    assert ends(seen) == []
