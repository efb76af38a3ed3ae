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
    [("ok", "succeeded"), ("error", "failed"), ("cancelled", "cancelled")],
)
def test_a_langflow_span_ends_as_its_attribute_says(seen: Captured, said: str, status: str) -> None:
    span(later={"status": said, "flow_id": "5b0c"})
    assert ends(seen) == [("unmatched", status, None)]


def test_a_langflow_run_that_waits_for_a_human_has_not_ended(seen: Captured) -> None:
    span(later={"status": "paused", "flow_id": "5b0c"})
    assert ends(seen) == []


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


def test_a_flow_that_outlives_the_flow_around_it_is_no_run(seen: Captured) -> None:
    tracer = tracer_of()
    outer = tracer.start_span("invoke_workflow support-answer", attributes=WORKFLOW)
    inner = tracer.start_span("invoke_workflow later", attributes=WORKFLOW, context=set_span_in_context(outer))
    between = tracer.start_span("between", context=set_span_in_context(inner))
    innermost = tracer.start_span("invoke_workflow last", attributes=WORKFLOW, context=set_span_in_context(between))
    for one in (outer, inner, between, innermost):
        one.end()
    assert len(ends(seen)) == 1


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
    assert processor._inside == {}


def test_switched_off_no_span_is_a_run(monkeypatch: pytest.MonkeyPatch, seen: Captured) -> None:
    monkeypatch.delenv("FLOWVIGIL_ENV")
    span("x", WORKFLOW)
    assert ends(seen) == []


CHAT = {"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 12, "gen_ai.usage.output_tokens": 30}
MEASURES = ("input_tokens", "output_tokens", "first_token_ms", "model_ms", "retriever_ms", "tool_ms")


def tree(tracer, *inner):
    """A workflow from 1000 to 2000 ms with these spans in it: name, attributes, begin and end in ms, inner spans."""

    def within(outer, spans):
        for name, attributes, begin, end, *more in spans:
            context = set_span_in_context(outer)
            one = tracer.start_span(name, context, attributes=attributes, start_time=begin * MS)
            within(one, more)
            one.end(end_time=end * MS)

    flow = tracer.start_span("invoke_workflow", attributes=WORKFLOW, start_time=1000 * MS)
    within(flow, inner)
    flow.end(end_time=2000 * MS)


def told(seen):
    return [{name: float(run[name]) for name in MEASURES if name in run} for run in seen.runs]


def test_the_spans_inside_a_flow_tell_its_time_by_component_and_its_tokens(seen: Captured) -> None:
    retrieval, tool = {"gen_ai.operation.name": "retrieval"}, {"gen_ai.operation.name": "execute_tool"}
    tree(
        tracer_of(),
        ("r", retrieval, 1000, 1100),
        ("c", CHAT, 1100, 1500),
        ("t", tool, 1500, 1520),
        ("c", CHAT, 1520, 1900),
    )
    assert told(seen) == [
        {"input_tokens": 24, "output_tokens": 60, "model_ms": 780, "retriever_ms": 100, "tool_ms": 20}
    ]


def test_a_model_inside_a_tool_counts_as_model_only_whatever_is_between(seen: Captured) -> None:
    tool, agent = {"gen_ai.operation.name": "execute_tool"}, {"gen_ai.operation.name": "invoke_agent"}
    tree(tracer_of(), ("t", tool, 1000, 1500, ("a", agent, 1000, 1500, ("c", CHAT, 1100, 1400))))
    assert told(seen) == [{"input_tokens": 12, "output_tokens": 30, "model_ms": 300, "tool_ms": 200}]


def test_the_first_token_counts_from_the_start_of_the_flow(seen: Captured) -> None:
    streamed = {"gen_ai.operation.name": "chat", "gen_ai.response.time_to_first_chunk": 0.2}
    tree(tracer_of(), ("c", streamed, 1300, 1900), ("c", streamed, 1100, 1200))
    assert told(seen) == [{"first_token_ms": 300, "model_ms": 700}]


def test_amounts_that_are_no_numbers_are_left_out(seen: Captured) -> None:
    odd = {"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": "canary", "gen_ai.usage.output_tokens": -1}
    tree(tracer_of(), ("c", odd, 1000, 1100))
    assert told(seen) == [{"model_ms": 100}]


def test_components_outside_of_flows_tell_nobody(seen: Captured) -> None:
    processor = FlowSpanProcessor()
    span("chat", CHAT, tracer=tracer_of(processor))
    assert (told(seen), processor._inside) == ([], {})


def test_a_workflow_may_be_named_as_an_agent(seen: Captured) -> None:
    span("x", {"gen_ai.operation.name": "invoke_workflow", "gen_ai.agent.name": "support-answer"})
    assert ends(seen) == [("support-answer", "succeeded", None)]
