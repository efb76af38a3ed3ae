"""Measures flows that OpenTelemetry traces: a span processor for a tracer provider that the application has already.

Knows LangFlow's span `flow.execute` (1.12 and later) and the workflow spans of the GenAI conventions, which are
`gen_ai.operation.name` = `invoke_workflow` with `gen_ai.workflow.name` and `error.type`.
Reads these attributes, the span's times and its status code; never an event, a prompt or a description.
"""

from __future__ import annotations

import re

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import NonRecordingSpan, SpanContext, StatusCode, get_current_span, use_span

from ..reporter.recording import RECORDER
from ..reporter.status import CANCELLED, FAILED, SUCCEEDED, TIMED_OUT
from ..reporter.switch import remember, switched_on
from .sources import UNMATCHED, Found, sources

LANGFLOW_SPAN, LANGFLOW_STATUS, LANGFLOW_ID = "flow.execute", "status", "flow_id"
OPERATION, WORKFLOW, ERROR_TYPE = "gen_ai.operation.name", "gen_ai.workflow.name", "error.type"
INVOKE = "invoke_workflow"
STATUS_OF = {"ok": SUCCEEDED, "error": FAILED, "cancelled": CANCELLED, "paused": CANCELLED}
TIMEOUT, CANCEL = re.compile("timeout|deadline", re.IGNORECASE), re.compile("cancel", re.IGNORECASE)
MOST = 10_000
"""So many spans inside flows may be open; beyond, an inner flow could be taken for an outer one."""


class FlowSpanProcessor(SpanProcessor):
    """`provider.add_span_processor(FlowSpanProcessor())`: one run for each outermost flow's span, when it ends.

    A LangFlow flow is named by the spec whose `source.langflow.id` fits, else `unmatched`; any other by its
    `gen_ai.workflow.name`. A span inside a run that is measured already is no run.
    A run is known only when its span ends, so the signal `stuck` sees none of these runs.
    Does nothing while the reporter is switched off.
    """

    def __init__(self) -> None:
        self._sources = sources()
        self._inside: set[int] = set()
        self._on = switched_on()
        if not self._on:
            remember("OpenTelemetry")

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Remember which spans are inside a flow."""
        if not self._on or span.context is None:
            return
        outer = get_current_span(parent_context).get_span_context().span_id
        if (outer in self._inside or _is_flow(span)) and len(self._inside) < MOST:
            self._inside.add(span.context.span_id)

    def on_end(self, span: ReadableSpan) -> None:
        """Record the run, if it was one."""
        if not self._on or span.context is None:
            return
        self._inside.discard(span.context.span_id)
        outer = span.parent.span_id if span.parent else None
        if _is_flow(span) and outer not in self._inside and RECORDER.current.get() not in RECORDER.opened:
            self._record(span, span.context)

    def _record(self, span: ReadableSpan, context: SpanContext) -> None:
        found = self._flow(span)
        status, error_type = _ended(span)
        duration_ms = ((span.end_time or 0) - (span.start_time or 0)) / 1e6
        with use_span(NonRecordingSpan(context)):  # the run event carries the id of this trace
            RECORDER.record(found.flow, duration_ms, status=status, error_type=error_type, version=found.version)

    def _flow(self, span: ReadableSpan) -> Found:
        said = span.attributes or {}
        if span.name == LANGFLOW_SPAN:
            return self._sources.find("langflow", identity=str(said.get(LANGFLOW_ID, ""))) or Found(UNMATCHED)
        name = str(said[WORKFLOW]) if WORKFLOW in said else span.name.removeprefix(INVOKE).strip() or UNMATCHED
        return self._sources.find("langchain", name=name) or Found(name)


def _is_flow(span: ReadableSpan) -> bool:
    return span.name == LANGFLOW_SPAN or (span.attributes or {}).get(OPERATION) == INVOKE


def _ended(span: ReadableSpan) -> tuple[str, str | None]:
    """Status and class of error."""
    said = span.attributes or {}
    status = STATUS_OF.get(str(said.get(LANGFLOW_STATUS))) if span.name == LANGFLOW_SPAN else None
    error_type = str(said[ERROR_TYPE]) if ERROR_TYPE in said else None
    if status is None:
        failed = error_type is not None or span.status.status_code is StatusCode.ERROR
        status = FAILED if failed else SUCCEEDED
    if status == FAILED and error_type is not None:
        status = TIMED_OUT if TIMEOUT.search(error_type) else CANCELLED if CANCEL.search(error_type) else FAILED
    return status, error_type if status in (FAILED, TIMED_OUT) else None
